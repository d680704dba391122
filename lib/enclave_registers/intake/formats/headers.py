"""From the headers of a file to the columns of the schema."""

import difflib
import unicodedata
from collections.abc import Mapping, Sequence

import pandera.pandas as pa

from enclave.base import paths
from enclave_registers.intake.values.problems import Reading
from enclave_registers.schema import metadata

LOOK_AHEAD = 20
# with fewer known headers than this, the first row may be a record
KNOWN_HEADERS = 2
DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def match(reading: Reading, headers: Sequence, below: Sequence[Sequence] = ()) -> dict[str, int]:
    """Position of each column of the schema among the headers: canonical name -> position.

    A header is the one that the map of the delivery gives, else the canonical name or a synonym. Case, width and white
    space do not matter. Columns that the map calls absent are left out.

    below : the first rows under the header, which show a header further down and a second header

    Raises InputError for a missing, duplicate or renamed column and for a second header row.
    """
    known = words(reading.schema, reading.map.columns)
    found = [known.get(normalised(header)) for header in headers]
    _refuse_low_header(reading, found, below, known)
    _refuse_duplicates(reading, headers, found)
    _refuse_missing(reading, headers, found)
    if below:
        _refuse_second_header(reading, below[0], known)
    return {column: found.index(column) for column in reading.schema.columns if column not in reading.map.absent}


def words(schema: pa.DataFrameSchema, mapped: Mapping[str, str] | None = None) -> dict[str, str]:
    """Normalised header -> canonical name: all spellings that the schema has, or the one header that is `mapped`."""
    mapped = mapped or {}
    spellings = {
        normalised(word): name
        for name, column in schema.columns.items()
        if name not in mapped
        for word in (name, *metadata(column)["synonyms"])
    }
    return spellings | {normalised(header): name for name, header in mapped.items()}


def normalised(header) -> str:
    """A header without white space, in lower case and half width."""
    plain = unicodedata.normalize("NFKC", "" if header is None else str(header))
    return "".join(plain.replace("\ufeff", "").split()).casefold()


def _refuse_low_header(reading: Reading, found: list, below: Sequence[Sequence], known: dict[str, str]) -> None:
    here = len(set(found) - {None})
    for depth, row in enumerate(below[:LOOK_AHEAD], start=2):
        there = len({known.get(normalised(cell)) for cell in row} - {None})
        if there > here and there >= len(set(known.values())) / 2:
            raise reading.error(
                f"the column headers are in row {depth}, below {depth - 1} other row{'s' * (depth > 2)}",
                f"Remove the row{'s' * (depth > 2)} above, so that the headers come first.",
            )


def _refuse_second_header(reading: Reading, row: Sequence, known: dict[str, str]) -> None:
    repeated = [cell for cell in row if normalised(cell) in known]
    if len(repeated) > 1:
        raise reading.error(f"has a second row of headers ({_listed(repeated)})", "Remove the row.", row=1)


def _refuse_duplicates(reading: Reading, headers: Sequence, found: list) -> None:
    duplicate = next((name for name in found if name and found.count(name) > 1), None)
    if duplicate:
        same = [str(header).strip() for header, name in zip(headers, found, strict=True) if name == duplicate]
        raise reading.error(
            f"the column appears {len(same)} times ({_listed(same)})",
            "Keep one of them. Rename or remove the others.",
            column=duplicate,
        )


def _refuse_missing(reading: Reading, headers: Sequence, found: list) -> None:
    schema = reading.schema
    missing = [name for name in schema.columns if name not in found and name not in reading.map.absent]
    if not missing:
        return
    column, mapped = missing[0], reading.map.columns.get(missing[0])
    unknown = [str(header).strip() for header, name in zip(headers, found, strict=True) if name is None and header]
    also = f" Also missing: {', '.join(missing[1:])}." if missing[1:] else ""
    problem = f'the header "{mapped}", which the map gives, is missing' if mapped else "the column is missing"
    # headers of private files are quoted only if the first row is surely a header
    if not reading.quoting and len(set(found) - {None}) < KNOWN_HEADERS:
        hint = "Almost no header in the first row is known. Is the row of headers missing?"
    elif mapped:
        hint = _similar(unknown, mapped)
    else:
        hint = _other_meaning(unknown, schema, column) or _renamed(
            unknown, [column, *metadata(schema.columns[column])["synonyms"]]
        )
    raise reading.error(problem, f"{hint}{also}{other_delimiter(reading, headers)}", column=column)


def _other_meaning(unknown: list[str], schema: pa.DataFrameSchema, column: str) -> str:
    """What a header means that looks like the column's, and what to do; an empty text if there is none."""
    meanings = metadata(schema.columns[column]).get("other", {})
    header = next((header for header in unknown if normalised(header) in meanings), None)
    if header is None:
        return ""
    remedy = f"If the delivery has no other header for it, list {column} under absent in {paths.DELIVERY_MAP}."
    return f'"{header}" {meanings[normalised(header)]}. {remedy}'


def _similar(unknown: list[str], mapped: str) -> str:
    near = difflib.get_close_matches(mapped, unknown, n=3, cutoff=0.3) or unknown[:3]
    there = f" Similar headers there: {_listed(near)}." if near else ""
    return f"Correct the header in the map, or in the file.{there}"


def _renamed(unknown: list[str], spellings: list[str]) -> str:
    words = [normalised(spelling) for spelling in spellings]
    likeness = {
        header: max(difflib.SequenceMatcher(None, normalised(header), word).ratio() for word in words)
        for header in unknown
    }
    nearest = max(likeness, key=likeness.__getitem__, default=None)
    accepted = f"Its header must be one of: {', '.join(spellings)}."
    if nearest is not None and likeness[nearest] >= 0.5:
        return f'Rename "{nearest}" if that is the column. {accepted}'
    return f"{accepted} If you do not have the column, add it without values where the codebook allows empty cells."


def other_delimiter(reading: Reading, headers: Sequence) -> str:
    """What to add to a remedy if the header is one field that another delimiter would split, else nothing."""
    others = [(sign, name) for sign, name in DELIMITERS.items() if sign != reading.map.delimiter]
    named = [name for sign, name in others if len(headers) == 1 and sign in str(headers[0])]
    remedy = "separate them by commas, or give the delimiter in the map."
    return f" The fields are separated by {named[0]}; {remedy}" if named else ""


def _listed(headers: Sequence) -> str:
    return ", ".join(f'"{header}"' for header in headers)
