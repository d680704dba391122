"""The files of a mapped delivery as a whole: each belongs to one table, and none is left over."""

from pathlib import Path

from enclave.base import paths
from enclave.base.errors import EnclaveError, InputError
from enclave.facts import treated_pairs
from enclave_registers.intake import delivery_map, input_files, patterns
from enclave_registers.schema import TABLES


def check(folder: Path) -> None:
    """Hold the files of a folder with a map against it; a folder without a map passes.

    Raises InputError for a map that cannot be read, a file that two tables claim, and a data file that no table claims.
    Tables whose own part of the map is at fault are passed over: reading them tells it.
    """
    if not delivery_map.sections(folder):
        return
    found = {table: _paths(table, folder) for table in TABLES}
    owners: dict[Path, str] = dict.fromkeys(patterns.matched(delivery_map.ignored(folder), folder), "")
    for table, files in found.items():
        for path in files or []:
            if path in owners:
                raise _claimed_twice(path.relative_to(folder), owners[path] or delivery_map.IGNORE, table)
            owners[path] = table
    if None not in found.values():
        _refuse_strays(
            [path for path in patterns.data_files(folder) if path not in owners and path.name != treated_pairs.LIST],
            folder,
        )


def _paths(table: str, folder: Path) -> list[Path] | None:
    try:
        return [part.path for part in input_files.find(table, folder)]
    except EnclaveError:
        return None


def _claimed_twice(path: Path, one: str, other: str) -> InputError:
    problem = f"is claimed by {one} and by {other}"
    return InputError(path.as_posix(), problem, f"Name it once in {paths.DELIVERY_MAP}, under the table that it holds.")


def _refuse_strays(strays: list[Path], folder: Path) -> None:
    if strays:
        first, more = strays[0].relative_to(folder).as_posix(), len(strays) - 1
        remedy = f"In {paths.DELIVERY_MAP}, name it under its table or under {delivery_map.IGNORE}; or move it away."
        raise InputError(first, "belongs to no table: no name or pattern of the map fits it", remedy, more=more)
