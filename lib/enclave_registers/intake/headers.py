"""From the headers of a file to the columns of the schema."""

import difflib
import unicodedata
from collections.abc import Mapping

import pandera.pandas as pa

from enclave.base.errors import InputError
from enclave_registers.intake.input_files import Part

LOOK_AHEAD = 20
# with fewer known headers the first row may be a record
HEADERS = 2
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def match(part: Part, headers: list, schema: pa.DataFrameSchema, below: list[list] = ()) -> dict[str, int]:
    """Position of each column of the schema among the headers: canonical name -> position.

    A header is the one that the map of the delivery names, else the canonical name or one of its synonyms; case, width
    and white space do not matter. Columns that the map calls absent are left out. `below` are the first rows under the
    header: they tell whether the true header stands further down, or a second one follows. Raises InputError for a
    missing, doubled or renamed column and for further header rows.
    """
    known = words(schema, part.map.columns)
    found = [known.get(squeezed(header)) for header in headers]
    _refuse_low_header(part, found, below, known)
    _refuse_double(part, headers, found)
    _refuse_missing(part, headers, found, schema)
    if below:
        _refuse_second_header(part, below[0], known)
    return {column: found.index(column) for column in schema.columns if column not in part.map.absent}


def words(schema: pa.DataFrameSchema, mapped: Mapping[str, str] | None = None) -> dict[str, str]:
    """Squeezed header -> canonical name: all spellings that the schema knows, or the one header that is `mapped`."""
    mapped = mapped or {}
    spelt = {
        squeezed(word): name
        for name, column in schema.columns.items()
        if name not in mapped
        for word in (name, *column.metadata["synonyms"])
    }
    return spelt | {squeezed(header): name for name, header in mapped.items()}


def squeezed(header) -> str:
    """A header without white space, in lower case and half width."""
    plain = unicodedata.normalize("NFKC", "" if header is None else str(header))
    return "".join(plain.replace("\ufeff", "").split()).casefold()


def _refuse_low_header(part: Part, found: list, below: list[list], known: dict[str, str]) -> None:
    here = len(set(found) - {None})
    for depth, row in enumerate(below[:LOOK_AHEAD], start=2):
        there = len({known.get(squeezed(cell)) for cell in row} - {None})
        if there > here and there >= len(set(known.values())) / 2:
            raise InputError(
                part.name,
                f"the column headers stand in row {depth}, under {depth - 1} other row{'s' * (depth > 2)}",
                f"Remove the row{'s' * (depth > 2)} above, so that the headers come first.",
            )


def _refuse_second_header(part: Part, row: list, known: dict[str, str]) -> None:
    repeated = [cell for cell in row if squeezed(cell) in known]
    if len(repeated) > 1:
        raise InputError(part.name, f"holds a second row of headers ({_listed(repeated)})", "Remove the row.", row=1)


def _refuse_double(part: Part, headers: list, found: list) -> None:
    doubled = next((name for name in found if name and found.count(name) > 1), None)
    if doubled:
        same = [str(header).strip() for header, name in zip(headers, found, strict=True) if name == doubled]
        raise InputError(
            part.name,
            f"the column stands there {len(same)} times ({_listed(same)})",
            "Keep one of them; rename or remove the others.",
            column=doubled,
        )


def _refuse_missing(part: Part, headers: list, found: list, schema: pa.DataFrameSchema) -> None:
    missing = [name for name in schema.columns if name not in found and name not in part.map.absent]
    if not missing:
        return
    column, mapped = missing[0], part.map.columns.get(missing[0])
    free = [str(header).strip() for header, name in zip(headers, found, strict=True) if name is None and header]
    also = f" Also missing: {', '.join(missing[1:])}." if missing[1:] else ""
    problem = f'its header "{mapped}", as the map has it, is not there' if mapped else "the column is missing"
    if not part.quoting and len(set(found) - {None}) < HEADERS:
        hint = "Hardly a header of the first row is known: is the row of headers missing?"
    elif mapped:
        hint = _nearest(free, mapped)
    else:
        hint = _renaming(free, [column, *schema.columns[column].metadata["synonyms"]])
    raise InputError(part.name, problem, f"{hint}{also}{separator(part, headers)}", column=column)


def _nearest(free: list[str], mapped: str) -> str:
    near = difflib.get_close_matches(mapped, free, n=3, cutoff=0.3) or free[:3]
    there = f" Nearest there: {_listed(near)}." if near else ""
    return f"Correct the header in the map, or in the file.{there}"


def _renaming(free: list[str], spellings: list[str]) -> str:
    squeezed_spellings = [squeezed(spelling) for spelling in spellings]
    likeness = {
        header: max(difflib.SequenceMatcher(None, squeezed(header), word).ratio() for word in squeezed_spellings)
        for header in free
    }
    nearest = max(likeness, key=likeness.get, default=None)
    accepted = f"Its header must be one of: {', '.join(spellings)}."
    if nearest is not None and likeness[nearest] >= 0.5:
        return f'Rename "{nearest}" if that is the column. {accepted}'
    return f"{accepted} A column that is unknown may be empty if the codebook allows gaps."


def separator(part: Part, headers: list) -> str:
    """What to say of a first record in one piece that another sign would part, else nothing."""
    signs = [(sign, name) for sign, name in SEPARATORS.items() if sign != part.map.delimiter]
    named = [name for sign, name in signs if len(headers) == 1 and sign in str(headers[0])]
    remedy = "separate them by commas, or name the delimiter in the map."
    return f" The fields are separated by {named[0]}; {remedy}" if named else ""


def _listed(headers: list) -> str:
    return ", ".join(f'"{header}"' for header in headers)
