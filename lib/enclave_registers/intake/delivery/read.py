"""A delivery as a whole: its map is parsed once, its files are found once, and each file belongs to one table.

Files of one table are checked together: none is a copy of another, and no number is missing. Numbers are a sequence if
the names of the files differ in one number alone, if the numbers start at 0 or 1, and if fewer are missing than there
are. So `part-0001, part-0003` lacks one, while years, province codes and single numbers are not sequences. The names
cannot show whether the last files are missing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from enclave.base import paths
from enclave.base.errors import EnclaveError, InputError, command
from enclave.facts import treated_pairs
from enclave_registers.intake.delivery import delivery_map, find_files
from enclave_registers.intake.delivery.delivery_map import DeliveryMap, TableMap
from enclave_registers.intake.delivery.find_files import FORMATS, MISSING, TEXTS, InputFile
from enclave_registers.schema import TABLES

WHOLE = "delivery"
ENDINGS = sorted([*FORMATS, *TEXTS], key=len, reverse=True)


@dataclass(frozen=True)
class Delivery:
    """What a folder delivers.

    files : table -> its input files, in the order of its records
    maps : table -> what the map says about it
    problems : table -> why its files cannot be read; under `WHOLE`, what is wrong with the map or the set of files
    quoting : whether messages may quote values of the files; false for private registers
    """

    folder: Path
    files: dict[str, tuple[InputFile, ...]]
    maps: dict[str, TableMap]
    problems: dict[str, EnclaveError]
    quoting: bool = False

    @property
    def tables(self) -> list[str]:
        """The tables to read, or none if the map cannot be read: every table would repeat the same problem."""
        return list(TABLES) if self.files or self.problems.keys() - {WHOLE} else []

    def files_of(self, table: str) -> tuple[InputFile, ...]:
        """The input files of a table. Raises the InputError of a table whose files cannot be read."""
        if table not in self.files:
            raise self.problems.get(table) or self.problems[WHOLE]
        return self.files[table]

    def maps_of(self, table: str) -> TableMap:
        """What the map says about a table. Raises the InputError of a table whose section cannot be read."""
        if table not in self.maps:
            raise self.problems.get(table) or self.problems[WHOLE]
        return self.maps[table]


def read(folder: Path, *, quoting: bool = False) -> Delivery:
    """Find the files of all tables in a folder and parse its map. Problems are noted in the result and not raised."""
    try:
        whole = delivery_map.read(folder)
    except EnclaveError as error:
        return Delivery(folder, {}, {}, {WHOLE: error}, quoting)
    files, maps, problems = {}, {}, {}
    for table in TABLES:
        try:
            maps[table] = whole.of_table(table)
            files[table] = _files(table, folder, maps[table])
        except EnclaveError as error:
            problems[table] = error
    if not whole.exists and (number := _number_without_names(folder, problems)):
        return Delivery(folder, {}, {}, {WHOLE: _without_names(folder, number)}, quoting)
    try:
        _check_owners(whole, files, folder)
    except EnclaveError as error:
        problems[WHOLE] = error
    return Delivery(folder, files, maps, problems, quoting)


def _number_without_names(folder: Path, problems: dict[str, EnclaveError]) -> int:
    """The number of data files of a folder in which every table is missing and no name is like that of a table."""
    missing = [fault for fault in problems.values() if isinstance(fault, InputError) and fault.problem == MISSING]
    if len(missing) < len(TABLES):
        return 0
    data = find_files.data_files(folder)
    names = [entry.name for entry in folder.iterdir()]
    return 0 if any(find_files.named_like(table, names) for table in TABLES) else len(data)


def _without_names(folder: Path, number: int) -> InputError:
    """The fault of a folder with data files of which none has the name of a table."""
    source = "licensed" if folder == paths.LICENSED else folder.name
    draft = command("check", SOURCE=source, MAP="draft")
    remedy = f"Say in {paths.DELIVERY_MAP} which files hold which table. This writes a first one: {draft}."
    return InputError(folder, f"none of its data files ({number}) has the name of a table", remedy)


def _files(table: str, folder: Path, table_map: TableMap) -> tuple[InputFile, ...]:
    if table_map.standard is not None:
        return ()
    files = find_files.find(table, folder, table_map)
    table_map.check_variants([file.name for file in files])
    for file in files:
        table_map.of_file(file.name, dict(file.partitions))
    check_sequence([file.name for file in files if not table_map.lists(file.name)])
    _refuse_copies(files)
    return files


def _check_owners(whole: DeliveryMap, files: dict[str, tuple[InputFile, ...]], folder: Path) -> None:
    """Raise InputError for a file of two tables and, if all tables were found, for a data file of none."""
    owners: dict[Path, str] = dict.fromkeys(find_files.matched(whole.ignored(), folder), delivery_map.IGNORE)
    for table, its_files in files.items():
        for file in its_files:
            if file.path in owners:
                raise _two_owners(file.path.relative_to(folder), owners[file.path], table)
            owners[file.path] = table
    if len(files) == len(TABLES):
        data = find_files.data_files(folder)
        _refuse_unassigned([path for path in data if path not in owners and path.name != treated_pairs.LIST], folder)


def _two_owners(path: Path, one: str, other: str) -> InputError:
    problem = f"is assigned to {one} and to {other}"
    return InputError(path.as_posix(), problem, f"List it once in {paths.DELIVERY_MAP}, under the table that it holds.")


def _refuse_unassigned(left: list[Path], folder: Path) -> None:
    if left:
        first, more = left[0].relative_to(folder).as_posix(), len(left) - 1
        remedy = (
            f"In {paths.DELIVERY_MAP}, list it with the others under `files` of its table, or under "
            f"`{delivery_map.IGNORE}`. Or move it away."
        )
        raise InputError(first, "belongs to no table: it is not read", remedy, more=more)


def _refuse_copies(files: tuple[InputFile, ...]) -> None:
    for one, other in _same_size(files):
        if find_files.digest(one.path) == find_files.digest(other.path):
            remedy = "Remove the copy. If one file replaced another by mistake, export that one again."
            raise InputError(other.name, f"has the same content as {one.name}", remedy)


def _same_size(files: tuple[InputFile, ...]) -> Iterator[tuple[InputFile, InputFile]]:
    sizes = [file.bytes for file in files]
    for at, size in enumerate(sizes):
        first = sizes.index(size)
        if size and first < at:
            yield files[first], files[at]


def check_sequence(names: Iterable[str]) -> None:
    """Raise InputError if a number is missing among the file names of one table."""
    names = list(names)
    split = [re.split("([0-9]+)", name.removesuffix(_ending(name))) for name in names]
    at = _position_of_number(split)
    if at is None:
        return
    written = {int(pieces[at]): pieces[at] for pieces in split}
    first, last = min(written), max(written)
    missing = [number for number in range(first, last) if number not in written]
    if missing and first <= 1 and len(missing) < len(written):
        before = written[max(number for number in written if number < missing[0])]
        pieces = list(split[[pieces[at] for pieces in split].index(before)])
        pieces[at] = str(missing[0]).zfill(len(before))
        others = f"{written[first]} to {written[last]}"
        raise _missing_number("".join(pieces) + _ending(names[0]), others, len(missing) - 1)


def _ending(name: str) -> str:
    return next((name[-len(ending) :] for ending in ENDINGS if name.lower().endswith(ending)), "")


def _position_of_number(split: list[list[str]]) -> int | None:
    """Where the names, split at their numbers, differ in one number and nowhere else. Each number occurs once."""
    if len({len(pieces) for pieces in split}) != 1:
        return None
    columns = [set(column) for column in zip(*split, strict=True)]
    differing = [at for at, column in enumerate(columns) if len(column) > 1]
    if len(differing) != 1 or differing[0] % 2 == 0:
        return None
    return differing[0] if len(set(map(int, columns[differing[0]]))) == len(split) else None


def _missing_number(name: str, others: str, more: int) -> InputError:
    return InputError(
        name,
        f"the file is missing: the other files of the table are numbered {others}",
        "Add it. If it never existed, number the files without a gap, or list each of them in the map.",
        more=more,
    )
