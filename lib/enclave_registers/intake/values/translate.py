"""Raw records in the terms of the codebook, as the map of the delivery says. Without a map nothing changes.

The steps have this order: values that the file's name gives, the first of several columns, empty cells that mean the
one above, records to leave out, rows that repeat the headers, signs of footnotes, codes, sums of columns, dates.
"""

import pandas as pd
import pandera.pandas as pa

from enclave.base import paths
from enclave_registers.intake.delivery import date_formats, patterns
from enclave_registers.intake.delivery.map_cells import PLOT_NUMBER
from enclave_registers.intake.delivery.units import Unit
from enclave_registers.intake.values import adjustments, cell_types, headers_again, made_keys, no_value
from enclave_registers.intake.values.problems import Reading
from enclave_registers.schema import metadata

# signs of footnotes at the end of a cell: in circles, raised, stars and daggers, or a number in square brackets
FOOTNOTE = (
    r"(?:[\u2460-\u2473\u2776-\u277f\u00b9\u00b2\u00b3\u2070-\u2079*＊†‡§#＃]|\[[0-9]{1,2}\]|［[0-9]{1,2}］)+\s*$"
)
THOUSANDS = r"-?[0-9]{1,3}(?:SIGN[0-9]{3})+(?:\.[0-9]+)?"
SPACES = "[ \u00a0\u2009\u202f]"


def translated(reading: Reading, raw: pd.DataFrame) -> pd.DataFrame:
    """The raw cells under our column names, with our codes, dates of the map, and empty columns for absent ones.

    raw : the columns of the file that are read, those beyond the schema under their header; the index is the data row
    """
    table_map = reading.map
    _note_lost_zeros(reading, raw)
    for name, value in table_map.constants.items():
        raw = raw.assign(**{name: pd.Series(value, index=raw.index, dtype="str")})
    for name in table_map.absent:
        raw = raw.assign(**{name: pd.Series(None, index=raw.index, dtype="str")})
    for name, headers in table_map.first_of.items():
        raw = raw.assign(**{name: _first(raw, headers)})
    for name in table_map.fill_down:
        raw = raw.assign(**{name: _filled_down(reading, raw[name])})
    raw = headers_again.without(reading, _without_dropped(reading, raw))
    columns = {name: raw[name] for name in raw}
    for name in reading.schema.columns:
        parts = [part for part in (name, *table_map.sums.get(name, {})) if part in columns]
        columns |= {part: _cell_by_cell(reading, columns[part], name) for part in parts}
    for name, units in table_map.sums.items():
        columns[name] = _sum(reading, columns, name, units)
    for name, forms in table_map.dates.items():
        columns[name] = _dates_of_map(reading, columns[name], forms)
    if table_map.number_plots:
        columns[PLOT_NUMBER] = made_keys.filled(columns, PLOT_NUMBER)
    return pd.DataFrame({name: columns[name] for name in reading.schema.columns}, index=raw.index)


def in_our_units(reading: Reading, frame: pd.DataFrame) -> pd.DataFrame:
    """Typed records with amounts in the units of the schema."""
    table_map = reading.map
    amounts = {name: unit.converted(frame[name]) for name, unit in table_map.amounts.items()}
    for period in table_map.by_year:
        years = frame["year"] if "year" in frame else frame["signed_on"].dt.year
        here = years.between(period.first, period.last)
        for name, unit in period.amounts.items():
            amounts[name] = amounts.get(name, frame[name]).mask(here, unit.converted(frame[name]))
    return frame.assign(**amounts)


def _note_lost_zeros(reading: Reading, raw: pd.DataFrame) -> None:
    """Note numbers where the map reads a code whose leading zeros matter and the schema does not say so."""
    made = [header for headers in reading.map.first_of.values() for header in headers]
    for name in {*made, *(["industry_id"] if reading.map.has_industry_codes else [])} & {*raw}:
        if reading.needs_zeros(name) and pd.api.types.is_numeric_dtype(raw[name]):
            given = raw[name].notna()
            reading.note(reading.map.column_of(name), raw.index[given], None, *cell_types.LOST_ZEROS)


def _filled_down(reading: Reading, cells: pd.Series) -> pd.Series:
    """The cells with the value above in empty ones, over the frames of a file. Numbers are left to the types."""
    if pd.api.types.is_numeric_dtype(cells):
        return cells.ffill()
    name, text = str(cells.name), cell_types.plain(cells)
    above = reading.used.above.get(name)
    filled = pd.concat([cell_types.texts([above]), text]).ffill().iloc[1:]
    reading.used.above[name] = filled.iloc[-1] if len(filled) and pd.notna(filled.iloc[-1]) else above
    return filled


def _without_dropped(reading: Reading, raw: pd.DataFrame) -> pd.DataFrame:
    """The records that no pattern of `drop_rows` fits."""
    gone = pd.Series(False, index=raw.index)
    for name in [name for name in reading.map.drop_rows if name not in reading.used.dropped_by]:
        found = _fitting(cell_types.plain(raw[name]), list(reading.map.drop_rows[name]))
        for pattern, count in found[found.notna() & ~gone].value_counts().items():
            reading.used.met["drop_rows", name, str(pattern)] += int(count)
        gone |= found.notna()
    return raw[~gone] if gone.any() else raw


def _fitting(texts: pd.Series, listed: list[str]) -> pd.Series:
    """The pattern that each text fits, or missing. Each distinct text is compared once."""
    codes, distinct = pd.factorize(texts, use_na_sentinel=False)
    return pd.Series(patterns.fitting(listed, pd.Series(distinct, dtype="str")).array[codes], index=texts.index)


def _cell_by_cell(reading: Reading, cells: pd.Series, name: str) -> pd.Series:
    """Cells of a column, or of a part of it, without footnotes and separators, and with our codes."""
    table_map, column = reading.map, reading.schema.columns[name]
    if name in table_map.footnotes and not pd.api.types.is_numeric_dtype(cells):
        cells = cell_types.plain(cells).str.replace(FOOTNOTE, "", regex=True)
    if name in table_map.values:
        cells = _decoded(reading, cells, table_map.values[name], column)
    if table_map.thousands and str(column.dtype) == "float64" and not pd.api.types.is_numeric_dtype(cells):
        cells = _without_thousands(cell_types.plain(cells), table_map.thousands)
    return cells


def _without_thousands(text: pd.Series, sign: str) -> pd.Series:
    """Numbers in groups of three digits without the sign between them; other cells do not change."""
    expression = SPACES if sign == " " else f"[{sign}{chr(ord(sign) + 0xFEE0)}]"
    bare = text.str.strip()
    grouped = bare.str.fullmatch(THOUSANDS.replace("SIGN", expression)).eq(True)
    return text.mask(grouped, bare.str.replace(expression, "", regex=True))


def _decoded(reading: Reading, values: pd.Series, codes: dict[str, str], column: pa.Column) -> pd.Series:
    """Our value for each cell that is a code of the map, without white space around it. Other cells do not change."""
    if metadata(column).get("zeros") and pd.api.types.is_numeric_dtype(values):
        return values
    # a code for no value may be a word that is read as no value anyway
    text = values.astype("str") if pd.api.types.is_string_dtype(values) else cell_types.plain(values)
    ours = {code: value or None for code, value in codes.items()}
    coded = text.str.strip()
    is_code = coded.isin(list(ours))
    for code, count in coded[is_code].value_counts().items():
        reading.used.met["values", str(column.name), str(code)] += int(count)
    return text.mask(is_code, coded.map(ours)).astype("str")


def _first(columns: pd.DataFrame, headers: tuple[str, ...]) -> pd.Series:
    """The first cell of each record that has a value."""
    found = cell_types.plain(columns[headers[0]])
    for header in headers[1:]:
        found = found.fillna(cell_types.plain(columns[header]))
    return found.astype("str")


def _sum(reading: Reading, columns: dict[str, pd.Series], name: str, units: dict[str, Unit | None]) -> pd.Series:
    """The sum of several columns in the unit of the schema; missing where a part is missing."""
    total = None
    for header, unit in units.items():
        part = cell_types.typed(columns[header], reading.schema.columns[name])
        reading.note(name, columns[header].index[part.wrong], None, part.problem, part.remedy)
        values = unit.converted(part.values) if unit else part.values
        total = values if total is None else total + values
    return total if total is not None else pd.Series(dtype="float64")


def _dates_of_map(reading: Reading, values: pd.Series, forms: tuple[str, ...]) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    name, column = str(values.name), reading.schema.columns[str(values.name)]
    text, words = no_value.emptied(cell_types.written(values))
    reading.adjustments.add(name, adjustments.WORD, words)
    codes, distinct = pd.factorize(text.str.strip())
    days, unclear = date_formats.days(pd.Series(distinct, dtype="str"), forms, column)
    # one place more, for cells that are empty
    places = range(len(distinct) + 1)
    days = pd.Series(days.reindex(places).array[codes], values.index)
    unclear = pd.Series(unclear.reindex(places, fill_value=False).array[codes], values.index)
    wrong = text.notna() & days.isna()
    listed = " or ".join(forms)
    remedy = (
        f"Correct the cell, or give a further format under date_format, {name} in {paths.DELIVERY_MAP}. Leave out "
        "rows that are no records by drop_rows."
    )
    reading.note(name, values.index[wrong], _first_of(text, wrong), f"does not match the date format {listed}", remedy)
    problem = "is another day in each of two formats of the map"
    remedy = f"Give the files their own formats under by_file in {paths.DELIVERY_MAP}."
    reading.note(name, values.index[unclear], _first_of(text, unclear), problem, remedy)
    return days.astype("datetime64[s]")


def _first_of(values: pd.Series, marked: pd.Series):
    return values[marked].iloc[0] if marked.any() else None
