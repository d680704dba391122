"""Writes a first `map.yml` into the folder of a source that has none."""

from collections.abc import Iterator
from pathlib import Path, PurePath

import yaml

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave.facts import treated_pairs
from enclave_registers.intake.delivery import delivery_map
from enclave_registers.intake.draft import guesses, samples
from enclave_registers.intake.draft.guesses import A_YEAR, ALLOWED, Guess
from enclave_registers.intake.formats import guess_headers
from enclave_registers.schema import TABLES, metadata

HEAD = """\
# A first map, guessed from the headers and the first rows of each file. Look at every line with a mark (# guess), and
# compare it with the files. Remove the marks of those that are right. data/licensed/README.md explains the keys.
"""
MARK = "# guess"


def draft(source: str) -> tuple[Path, int]:
    """Write the draft for a source. Returns its path and the number of lines to look at.

    Raises EnclaveError if the folder is missing or has a map, under whatever name: no map is ever replaced.
    """
    folder = paths.registers(source)
    if not folder.is_dir():
        raise EnclaveError(f"{folder}: there is no such folder. Create it and put the files there.")
    path = paths.delivery_map(folder)
    if delivery_map.read(folder).exists or path.exists():
        raise EnclaveError(f"{path}: there is a map already, and a draft never replaces it. Rename it to keep it.")
    text = compose(folder)
    files.write_text(text, path)
    return path, text.count(MARK) - HEAD.count(MARK)


def compose(folder: Path) -> str:
    """The text of the draft for a folder."""
    found, unreadable = samples.of_folder(folder)
    by_table: dict[str, list[Guess]] = {table: [] for table in TABLES}
    left = [name for name in unreadable if name != treated_pairs.LIST]
    for sheets in found:
        name = sheets[0].name
        guess = guesses.of_file(sheets) if name != treated_pairs.LIST else None
        if guess:
            by_table[guess.table].append(guess)
        elif name != treated_pairs.LIST:
            left.append(name)
    every = [sheets[0].name for sheets in found] + unreadable
    lines = [line for table, those in by_table.items() for line in _section(table, those, every)]
    if left:
        lines.append(f"ignore: {_yaml(sorted(left))}  {MARK}: their headers are like those of no table")
    return HEAD + "\n".join(lines) + "\n"


def _section(table: str, found: list[Guess], every: list[str]) -> Iterator[str]:
    yield f"{table}:"
    if not found:
        yield from _without_files(table)
        return
    patterns = _patterns([guess.sample.name for guess in found], every)
    yield f"  files: {_yaml(patterns if len(patterns) > 1 else patterns[0])}  {MARK}"
    keys = [list(_keys(guess, "")) for guess in found]
    if all(lines == keys[0] for lines in keys):
        yield from (f"  {line}" for line in keys[0])
        return
    yield "  by_file:"
    for guess, lines in zip(found, keys, strict=True):
        yield f"    {_yaml(guess.sample.name)}:  {MARK}: the files of the table differ"
        yield from (f"      {line}" for line in lines)


def _patterns(names: list[str], every: list[str]) -> list[str]:
    """The names, with one pattern for all files of a folder if they belong to this table and have one ending."""
    found: dict[str, None] = {}
    for name in names:
        top, below, _ = name.partition("/")
        together = [one for one in every if one.startswith(f"{top}/")]
        endings = {PurePath(one).suffix for one in together}
        is_whole = below and set(together) <= set(names) and len(endings) == 1
        depth = "**/" if any("/" in one.partition("/")[2] for one in together) else ""
        found[f"{top}/{depth}*{endings.pop()}" if is_whole else name] = None
    return list(found)


def _without_files(table: str) -> Iterator[str]:
    yield f"  # no file has headers like those of this table  {MARK}"
    if table == "industries":
        yield f"  # from_firms: 2011  {MARK}: if the firm master has the industry codes itself, state their vintage"


def _keys(guess: Guess, indent: str) -> Iterator[str]:
    """The lines of the keys that one file needs."""
    sample = guess.sample
    for key, value in (("encoding", sample.encoding), ("delimiter", sample.delimiter), ("sheet", sample.sheet)):
        if value:
            yield f"{indent}{key}: {_yaml(value)}  {MARK}"
    for sheet, table in guess.further_sheets.items():
        where = "of this table, too" if table == guess.table else f"like those of {table}"
        yield f"{indent}# sheet {_yaml(sheet)} has headers {where}: save it as a file of its own  {MARK}"
    if guess.header_row > 1:
        yield f"{indent}header_row: {guess.header_row}  {MARK}"
    if guess.first_record > guess.header_row + 1:
        yield f"{indent}first_record: {guess.first_record}  {MARK}"
    for key, value in (
        ("stop_at", guess.stop_at),
        ("fill_down", guess.fill_down),
        ("year_columns", guess.year_columns),
    ):
        if value:
            yield f"{indent}{key}: {_yaml(value)}  {MARK}"
    for name, listed in guess.drop_rows.items():
        yield f"{indent}drop_rows: {{{name}: {_yaml(listed)}}}  {MARK}: rows of other places in the first rows"
    if guess.indicator:
        yield f"{indent}indicator: {{name: {_yaml(guess.indicator)}}}  {MARK}: the column that names the figures"
    yield from _columns(guess, indent)
    yield from _cells(guess, indent)


def _columns(guess: Guess, indent: str) -> Iterator[str]:
    schema = TABLES[guess.table]
    missing, absent = list(guess.missing), []
    if "year" in missing and A_YEAR.search(guess.sample.name):
        missing.remove("year")
        pattern = A_YEAR.sub("{year}", guess.sample.name, count=1)
        yield f"{indent}year_from_file: {_yaml(pattern)}  {MARK}: write {{year+1}} if it is the year of the edition"
    if guess.table == "land" and "supervision_number" in missing:
        missing.remove("supervision_number")
        absent.append("supervision_number")
        yield f"{indent}number_plots: yes  {MARK}: no header is like that of the supervision number"
    absent += [name for name in missing if schema.columns[name].nullable]
    needed = [name for name in missing if not schema.columns[name].nullable]
    if guess.columns or needed or guess.others:
        yield f"{indent}columns:"
    for name, header in guess.columns.items():
        note = f": {guess.notes[name]}" if name in guess.notes else ""
        yield f"{indent}  {name}: {_yaml(header)}  {MARK}{note}"
    for name, header in guess.others.items():
        meaning = metadata(schema.columns[name])["other"][guess_headers.other_meaning(schema, name, header)]
        yield f"{indent}  # {name}: {_yaml(header)}  {MARK}: no, it {meaning}"
    for name in needed:
        yield f"{indent}  # {name}: ?  {MARK}: no header is like it, and the column must not be empty"
    for name, parts in guess.sums.items():
        yield f"{indent}sums: {{{name}: {_yaml(parts)}}}  {MARK}"
    if absent:
        yield f"{indent}absent: {_yaml(absent)}  {MARK}: no header is like theirs"


def _cells(guess: Guess, indent: str) -> Iterator[str]:
    if guess.units:
        yield f"{indent}units:"
    for name, unit in guess.units.items():
        yield f"{indent}  {name}: {_yaml(unit)}  {MARK}: named beside the header"
    if guess.thousands:
        yield f"{indent}thousands: comma  {MARK}"
    if guess.dates:
        yield f"{indent}date_format:"
    for name, forms in guess.dates.items():
        yield f"{indent}  {name}: {_yaml(forms if len(forms) > 1 else forms[0])}  {MARK}: from the first rows"
    if guess.values:
        yield f"{indent}values:"
    for name, codes in guess.values.items():
        yield f"{indent}  {name}:"
        for code, ours in codes.items():
            allowed = ", ".join(map(str, ALLOWED[name]))
            line = f"{_yaml(code)}: {ours}  {MARK}" if ours else f"# {_yaml(code)}: ?  {MARK}: one of {allowed}"
            yield f"{indent}    {line}"


def _yaml(value: str | list[str]) -> str:
    """A text or a list in one line of YAML."""
    written = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10**6).strip()
    return written.removesuffix("...").strip()
