"""Guesses what a sample of a file holds: its table, its headers, and the codes, dates and units of its columns."""

import re
from dataclasses import dataclass, field

import pandas as pd
import pandera.pandas as pa

from enclave_registers.intake.delivery import date_formats, find_files, patterns, units
from enclave_registers.intake.draft.samples import Sample
from enclave_registers.intake.formats import guess_headers, headers
from enclave_registers.intake.values import cell_types, header_meaning
from enclave_registers.schema import INDUSTRY_STANDARDS, SHAREHOLDER_TYPES, SUPPLY_MODES, TABLES, metadata

# a file is of the table for which at least so many columns, and this share of them, have a likely header
COLUMNS, SHARE = 2, 0.3
A_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
FIGURES = [name for name, column in TABLES["yearbook"].columns.items() if metadata(column).get("unit") in units.UNITS]
NOTE = re.compile(r"注|数据来源|资料来源|来源|说明|备注|note|source", re.IGNORECASE)
WHOLE = re.compile(r"全国.*|.*合计|.*总计|全省|.{2,3}省|.*自治区")
FORMATS = [
    *("%Y.%m.%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y-%m", "%Y年%m月", "%Y"),
    *(date_formats.EXCEL, date_formats.MILLISECONDS, date_formats.SECONDS),
]
# word in a delivered code -> our value; the first that fits
WORDS = {
    "shareholder_type": [
        *(("合伙", "合伙企业"), ("事业", "事业法人"), ("机关", "机关法人"), ("政府", "机关法人"), ("社团", "社团法人")),
        *(("自然人", "自然人"), ("个人", "自然人"), ("法人", "企业法人"), ("企业", "企业法人"), ("公司", "企业法人")),
    ],
    "supply_mode": [
        *(("挂牌", "挂牌出让"), ("拍卖", "拍卖出让"), ("招标", "招标出让"), ("协议", "协议出让"), ("划拨", "划拨")),
        *(("租赁", "租赁"), ("作价", "作价出资或入股"), ("入股", "作价出资或入股")),
    ],
    "standard": [(str(year), str(year)) for year in INDUSTRY_STANDARDS],
}
ALLOWED = {
    "shareholder_type": SHAREHOLDER_TYPES,
    "supply_mode": SUPPLY_MODES,
    "standard": list(map(str, INDUSTRY_STANDARDS)),
}


@dataclass
class Guess:
    """What a file may hold. `columns` are those whose header a map must give; `known` have a header without a map.

    others : column -> a header that looks like it and means something else
    notes : column -> what to look at in its guess
    further_sheets : other sheets of the workbook -> the table that their headers are like
    """

    table: str
    sample: Sample
    header_row: int
    first_record: int
    score: float
    header: list[str]
    known: dict[str, str]
    columns: dict[str, str]
    missing: list[str]
    units: dict[str, str] = field(default_factory=dict)
    dates: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, dict[str, str | None]] = field(default_factory=dict)
    sums: dict[str, list[str]] = field(default_factory=dict)
    thousands: bool = False
    fill_down: list[str] = field(default_factory=list)
    drop_rows: dict[str, list[str]] = field(default_factory=dict)
    stop_at: list[str] = field(default_factory=list)
    year_columns: str | None = None
    indicator: str | None = None
    others: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    further_sheets: dict[str, str] = field(default_factory=dict)


def of_file(samples: list[Sample]) -> Guess | None:
    """The best guess over the sheets of a file, or None if its headers are like those of no table."""
    guesses = [guess for sample in samples for table in TABLES if (guess := _as_table(sample, table))]
    best = max(guesses, key=lambda guess: guess.score, default=None)
    if best is not None:
        best.further_sheets = _further_sheets(guesses, best)
        _look_at_headers(best)
        _look_at_cells(best)
    return best


def _further_sheets(guesses: list[Guess], best: Guess) -> dict[str, str]:
    """The other sheets with headers like those of a table, each with the likeliest one."""
    of_sheet: dict[str, Guess] = {}
    for guess in sorted(guesses, key=lambda guess: -guess.score):
        if guess.sample.sheet and guess.sample.sheet != best.sample.sheet:
            of_sheet.setdefault(guess.sample.sheet, guess)
    return {sheet: guess.table for sheet, guess in of_sheet.items()}


def _look_at_headers(guess: Guess) -> None:
    """Headers that mean a part of their column, or something else."""
    schema, taken = TABLES[guess.table], {*guess.known.values(), *guess.columns.values()}
    for name in guess.missing:
        others = [one for one in guess.header if one not in taken and guess_headers.other_meaning(schema, name, one)]
        guess.others |= {name: others[0]} if others else {}
    for name, header in guess.columns.items():
        part = header_meaning.of_header(name, header) if guess.table == "yearbook" else None
        guess.notes |= {name: f"it names {part.named}, while the column means {part.means}"} if part else {}


def _as_table(sample: Sample, table: str) -> Guess | None:
    depth = 1 if sample.is_named else headers.LOOK_AHEAD
    rows = [_under(sample, table, at) for at in range(min(depth, len(sample.rows)))]
    best = max(rows, key=lambda guess: guess.score, default=None)
    found = len(best.known) + len(best.columns) + bool(best.indicator) if best else 0
    return best if best and found >= COLUMNS and best.score >= SHARE else None


def _under(sample: Sample, table: str, at: int) -> Guess:
    """The guess if row `at` (from 0) has the headers."""
    schema, header = TABLES[table], [cell.strip() for cell in sample.rows[at]]
    header, year_columns = _without_years(header) if table == "yearbook" else (header, None)
    words = headers.words(schema)
    known: dict[str, str] = {}
    for one in header:
        name = words.get(headers.normalised(one))
        known |= {name: one} if name and name not in known else {}
    given = {name for name, _ in find_files.partitions(sample.name, table)}
    open_columns = [name for name in schema.columns if name not in known and name not in given]
    left = [one for one in header if one and one not in known.values() and one != year_columns]
    columns = guess_headers.guesses(schema, open_columns, left)
    has_years = any("{year}" in one for one in header)
    missing = [name for name in open_columns if name not in columns and not (has_years and name == "year")]
    indicator = None
    if year_columns and set(missing) >= set(FIGURES):
        indicator = next((one for one in left if one not in columns.values()), None)
        missing = [] if indicator else missing
    first = at + 1
    while first < len(sample.rows) and _is_second_header(sample.rows[first], words):
        first += 1
    score = 1 - 0.1 * len(columns) / len(schema.columns) - len(missing) / len(schema.columns)
    guess = Guess(table, sample, at + 1, first + 1, score, header, known, columns, missing)
    guess.year_columns, guess.indicator = year_columns, indicator
    return guess


def _without_years(header: list[str]) -> tuple[list[str], str | None]:
    """Headers of a wide table with {year} for the year, each once, and the one that is nothing but a year."""
    marked = [A_YEAR.sub("{year}", one) for one in header]
    wide = {one for one in marked if "{year}" in one and marked.count(one) >= headers.YEARS_AS_COLUMNS}
    if not wide:
        return header, None
    alone = next((one for one in wide if one in ("{year}", "{year}年")), None)
    return list(dict.fromkeys(new if new in wide else old for old, new in zip(header, marked, strict=True))), alone


def _is_second_header(row: list[str], words: dict[str, str]) -> bool:
    named = sum(headers.normalised(cell) in words for cell in row)
    return named > 1 or sum(units.is_unit(cell) for cell in row if cell) > 1


def _look_at_cells(guess: Guess) -> None:
    schema = TABLES[guess.table]
    guess.stop_at = _notes(guess)
    if guess.table == "yearbook":
        _look_at_cities(guess)
    if guess.header != [cell.strip() for cell in guess.sample.rows[guess.header_row - 1]]:
        return
    for name, header in (guess.known | guess.columns).items():
        column = schema.columns[name]
        cells = _cells(guess, header)
        if str(column.dtype).startswith("datetime64"):
            guess.dates |= _dates(name, cells, column)
        elif name in ALLOWED:
            guess.values |= _codes(name, cells)
        elif name == "industry_id" and name in guess.columns and not cells.str.contains("[0-9]").any():
            guess.notes[name] = "its cells are names and no codes: a dictionary must translate them"
        elif (unit := metadata(column).get("unit", "")) in units.UNITS:
            guess.thousands |= bool(cells.str.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?").any())
            guess.units |= _unit(guess, name, header, unit)
    _two_phones(guess)


def _notes(guess: Guess) -> list[str]:
    """Patterns of the first note below the records: a row with a text in one cell alone that begins as notes do."""
    for row in guess.sample.rows[guess.first_record - 1 :]:
        filled = [cell.strip() for cell in row if cell.strip()]
        begin = NOTE.match(filled[0]) if len(filled) == 1 else None
        if begin:
            return [f"{begin[0]}*"]
    return []


def _look_at_cities(guess: Guess) -> None:
    """Rows of the country and the province, and cities that are given once for several rows."""
    header = (guess.known | guess.columns).get("city")
    if header is None:
        return
    at = guess.header.index(header)
    rows = guess.sample.rows[guess.first_record - 1 :]
    cells = [row[at] if at < len(row) else "" for row in rows if sum(map(bool, row)) > 1]
    whole = sorted({cell.strip() for cell in cells if WHOLE.fullmatch(patterns.plain(cell))})
    guess.drop_rows = {"city": whole} if whole else {}
    guess.fill_down = ["city"] if cells and cells[0] and cells.count("") > len(cells) / 2 else []


def _cells(guess: Guess, header: str) -> pd.Series:
    at = guess.header.index(header)
    rows = guess.sample.rows[guess.first_record - 1 :]
    cells = cell_types.plain(cell_types.texts([row[at] for row in rows if at < len(row)]))
    return cells.dropna().str.strip()


def _dates(name: str, cells: pd.Series, column: pa.Column) -> dict[str, list[str]]:
    """The fewest formats that all dates of the sample have, if they need any."""
    left = cells[cell_types.typed(cells, column).wrong]
    needed = [date_formats.CODEBOOK] if len(left) < len(cells) else []
    for form in FORMATS:
        fits = date_formats.days(left, [form], column)[0].notna()
        if fits.any() and (fits.all() or form not in ("%d/%m/%Y", "%m/%d/%Y")):
            needed.append(form)
            left = left[~fits]
    return {name: needed} if needed and needed != [date_formats.CODEBOOK] else {}


def _codes(name: str, cells: pd.Series) -> dict[str, dict[str, str | None]]:
    """Each code that is not one of our values, with ours or None."""
    others = [code for code in sorted(set(cells)) if code.removesuffix(".0") not in ALLOWED[name]]
    ours = {code: next((value for word, value in WORDS[name] if word in code), None) for code in others}
    return {name: ours} if ours else {}


def _unit(guess: Guess, name: str, header: str, of_schema: str) -> dict[str, str]:
    """The unit of a column if its header, or a row beside the headers, names another one than the schema."""
    around = [*guess.sample.rows[: guess.header_row - 1], *guess.sample.rows[guess.header_row : guess.first_record - 1]]
    named = headers.named_unit(name, header, guess.header.index(header), around, of_schema)
    return {name: named.name} if named and named.unit not in (None, units.Unit()) else {}


def _two_phones(guess: Guess) -> None:
    """Fixed and mobile telephones in two columns are one sum."""
    if guess.table != "yearbook" or "phones_10k" in guess.known:
        return
    parts = [next((one for one in guess.header if word in one), None) for word in ("固定电话", "移动电话")]
    if all(parts):
        guess.sums["phones_10k"] = [part for part in parts if part]
        guess.columns.pop("phones_10k", None)
        guess.missing = [name for name in guess.missing if name != "phones_10k"]
