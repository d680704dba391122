"""From the headers of a file to the columns of the schema."""

import difflib
import re
from collections.abc import Mapping, Sequence

import pandera.pandas as pa

from enclave.base import paths
from enclave_registers.intake.delivery import patterns, units
from enclave_registers.intake.formats import guess_headers
from enclave_registers.intake.values.problems import Reading
from enclave_registers.schema import metadata

LOOK_AHEAD = 20
# with fewer known headers than this, the first row may be a record
KNOWN_HEADERS = 2
DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# so many headers with a year are years as columns
YEARS_AS_COLUMNS = 3
# signs that mean something in a map
NEEDS_QUOTES = re.compile(r"[\s:#,\[\]{}\"'&*?|>%@`-]")
A_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


def match(
    reading: Reading,
    headers: Sequence,
    below: Sequence[Sequence] = (),
    around: Sequence[Sequence] = (),
    rows: Sequence[int] = (),
) -> dict[str, int]:
    """Position of each column of the schema among the headers, and of further headers that the map reads.

    A header is the one that the map of the delivery gives, else the canonical name or a synonym. Case, width, white
    space and a colon at the end do not matter, and a unit in brackets only has to be the one of the map or the schema.
    Columns that have no header of their own are left out (see `TableMap.made`).

    below : the first rows under the header, which show a header further down and a second header
    rows : the rows of `below` in the file, if blank lines are among them
    around : rows above the headers and between them and the records, which may give units

    Raises InputError for a missing, duplicate or renamed column, for a second row of headers, and for another unit.
    """
    known = words(reading.schema, reading.map.columns, reading.map.made)
    found = [_column(header, known, reading) for header in headers]
    first = reading.map.header_row + reading.map.records_from
    rows = rows or range(first, first + LOOK_AHEAD)
    _refuse_low_header(reading, found, dict(zip(rows, below[:LOOK_AHEAD], strict=False)), known)
    _refuse_two_sources(reading, headers)
    _refuse_duplicates(reading, headers, found)
    _refuse_missing(reading, headers, found)
    if below:
        _refuse_second_header(reading, below[0], rows[0], known)
    positions = {
        column: found.index(column) for column in reading.schema.columns if column not in reading.map.made
    } | _further(reading, headers)
    _refuse_other_units(reading, headers, positions, around)
    reading.used.headers = {column: str(headers[at]) for column, at in positions.items()}
    reading.used.beside = [str(header) for header in headers if header]
    return positions


def words(
    schema: pa.DataFrameSchema, mapped: Mapping[str, str] | None = None, made: Sequence[str] | set[str] = ()
) -> dict[str, str]:
    """Normalised header -> canonical name: all spellings that the schema has, or the one header that is `mapped`.

    Columns that are `made` without a header have none.
    """
    mapped = mapped or {}
    spellings = {
        normalised(word): name
        for name, column in schema.columns.items()
        if name not in mapped and name not in made
        for word in (name, *metadata(column)["synonyms"])
    }
    return spellings | {normalised(header): name for name, header in mapped.items()}


def normalised(header) -> str:
    """A header in lower case without white space, marks of a spreadsheet, stars, and a colon at its end."""
    return patterns.plain("" if header is None else str(header)).casefold().strip("='\"*").rstrip(":*")


def _column(header, known: Mapping[str, str], reading: Reading) -> str | None:
    """The column of a header, if need be without the unit in its brackets."""
    name = known.get(normalised(header))
    if name or header is None or known.keys() & {normalised(header)}:
        return name
    bare = known.get(normalised(units.without_unit(str(header))))
    return bare if bare and metadata(reading.schema.columns[bare]).get("unit") in units.UNITS else None


def _further(reading: Reading, headers: Sequence) -> dict[str, int]:
    """Positions of headers that are no columns of ours, but that the map reads for sums, choices and rows to drop."""
    plain = [normalised(header) for header in headers]
    found = {}
    for header in reading.map.further_headers:
        if header in reading.schema.columns or header in reading.used.dropped_by:
            continue
        if normalised(header) not in plain:
            given = [str(one).strip() for one in headers if one]
            raise reading.error(f'the header "{header}", which the map gives, is missing', _similar(given, header))
        found[header] = plain.index(normalised(header))
    return found


def _in_map(reading: Reading, key: str) -> str:
    """Where the map says something about the table, as a line that can be copied."""
    return f"In {paths.DELIVERY_MAP}, under {reading.table}: `{key}`."


def _refuse_low_header(reading: Reading, found: list, below: Mapping[int, Sequence], known: dict[str, str]) -> None:
    here = len(set(found) - {None})
    for row, cells in below.items():
        there = len({_column(cell, known, reading) for cell in cells} - {None})
        if there > here and there >= len(set(known.values())) / 2:
            raise reading.error(
                f"the column headers are in row {row}, below {row - 1} other row{'s' * (row > 2)}",
                _in_map(reading, f"header_row: {row}"),
            )


def _refuse_second_header(reading: Reading, row: Sequence, number: int, known: dict[str, str]) -> None:
    repeated = [cell for cell in row if normalised(cell) in known]
    of_units = [cell for cell in row if cell is not None and units.is_unit(str(cell))]
    problem = ""
    if len(repeated) > 1:
        problem = f"is a second row of headers ({_listed(repeated)})"
    elif len(of_units) > 1:
        problem = f"is a row of units ({_listed(of_units)})"
    if problem:
        remedy = f"{_in_map(reading, f'first_record: {number + 1}')[:-1]}, the row of the first record in the file."
        raise reading.error(problem, remedy, row=reading.map.records_from)


def _refuse_two_sources(reading: Reading, headers: Sequence) -> None:
    """A column that the name of the file gives is not in the file as well."""
    given = words(reading.schema)
    for header in headers:
        name = given.get(normalised(header))
        if name in reading.map.constants and name not in reading.map.columns:
            key = "year_from_file" if reading.map.year_from_file and name == "year" else ""
            remedy = f"Remove {key} from the map." if key else "Rename the folder, or remove the column."
            raise reading.error("is in the file, and the name of the file gives it, too", remedy, column=name)


def _refuse_duplicates(reading: Reading, headers: Sequence, found: list) -> None:
    duplicate = next((name for name in found if name and found.count(name) > 1), None)
    if duplicate:
        same = [str(header).strip() for header, name in zip(headers, found, strict=True) if name == duplicate]
        raise reading.error(
            f"the column appears {len(same)} times ({_listed(same)})",
            f"Say which one it is in {paths.DELIVERY_MAP}, under {reading.table}: `columns: {{{duplicate}: ...}}`. "
            "If their headers are the same, rename or remove the others; if a row below tells them apart, give both "
            "rows as `header_row: [1, 2]`.",
            column=duplicate,
        )


def _refuse_missing(reading: Reading, headers: Sequence, found: list) -> None:
    missing = [name for name in reading.schema.columns if name not in found and name not in reading.map.made]
    if not missing:
        return
    unknown = [str(header).strip() for header, name in zip(headers, found, strict=True) if name is None and header]
    column, mapped = missing[0], reading.map.columns.get(missing[0])
    others = [_with_header(reading, name) for name in missing[1:]]
    also = f" Also missing: {', '.join(others)}." if others else ""
    problem = f'the header "{mapped}", which the map gives, is missing' if mapped else "the column is missing"
    shape = _shape(reading, unknown, missing, quoting=reading.quoting or len(set(found) - {None}) >= KNOWN_HEADERS)
    # headers of private files are quoted only if the first row is surely a header
    if not reading.quoting and len(set(found) - {None}) < KNOWN_HEADERS:
        hint = f"Almost no header in row {reading.map.header_row} is known. Is the row of headers missing? "
        hint += (
            f"If the headers are in another row, give header_row in {paths.DELIVERY_MAP}; if they are others, columns."
        )
    elif mapped:
        hint = _similar(unknown, mapped) + (f" {renamed}" if (renamed := _renamed(reading, missing, unknown)) else "")
    else:
        hint = _other_meaning(unknown, reading.schema, column) or _renamed(reading, missing, unknown)
    raise reading.error(problem, f"{shape}{hint}{also}{other_delimiter(reading, headers)}", column=column)


def _shape(reading: Reading, unknown: list[str], missing: list[str], *, quoting: bool) -> str:
    """What the headers and the file's name tell of the shape of a table by years, as a hint for the map.

    quoting : whether the first row is surely a header, so that parts of it may be quoted
    """
    if "year" not in missing:
        return ""
    pieces = [A_YEAR.split(header) for header in unknown if len(A_YEAR.findall(header)) == 1]
    before, after = next((piece for piece in pieces if pieces.count(piece) >= YEARS_AS_COLUMNS), (None, None))
    pattern = f"{before}{{year}}{after}"
    if pattern in ("{year}", "{year}年"):
        return f"The years are columns. {_in_map(reading, f'year_columns: {_quoted(pattern)}')} "
    if before and quoting:
        example = f"columns: {{population_10k: {_quoted(pattern)}}}"
        return f"The years are columns. {_in_map(reading, example)} "
    if A_YEAR.search(reading.file.name):
        pattern = A_YEAR.sub("{year}", reading.file.name, count=1)
        line = _in_map(reading, f"year_from_file: {_quoted(pattern)}")
        return f"The year may be in the name of the file. {line[:-1]}, or {{year+1}} if it is the year of the edition. "
    return ""


def _with_header(reading: Reading, name: str) -> str:
    mapped = reading.map.columns.get(name)
    return f"{name} ({_quoted(mapped)})" if mapped else name


def _quoted(text: str) -> str:
    return f'"{text}"'


def _other_meaning(unknown: list[str], schema: pa.DataFrameSchema, column: str) -> str:
    """What a header means that looks like the column's, and what to do; an empty text if there is none."""
    found = {header: guess_headers.other_meaning(schema, column, header) for header in unknown}
    header = next((header for header, other in found.items() if other), None)
    if header is None:
        return ""
    meanings = metadata(schema.columns[column])["other"]
    remedy = f"If the delivery has no other header for it, list {column} under absent in {paths.DELIVERY_MAP}."
    return f'"{header}" {meanings[found[header]]}. {remedy}'


def _similar(unknown: list[str], mapped: str) -> str:
    near = difflib.get_close_matches(mapped, unknown, n=3, cutoff=0.3) or unknown[:3]
    there = f" Similar headers there: {_listed(near)}." if near else ""
    return f"Correct the header in the map, or in the file.{there}"


def _renamed(reading: Reading, missing: list[str], unknown: list[str]) -> str:
    """What to write into the map: the likely headers of all missing columns, and which columns may be absent."""
    unmapped = [name for name in missing if name not in reading.map.columns]
    likely = guess_headers.guesses(reading.schema, unmapped, unknown)
    if not unmapped:
        return ""
    first = unmapped[0]
    accepted = ", ".join([first, *metadata(reading.schema.columns[first])["synonyms"]])
    line = f"columns: {{{_pairs(likely)}}}"
    absent = [name for name in unmapped if name not in likely and reading.schema.columns[name].nullable]
    sentences = [
        f"If these are the columns, write in {_in_map(reading, line)[3:]}" if likely else "",
        f"The header of {first} must be one of: {accepted}; other headers are given in {paths.DELIVERY_MAP}.",
        f"Columns that you do not have: `absent: [{', '.join(absent)}]`." if absent else "",
    ]
    return " ".join(filter(None, sentences))


def _pairs(likely: Mapping[str, str]) -> str:
    written = {name: _quoted(header) if NEEDS_QUOTES.search(header) else header for name, header in likely.items()}
    return ", ".join(f"{name}: {header}" for name, header in written.items())


def _refuse_other_units(
    reading: Reading, headers: Sequence, positions: Mapping[str, int], around: Sequence[Sequence]
) -> None:
    """Raise InputError if a header, or a row beside the headers, names another unit than the map or the schema."""
    ours = {name: metadata(column).get("unit", "") for name, column in reading.schema.columns.items()}
    sources = {name: [name] for name in positions if ours.get(name) in units.UNITS}
    sources |= {name: list(parts) for name, parts in reading.map.sums.items()}
    for name, keys in sources.items():
        for key in keys:
            at = positions[key]
            named = named_unit(name, str(headers[at]), at, around, ours[name])
            _refuse_unit(reading, name, key, named)


def named_unit(name: str, header: str, at: int, around: Sequence[Sequence], unit: str) -> units.NamedUnit | None:
    """The unit that the header of a column names, else the one of a cell above or below it, else the one of a title.

    at : the position of the column in the rows `around` the headers
    unit : the unit of the schema
    """
    if normalised(header) != name and (named := units.in_header(header, unit)):
        return named
    cells = [row[at] for row in around if at < len(row)]
    beside = (units.of_cell(str(cell), unit) for cell in cells if cell is not None)
    titles = (units.of_title(str(cell), unit) for row in around for cell in row if cell is not None)
    return next((named for named in [*beside, *titles] if named), None)


def _refuse_unit(reading: Reading, name: str, key: str, named: units.NamedUnit | None) -> None:
    part = reading.map.sums.get(name, {}).get(key)
    given = [part] if part else reading.map.units_of(name)
    if named is None or named.unit in given:
        return
    given_unit = "the map gives another unit" if given != [units.Unit()] else "the map gives no unit"
    if named.unit is None:
        remedy = "The unit is unknown here. Convert the column, or correct its header."
    elif key != name:
        remedy = f"{_in_map(reading, f'sums: {{{name}: {{{key}: {named.name}}}}}')} If the header is wrong, correct it."
    else:
        remedy = (
            f"{_in_map(reading, f'units: {{{name}: {named.name}}}')} If the header is wrong, correct it in the file."
        )
    raise reading.error(f"the header names the unit {named.name}, and {given_unit}", remedy, column=name)


def other_delimiter(reading: Reading, headers: Sequence) -> str:
    """What to add to a remedy if the header is one field that another delimiter would split, else nothing."""
    others = [(sign, name) for sign, name in DELIMITERS.items() if sign != reading.map.delimiter]
    named = [name for sign, name in others if len(headers) == 1 and sign in str(headers[0])]
    word = {"semicolons": "semicolon", "tabs": "tab", "bars": "bar"}
    remedy = f"separate them by commas, or give `delimiter: {word[named[0]]}` in the map." if named else ""
    return f" The fields are separated by {named[0]}; {remedy}" if named else ""


def _listed(headers: Sequence) -> str:
    return ", ".join(f'"{header}"' for header in headers)
