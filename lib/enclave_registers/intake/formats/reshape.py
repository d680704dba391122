"""Tables of another shape to one record per city and year: years as columns, or one figure per row.

Only the yearbook has such shapes. It is small, so the whole file is in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from enclave.base import paths
from enclave_registers.intake.delivery import patterns
from enclave_registers.intake.delivery.patterns import YearPattern
from enclave_registers.intake.delivery.table_map import Indicator
from enclave_registers.intake.formats import headers
from enclave_registers.intake.values import cell_types
from enclave_registers.intake.values.problems import Reading

YEAR = "year"


@dataclass(frozen=True)
class Grid:
    """Headers and rows of a file; `numbers` are the data rows of the file from which the rows come."""

    header: list
    rows: list[list]
    numbers: list[int]


def reshaped(reading: Reading, header: Sequence, rows: Sequence[Sequence], numbers: Sequence[int]) -> Grid:
    """The table with one record per city and year, as the map describes its shape.

    Raises InputError if the map names a column that is missing, and if a figure appears twice with other values.
    """
    width = len(header)
    grid = Grid([_text(cell) for cell in header], [[*row, *[None] * (width - len(row))] for row in rows], list(numbers))
    for at in filled_down(reading, header):
        _fill_down(grid, at)
    grid = _without_dropped(reading, grid)
    if reading.map.year_columns:
        grid = _years_to_rows(reading, grid, {"value": reading.map.year_columns})
    stems = {name: YearPattern(text) for name, text in reading.map.columns.items() if patterns.has_year(text)}
    if stems:
        grid = _years_to_rows(reading, grid, {stem.text: stem for stem in stems.values()})
    return _figures_to_columns(reading, grid, reading.map.indicator) if reading.map.indicator else grid


def _text(cell) -> str | None:
    if cell is None:
        return None
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell)


def filled_down(reading: Reading, header: Sequence) -> set[int]:
    """The positions of the columns in which an empty cell means the one above."""
    known = headers.words(reading.schema, reading.map.columns)
    return {at for at, one in enumerate(header) if known.get(headers.normalised(one)) in reading.map.fill_down}


def _fill_down(grid: Grid, at: int) -> None:
    above = None
    for row in grid.rows:
        above = row[at] = row[at] if row[at] not in (None, "") else above


def _without_dropped(reading: Reading, grid: Grid) -> Grid:
    """The rows that no pattern of `drop_rows` fits, for columns that the file has now. They are done with then."""
    known = headers.words(reading.schema, reading.map.columns)
    plain = [headers.normalised(header) for header in grid.header]
    names = [{known.get(word), word} for word in plain]
    kept = list(range(len(grid.rows)))
    for column, listed in reading.map.drop_rows.items():
        at = next((at for at, words in enumerate(names) if {column, headers.normalised(column)} & words), None)
        if at is None:
            continue
        reading.used.dropped_by.add(column)
        found = patterns.fitting(list(listed), cell_types.texts([_text(grid.rows[row][at]) for row in kept]))
        for pattern, count in found.value_counts().items():
            reading.used.met["drop_rows", column, str(pattern)] += int(count)
        kept = [row for row, pattern in zip(kept, found.isna(), strict=True) if pattern]
    return Grid(grid.header, [grid.rows[row] for row in kept], [grid.numbers[row] for row in kept])


def _years_to_rows(reading: Reading, grid: Grid, kinds: dict[str, YearPattern]) -> Grid:
    """Each row once per year: the other columns, the year, and under each name of `kinds` the cell of that year."""
    places = {
        name: {year: at for at, header in enumerate(grid.header) if header and (year := pattern.year(header))}
        for name, pattern in kinds.items()
    }
    for name, at in places.items():
        if not at:
            problem = f'no header fits "{kinds[name].text}", from which the map takes the years'
            raise reading.error(problem, f"Correct it in {paths.DELIVERY_MAP}.")
    taken = {at for years in places.values() for at in years.values()}
    others = [at for at in range(len(grid.header)) if at not in taken]
    years = sorted({year for at in places.values() for year in at})
    rows = [
        [*(row[at] for at in others), str(year), *(row[at[year]] if year in at else None for at in places.values())]
        for row in grid.rows
        for year in years
    ]
    header = [*(grid.header[at] for at in others), YEAR, *places]
    return Grid(header, rows, [number for number in grid.numbers for _ in years])


def _figures_to_columns(reading: Reading, grid: Grid, indicator: Indicator) -> Grid:
    """One row per city and year, with a column for each figure that the rows name."""
    plain = [headers.normalised(header) for header in grid.header]
    value = "value" if indicator.value is None else indicator.value
    at = {part: _position(reading, plain, header) for part, header in (("name", indicator.name), ("value", value))}
    unit = _position(reading, plain, indicator.unit) if indicator.unit else None
    known = headers.words(reading.schema, reading.map.columns)
    keys = [place for place, header in enumerate(plain) if known.get(header) in ("city", YEAR)]
    if "city" not in {known.get(header) for header in plain}:
        return grid
    figures: dict[str, None] = {}
    made: dict[tuple, dict[str, tuple]] = {}
    for row, number in zip(grid.rows, grid.numbers, strict=True):
        name = _figure(row, at["name"], unit)
        if name:
            figures[name] = None
            cells = made.setdefault(tuple(row[key] for key in keys), {})
            _refuse_other_value(reading, cells.setdefault(name, (row[at["value"]], number)), row[at["value"]], number)
    rows = [[*key, *(cells.get(name, (None,))[0] for name in figures)] for key, cells in made.items()]
    numbers = [next(iter(cells.values()))[1] for cells in made.values()]
    return Grid([*(grid.header[key] for key in keys), *figures], rows, numbers)


def _figure(row: list, name: int, unit: int | None) -> str | None:
    """What the figure of a row is, with its unit in brackets if a column gives it."""
    if row[name] in (None, ""):
        return None
    named = str(row[name]).strip()
    return f"{named}({str(row[unit]).strip()})" if unit is not None and row[unit] not in (None, "") else named


def _position(reading: Reading, plain: list[str], header: str) -> int:
    if headers.normalised(header) not in plain:
        where = f"indicator in {paths.DELIVERY_MAP}"
        key = (
            "Add year_columns if the years are columns, or name the column of values"
            if header == "value"
            else "Correct"
        )
        raise reading.error(
            f'the header "{header}" is missing, which the map needs to find the figures', f"{key}: {where}."
        )
    return plain.index(headers.normalised(header))


def _refuse_other_value(reading: Reading, first: tuple, value, number: int) -> None:
    if first[0] != value:
        problem = f"gives a figure of the same city and year a second time, with another value than data row {first[1]}"
        raise reading.error(
            problem, f"Keep one of them, or leave rows out by drop_rows in {paths.DELIVERY_MAP}.", row=number
        )
