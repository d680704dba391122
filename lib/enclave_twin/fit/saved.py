"""The folder of a fit: what its stages found, so that a stopped fit continues and ends with the same bytes.

A stage that has ended has one file, and one that is in progress another. One process at a time may fit in a folder, and
only from the inputs and the program with which the fit in it began.
"""

import hashlib
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave_twin.fit import stages, yearbook
from enclave_twin.fit.stages import Found

# what the fit began with, and the lock, in the folder
INPUTS = "inputs.json"
LOCK = "lock"
# facts, and packages under `lib`, on which counts depend
FACTS = ("cities.csv", "city_economies.csv", "distances.csv", "new_firms.csv", "parks.csv", "recipient_levels.csv")
CODE = ("enclave_twin/fit", "enclave_twin/counts", "enclave/estimators", "enclave/facts")
# program that is in the folder of the fit but changes no counts
WITHOUT = ("adopt.py", "pair_lists.py", "table_ratios.py", "__init__.py")


# neutral moves of the pairs of the last state, one set in each process
_MOVES: dict[tuple, np.ndarray] = {}


@contextmanager
def alone(folder: Path) -> Generator[None, None, None]:
    """Hold the folder. Raises EnclaveError if another fit runs in it."""
    files.make_folder(folder)
    try:
        lock = FileLock(folder / LOCK).acquire(blocking=False)
    except Timeout:
        raise EnclaveError(f"Another fit runs in {folder}. Wait for it to end.") from None
    with lock:
        yield


def begin(folder: Path, treated: pd.DataFrame, seed: int, turns: int, relaxed: frozenset) -> None:
    """Note what a fit begins with. Raises EnclaveError if the folder has a fit that began with something else."""
    now = {
        "list": _hash(treated.sort_values(PAIR).to_csv(index=False).encode()),
        "seed": str(seed),
        "turns": str(turns),
        "relaxed targets": _hash(repr(sorted(relaxed)).encode()),
        "facts": _hash(*(path.read_bytes() for path in inputs())),
        "program": _hash(*(path.read_bytes() for path in _program())),
    }
    path = folder / INPUTS
    if not path.exists():
        files.write_text(json.dumps(now, indent=1) + "\n", path)
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    changed = [name for name in now if before.get(name) != now[name]]
    if changed:
        raise EnclaveError(
            f"The fit in {folder} began with other inputs ({', '.join(changed)}). Remove the folder and start again, "
            "or go back to these inputs."
        )


def inputs() -> list[Path]:
    """The facts and printed numbers on which counts depend."""
    return [paths.PUBLISHED / "published.csv", *(paths.FACTS / name for name in FACTS)]


def _program() -> list[Path]:
    """The modules on which counts depend, sorted."""
    return [path for folder in CODE for path in sorted((paths.LIB / folder).glob("*.py")) if path.name not in WITHOUT]


def _hash(*parts: bytes) -> str:
    made = hashlib.sha256()
    for part in parts:
        made.update(hashlib.sha256(part).digest())
    return made.hexdigest()[:16]


class Stages:
    """What the stages of a fit found.

    Attributes
    ----------
    folder : place of the files
    treated : the treated pairs with their effects (see `pair_lists.with_effects`)
    relaxed : names of the relaxed numbers
    """

    def __init__(self, folder: Path, treated: pd.DataFrame, relaxed: frozenset) -> None:
        self.folder, self.treated, self.relaxed = folder, treated, relaxed

    def once(self, name: str, make: Callable[[], Found]) -> Found:
        """The result of a stage: read if it has ended, made and kept if not."""
        found = self.read(name)
        if found is None:
            found = make()
            self.keep(name, found)
        return self.complete(found)

    def keep(self, name: str, *found: Found, **more: np.ndarray) -> None:
        """Save one or more states, in one atomic write."""
        given = dict(more)
        for place, one in enumerate(found):
            given |= {f"{key}{place}": value for key, value in _arrays(one).items()}

        def write(path: Path) -> None:
            with path.open("wb") as file:
                np.savez(file, allow_pickle=True, **given)

        files.write_atomically(self.folder / f"{name}.npz", write)

    def arrays(self, name: str) -> dict[str, np.ndarray] | None:
        """What was saved under a name, or None."""
        path = self.folder / f"{name}.npz"
        if not path.exists():
            return None
        with np.load(path) as held:
            # read completely and close: Windows does not replace an open file
            return dict(held)

    def read(self, name: str, place: int = 0) -> Found | None:
        """A saved state without its neutral moves, or None."""
        held = self.arrays(name)
        return None if held is None else self.state(held, place)

    def complete(self, found: Found) -> Found:
        """The same with its neutral moves, which depend on its pairs alone."""
        key = tuple(map(tuple, found.pairs[[*PAIR, "cohort"]].to_numpy()))
        if key not in _MOVES:
            _MOVES.clear()
            _MOVES[key] = stages.with_neutral_moves(found).known_neutral
        return stages.with_moves(found, _MOVES[key])

    def state(self, saved: dict[str, np.ndarray], place: int) -> Found:
        """One of the states that were saved together, without its neutral moves."""
        held = {key[:-1]: value for key, value in saved.items() if key.endswith(str(place))}
        pairs = stages.linked_pairs(self.treated, pd.DataFrame({name: held[name] for name in PAIR}))
        base = None
        if "base" in held:
            names = ["population_10k", *(column for column, *_ in yearbook.VARIABLES.values())]
            base = pd.DataFrame(held["base"], columns=names)
            base.insert(0, "recipient", sorted(pairs["recipient"].unique()))
        return Found(pairs, held["counts"], held.get("scores"), base, self.relaxed, cells=held.get("cells"))


def _arrays(found: Found) -> dict[str, np.ndarray]:
    made = {"counts": found.counts} | {name: found.pairs[name].to_numpy().astype("U6") for name in PAIR}
    for name in ("scores", "cells"):
        if getattr(found, name) is not None:
            made[name] = getattr(found, name)
    if found.base is not None:
        made["base"] = found.base.iloc[:, 1:].to_numpy()
    return made
