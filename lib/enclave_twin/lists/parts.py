"""Counts of whole classes, part by part. Each part is saved, so that a stopped count continues where it was."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from enclave.base import files, paths
from enclave.facts import conventions
from enclave_twin.lists import counting, ratios
from enclave_twin.lists.counting import Found
from enclave_twin.lists.options import Class, in_class, options

# conventions whose lists are counted; the others differ from one of these by less than two thousandths, or are searched
COUNTED = [
    "equal_area",
    "albers_china",
    "lambert_china",
    "degrees_111",
    "web_mercator",
    "equal_area_main_part",
    "degrees_111_main_part",
    "web_mercator_main_part",
]
# the classes that are counted: documented years with up to five lower parks, and parks of two cities with any year
CLASSES = [Class(5, bounds=False), Class(0, bounds=True)]


def of_class(one: Class, folder: Path | None = None, report: Callable[[str], object] = print) -> Found:
    """The count of a class under the conventions of `COUNTED`.

    `folder` keeps the parts, by default below `_build`. Parts that are there are not counted again.
    """
    measured = conventions.committed()
    pool = counting.pool(in_class(options(), one), {name: measured[name] for name in COUNTED})
    asked, parts = ratios.asked(), []
    place = folder or paths.BUILD / "lists"
    prefixes = counting.prefixes(pool)
    for number, prefix in enumerate(prefixes):
        path = place / f"{one.name.replace(', ', '-').replace(' ', '-')}-{number}.npz"
        if not path.exists():
            _keep(counting.counted(pool, asked, one.lower, prefix), path)
            report(f"{one.name}: part {number + 1} of {len(prefixes)}")
        with np.load(path) as held:
            parts.append(Found(**{name: held[name] for name in Found._fields}))
    return counting.together(parts)


def _keep(found: Found, path: Path) -> None:
    def write(file: Path) -> None:
        with file.open("wb") as open_file:
            np.savez(open_file, **found._asdict())

    files.write_atomically(path, write)
