"""Deliveries in shapes that suppliers really use: what each changes in a right one, and what must come of it.

A case changes the text tables of a right delivery of some hundred firms (`campaign.registers`), which lie there as CSV
files without a map. `CASES` has for each case the change and the outcome: `SAME`, when the panels must be those of the
right delivery; a pattern that a message of the check must have; or, as `Told`, a pattern that a line of the check must
have, since nobody can know whether the files are wrong.
"""

import io
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from campaign import registers
from enclave import facts
from enclave.facts import treated_pairs

SAME = ""


class Told(str):
    """A pattern of a line that the check prints. The delivery enters, and its panels may differ."""

    __slots__ = ()


EMPTY = ""
PARQUET, XLSX = ".parquet", ".xlsx"
CASES: dict[str, tuple[Callable[["Odd"], None], str]] = {}


class Odd:
    """A delivery to be changed: text tables by name, and other files by name."""

    def __init__(self) -> None:
        """The right delivery."""
        self.tables = {name: _text(frame) for name, frame in registers.tables().items()}
        self.files: dict[str, bytes] = {}

    def change(self, table: str, column: str, change: Callable[[str], str], step: int = 1) -> None:
        """Change each `step`-th cell of a column that is not empty."""
        frame = self.tables[table]
        chosen = frame.index[frame[column] != EMPTY][::step]
        frame.loc[chosen, column] = frame.loc[chosen, column].map(change)

    def instead(self, table: str, name: str, content: bytes) -> None:
        """Deliver a file in place of the CSV of a table."""
        self.files[name] = content
        del self.tables[table]

    def stored(self, table: str, **types: str) -> None:
        """Deliver a table as Parquet, some of its columns in other types."""
        frame = self.tables[table].replace({EMPTY: None})
        self.instead(table, table + PARQUET, _parquet(frame.astype(types)))

    def map(self, text: str) -> None:
        """Add a map."""
        self.files["map.yml"] = text.encode()

    def write(self, folder: Path) -> None:
        """Lay the delivery into a folder."""
        made = {f"{name}.csv": csv(frame) for name, frame in self.tables.items()}
        for name, content in (made | self.files).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def case(outcome: str) -> Callable:
    """Make a function a case; its name is the name of the case."""

    def register(change: Callable[[Odd], None]) -> Callable[[Odd], None]:
        CASES[change.__name__] = (change, outcome)
        return change

    return register


def csv(frame: pd.DataFrame) -> bytes:
    """A table as CSV in UTF-8."""
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    """The cells of a table as text, with nothing for a missing value."""
    return pd.DataFrame({name: cells.astype("str").where(cells.notna(), EMPTY) for name, cells in frame.items()})


def _parquet(frame: pd.DataFrame, **how) -> bytes:
    memory = io.BytesIO()
    frame.to_parquet(memory, index=False, **how)
    return memory.getvalue()


def _workbook(rows: list[list]) -> bytes:
    memory = io.BytesIO()
    pd.DataFrame(rows).to_excel(memory, index=False, header=False)
    return memory.getvalue()


def _rows(frame: pd.DataFrame) -> list[list]:
    return [list(frame), *frame.to_numpy(object).tolist()]


def _times(factor: float) -> Callable[[str], str]:
    return lambda cell: repr(float(cell) * factor)


def _full_width(text: str) -> str:
    """Digits, letters and signs in full width."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def _english(code_or_name: str) -> str:
    """The English name of a city, where the cell is the code or the Chinese name of one."""
    cities = facts.cities()
    named = dict(zip(cities["name_zh"], cities["name"], strict=True)) | dict(
        zip(cities["code"], cities["name"], strict=True)
    )
    return named.get(unicodedata.normalize("NFKC", code_or_name).strip(), code_or_name)


def _city(spelled: Callable[[str, str], str]) -> Callable[[Odd], None]:
    """A change of the cells of `city` that are the code or the name of a city: `spelled` makes the text from both."""
    cities = facts.cities()
    of_code = dict(zip(cities["code"], cities["name_zh"], strict=True))
    of_name = {name: code for code, name in of_code.items()}

    def respell(cell: str) -> str:
        plain = unicodedata.normalize("NFKC", cell).strip()
        code = plain if plain in of_code else of_name.get(plain)
        return spelled(code, of_code[code]) if code else cell

    def change(delivery: Odd) -> None:
        for table in ("firms", "branches"):
            delivery.change(table, "city", respell)

    return change


def _guangdong(text: str) -> Callable[[Odd], None]:
    """Another spelling of the province in firms and branches."""

    def change(delivery: Odd) -> None:
        ours = {"广东省", "广东", "440000", "44"}
        for table in ("firms", "branches"):
            delivery.change(table, "province", lambda cell: text if cell.strip() in ours else cell)

    return change


def _missing(text: str, *tables: str) -> Callable[[Odd], None]:
    """A text where a cell is empty."""

    def change(delivery: Odd) -> None:
        for table in tables or ("firms", "shareholders", "branches"):
            delivery.tables[table] = delivery.tables[table].replace({EMPTY: text})

    return change


def _codes(spelled: Callable[[str, str], str]) -> Callable[[Odd], None]:
    """Another spelling of the industry codes; `spelled` makes it from the section letter and the digits."""
    known = facts.industries()
    letter = {(str(row.standard), row.division): row.section for row in known.itertuples()}

    def change(delivery: Odd) -> None:
        table = delivery.tables["industries"]
        digits = table["code"].str.extract("([0-9]+)")[0]
        sections = [letter[standard, code[:2]] for standard, code in zip(table["standard"], digits, strict=True)]
        table["code"] = [spelled(section, code) for section, code in zip(sections, digits, strict=True)]

    return change


# places
for _name, _spelled in {
    "city_of_four_digits": lambda code, name: code[:4],
    "city_of_twelve_digits": lambda code, name: f"{code}000000",
    "city_with_china_and_province": lambda code, name: f"中国广东省{name}",
    "city_after_a_dash": lambda code, name: f"广东省-{name}",
    "city_after_a_stroke": lambda code, name: f"广东/{name}",
    "city_in_English": lambda code, name: _english(code),
    "city_with_City_in_English": lambda code, name: f"{_english(code)} City",
    "city_as_its_urban_districts": lambda code, name: f"{code[:4]}01",
    "city_in_full_width": lambda code, name: _full_width(code),
    "city_with_a_district": lambda code, name: f"{name}某某区",
    "city_and_its_code": lambda code, name: f"{name}({code})",
    "city_in_traditional_characters": lambda code, name: name.replace("广", "廣").replace("东", "東"),
    "city_as_an_address_in_English": lambda code, name: f"{_english(code)}, Guangdong, China",
    "city_as_a_decimal": lambda code, name: f"{code}.0",
}.items():
    CASES[_name] = (_city(_spelled), SAME)
for _name, _text_of in {
    "province_with_its_city": "广东省广州市",
    "province_in_English": "Guangdong",
    "province_in_English_with_Province": "Guangdong Province",
    "province_of_four_digits": "4400",
    "province_with_inside": "广东省内",
    "province_by_its_sign": "粤",
    "province_in_traditional_characters": "廣東省",
    "province_as_a_decimal": "440000.0",
    "province_by_its_ISO_code": "CN-GD",
    "province_and_its_sign": "广东(粤)",
    "province_in_brackets": "[广东省]",
}.items():
    CASES[_name] = (_guangdong(_text_of), SAME)
CASES["province_that_no_list_knows"] = (_guangdong("粤粤"), "province")


@case(SAME)
def city_of_twelve_digits_that_is_the_province(delivery):
    for table in ("firms", "branches"):
        delivery.change(table, "city", lambda cell: "440000000000" if cell.strip() in ("广东省", "440000") else cell)


@case(SAME)
def city_that_names_no_place(delivery):
    for table, key in (("firms", "firm_id"), ("branches", "branch_id")):
        frame = delivery.tables[table]
        empty = frame.index[(frame["city"] == EMPTY) & ~frame[key].duplicated(keep=False)]
        frame.loc[empty[::5], "city"] = "市辖区"
        frame.loc[empty[1::5], "city"] = "经济技术开发区"


# names
for _name, _spelled in {
    "as_formula": lambda cell: f'="{cell}"',
    "apostrophe_before": lambda cell: f"'{cell}",
    "tab_before": lambda cell: f"\t{cell}",
    "character_without_width_before": lambda cell: f"\u200b{cell}",
    "in_quotes": lambda cell: f"“{cell}”",
    "hard_space_after": lambda cell: f"{cell}\u00a0",
}.items():
    for _table, _column in (("firms", "name"), ("branches", "parent_name")):
        CASES[f"{_table}_{_column}_{_name}"] = (
            lambda delivery, at=(_table, _column), spelled=_spelled: delivery.change(*at, spelled),
            SAME,
        )

# missing values
for _text_of in [
    "NA",
    "N/A",
    "#N/A",
    "null",
    "NULL",
    "None",
    "nan",
    "NaN",
    "NaT",
    "<NA>",
    "-",
    "--",
    "—",
    "无",
    "未知",
    "不详",
    "/",
    "***",
    "？",
    "……",
    "−",
    "N.A.",
    "#VALUE!",
    "未填写",
    "企业选择不公示",
]:
    CASES[f"missing_as_{_text_of}"] = (_missing(_text_of), SAME)

# industry codes
for _name, (_spelled, _outcome) in {
    "codes_in_small_letters": (lambda section, code: f"{section.lower()}{code}", SAME),
    "codes_with_a_dash": (lambda section, code: f"{section}-{code}", SAME),
    "codes_with_a_prefix": (lambda section, code: f"GB{code}", SAME),
    "codes_in_full_width": (lambda section, code: _full_width(f"{section}{code}"), SAME),
    "codes_with_a_tab": (lambda section, code: f"\t{section}{code}", SAME),
    "codes_that_lost_zeros": (lambda section, code: str(int(code)), "zero"),
}.items():
    CASES[_name] = (_codes(_spelled), _outcome)


@case(r"industries.*code|code.*industries")
def codes_that_are_names(delivery):
    delivery.tables["industries"]["code"] = "未列明的行业门类名称"


@case(SAME)
def codes_followed_by_a_name(delivery):
    _codes(lambda section, code: f"{section}{code}")(delivery)
    table = delivery.tables["industries"]
    table["code"] = table["code"] + table["name"]


# identifiers
for _name, _spelled in {
    "tab_before": lambda cell: f"\t{cell}",
    "apostrophe_before": lambda cell: f"'{cell}",
    "as_formula": lambda cell: f'="{cell}"',
    "unit_separator_before": lambda cell: f"\x1f{cell}",
    "space_after": lambda cell: f"{cell} ",
    "in_full_width": _full_width,
    "in_small_letters": str.lower,
    "point_after": lambda cell: f"{cell}.",
    "in_brackets": lambda cell: f"（{cell}）",
    "byte_order_mark_before": lambda cell: f"\ufeff{cell}",
}.items():
    for _table, _column in (("shareholders", "firm_id"), ("firms", "industry_id"), ("branches", "parent_id")):
        CASES[f"{_table}_{_column}_{_name}"] = (
            lambda delivery, at=(_table, _column), spelled=_spelled: delivery.change(*at, spelled, step=3),
            SAME,
        )


def _digits(delivery: Odd, tables: dict[str, list[str]], made: Callable[[str], str]) -> None:
    for table, columns in tables.items():
        for column in columns:
            delivery.change(table, column, lambda cell: made(cell) if cell[1:].isdigit() else cell)


FIRM_KEYS = {"firms": ["firm_id"], "shareholders": ["firm_id", "shareholder_id"], "branches": ["parent_id"]}


@case("shareholders.*meet|shareholders.*firm_id|shareholders.*match")
def identifiers_that_lost_their_zeros_in_one_table(delivery):
    _digits(delivery, FIRM_KEYS, lambda cell: cell[1:])
    delivery.change("shareholders", "firm_id", lambda cell: cell.lstrip("0"))


@case("shareholder_id")
def shareholders_of_another_scheme(delivery):
    delivery.change("shareholders", "shareholder_id", lambda cell: f"Q{cell}")


@case("parent_id")
def parents_of_another_scheme(delivery):
    delivery.change("branches", "parent_id", lambda cell: f"Q{cell}")


@case("firm_id")
def identifiers_rounded_to_thousands(delivery):
    _digits(delivery, FIRM_KEYS, lambda cell: f"91440{int(cell[1:]):013d}")
    delivery.change("shareholders", "firm_id", lambda cell: f"{cell[:-3]}000" if cell.isdigit() else cell)


@case("firm_id.*(precision|digits)")
def identifiers_in_single_precision(delivery):
    _digits(delivery, FIRM_KEYS, lambda cell: str(10**8 + int(cell[1:])))
    delivery.stored("firms", firm_id="float32")


# dates
@case(SAME)
def instants_in_utc(delivery):
    for table, column in (("firms", "established"), ("branches", "established"), ("shareholders", "invested_on")):
        frame = delivery.tables[table].replace({EMPTY: None})
        days = pd.to_datetime(frame[column]).dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
        delivery.instead(table, table + PARQUET, _parquet(frame.assign(**{column: days})))


@case(SAME)
def instants_in_utc_as_text(delivery):
    def in_utc(day: str) -> str:
        return f"{pd.Timestamp(day, tz='Asia/Shanghai').tz_convert('UTC'):%Y-%m-%d %H:%M:%S}"

    for table, column in (("branches", "established"), ("land", "signed_on")):
        delivery.change(table, column, in_utc)


def _stakes_dated(written: Callable[[str], str]) -> Callable[[Odd], None]:
    """Another spelling of the dates of stakes, which are days in China."""
    return lambda delivery: delivery.change("shareholders", "invested_on", written)


def _utc(day: str) -> pd.Timestamp:
    return pd.Timestamp(day, tz="Asia/Shanghai").tz_convert("UTC")


for _name, (_written, _outcome) in {
    "dates_with_Z": (lambda day: f"{_utc(day):%Y-%m-%dT%H:%M:%SZ}", SAME),
    "dates_with_GMT": (lambda day: f"{_utc(day):%Y-%m-%d %H:%M:%S} GMT", SAME),
    "dates_with_the_zone_of_China": (lambda day: f"{day} 00:00:00+08", SAME),
    "dates_with_an_apostrophe": (lambda day: f"'{day}", SAME),
    "dates_as_decimals": (lambda day: f"{day.replace('-', '')}.0", SAME),
    "dates_with_points": (lambda day: day.replace("-", "."), "date_format"),
    "months_alone": (lambda day: f"{day[:4]}年{int(day[5:7])}月", "date_format"),
    "years_of_two_digits": (lambda day: day[2:], "date_format"),
}.items():
    CASES[_name] = (_stakes_dated(_written), _outcome)


@case(SAME)
def zeros_for_no_date(delivery):
    table = delivery.tables["shareholders"]
    table["invested_on"] = table["invested_on"].replace({EMPTY: "0000-00-00"})


@case(SAME)
def workbook_with_the_days_of_1904(delivery):
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    table = delivery.tables["land"]
    book.worksheets[0].append(list(table))
    for plot in table.to_dict("records"):
        plot |= {"signed_on": pd.Timestamp(plot["signed_on"]).to_pydatetime(), "area_ha": float(plot["area_ha"])}
        book.worksheets[0].append([cell if cell != EMPTY else None for cell in plot.values()])
    memory = io.BytesIO()
    book.save(memory)
    delivery.instead("land", "land.xlsx", memory.getvalue())


@case(SAME)
def first_of_1900_for_no_date(delivery):
    table = delivery.tables["shareholders"]
    table["invested_on"] = table["invested_on"].replace({EMPTY: "1900-01-01"})


@case("invested_on")
def due_dates_for_dates_of_stakes(delivery):
    delivery.change("shareholders", "invested_on", lambda cell: f"{int(cell[:4]) + 20}{cell[4:]}", step=3)


@case("date_format")
def dates_as_serial_days_of_a_spreadsheet(delivery):
    first = pd.Timestamp("1899-12-30")
    delivery.change("firms", "established", lambda cell: str((pd.Timestamp(cell) - first).days))


# yearbook
@case("population_10k|revenue_10k_yuan")
def population_in_persons(delivery):
    delivery.change("yearbook", "population_10k", _times(10_000))


@case("revenue_10k_yuan")
def budget_in_hundred_millions(delivery):
    for column in ("revenue_10k_yuan", "expenditure_10k_yuan"):
        delivery.change("yearbook", column, _times(1e-4))


@case(Told(r"phones_10k.*fixed telephones alone.*sums"))
def fixed_telephones_alone(delivery):
    """Of all telephones 63 in 100 were fixed in 2000 and 10 in 100 in 2018."""
    table = delivery.tables["yearbook"]
    fixed = np.exp(np.interp(table["year"].astype(int), [2000, 2018], np.log([0.63, 0.10])))
    given = zip(table["phones_10k"], fixed, strict=True)
    table["phones_10k"] = [repr(float(cell) * float(share)) if cell else EMPTY for cell, share in given]


@case(Told(r'population_10k.*under the header "常住人口", which names residents'))
def residents_for_registered_population(delivery):
    delivery.tables["yearbook"] = delivery.tables["yearbook"].rename(columns={"population_10k": "常住人口"})
    delivery.map("yearbook: {columns: {population_10k: 常住人口}}")


@case("phones_10k")
def telephones_change_their_unit_in_2010(delivery):
    later = delivery.tables["yearbook"]["year"].astype(int) >= 2010
    column = delivery.tables["yearbook"]["phones_10k"]
    chosen = later & (column != EMPTY)
    delivery.tables["yearbook"]["phones_10k"] = column.mask(chosen, column[chosen].map(_times(10_000)))


@case(r"revenue_10k_yuan.*units|units.*revenue_10k_yuan")
def header_in_yuan_without_a_unit_in_the_map(delivery):
    table = delivery.tables["yearbook"]
    table["revenue_10k_yuan"] = table["revenue_10k_yuan"].map(_times(10_000))
    delivery.tables["yearbook"] = table.rename(columns={"revenue_10k_yuan": "一般预算收入(元)"})
    delivery.map('yearbook: {columns: {revenue_10k_yuan: "一般预算收入(元)"}}')


@case("thousands")
def thousands_separators(delivery):
    delivery.change("yearbook", "revenue_10k_yuan", lambda cell: f"{float(cell):,.1f}")


@case(r"header_row|skip_rows|map\.yml")
def title_rows_and_a_note(delivery):
    rows = _rows(delivery.tables["yearbook"])
    title = ["城市统计年鉴", *[None] * (len(rows[0]) - 1)]
    delivery.instead("yearbook", "yearbook.xlsx", _workbook([title, [None] * len(title), *rows, ["注:略", *title[1:]]]))


@case(r"map\.yml|drop_rows")
def rows_of_the_province(delivery):
    table = delivery.tables["yearbook"]
    whole = table.drop_duplicates("year").assign(city="广东省")
    delivery.tables["yearbook"] = pd.concat([table, whole])


@case("footnote|map.yml")
def footnote_signs(delivery):
    delivery.change("yearbook", "city", lambda cell: f"{cell}①", step=9)


@case("year_columns|columns")
def years_as_columns(delivery):
    table = delivery.tables["yearbook"]
    wide = table.pivot(index="city", columns="year", values="population_10k").reset_index()
    delivery.tables["yearbook"] = wide


# shapes that the map describes


def _yearbook(delivery: Odd, *more: list, above: Sequence[list] = (), below: Sequence[list] = ()) -> None:
    """Deliver the yearbook as a workbook: rows `above` its headers, `more` between them and the records, `below`."""
    header, *records = _rows(delivery.tables["yearbook"])
    rows = [*above, header, *more, *records, *below]
    width = len(header)
    delivery.instead("yearbook", "yearbook.xlsx", _workbook([[*row, *[None] * (width - len(row))] for row in rows]))


@case(SAME)
def title_rows_and_notes_with_their_map(delivery):
    notes = [["注：本表为全市口径。"], ["数据来源：各市统计局"]]
    _yearbook(delivery, above=[["2-1 人口与财政（全市）"], ["单位：万人、万元"]], below=notes)
    delivery.map("yearbook: {header_row: 3, stop_at: [注*, 数据来源*]}")


@case("first_record")
def second_row_of_headers(delivery):
    english = ["City", "Year", "(10 000 persons)", "(10 000 yuan)", "(10 000 yuan)", "(10 000)", "(bed)"]
    _yearbook(delivery, english)


@case(SAME)
def second_row_of_headers_with_its_map(delivery):
    second_row_of_headers(delivery)
    delivery.map("yearbook: {first_record: 3}")


@case(SAME)
def rows_of_the_province_with_their_map(delivery):
    rows_of_the_province(delivery)
    table = delivery.tables["yearbook"]
    delivery.tables["yearbook"] = pd.concat([table, table[-1:].assign(city="全国城市合计")])
    delivery.map("yearbook: {drop_rows: {city: [广东省, 全国*]}}")


@case(SAME)
def footnote_signs_with_their_map(delivery):
    footnote_signs(delivery)
    delivery.map("yearbook: {footnotes: [city]}")


@case(SAME)
def thousands_separators_with_their_map(delivery):
    delivery.change(
        "yearbook", "revenue_10k_yuan", lambda cell: f"{int(float(cell)):,}{cell[len(cell.split('.')[0]) :]}"
    )
    delivery.map("yearbook: {thousands: comma}")


@case(SAME)
def serial_days_with_their_map(delivery):
    dates_as_serial_days_of_a_spreadsheet(delivery)
    delivery.map("firms: {date_format: excel}")


@case(SAME)
def years_as_columns_with_their_map(delivery):
    table = delivery.tables["yearbook"]
    cities = dict(zip(facts.cities()["code"], facts.cities()["name_zh"], strict=True))
    plain = table["city"].map(lambda city: "".join(unicodedata.normalize("NFKC", city).split()))
    long = table.assign(city=plain.replace(cities)).melt(["city", "year"], var_name="指标", value_name="cell")
    long["city"] = long["city"].where(long["city"].str.endswith("市"), long["city"] + "市")
    wide = long.drop_duplicates(["city", "year", "指标"]).pivot(index=["city", "指标"], columns="year", values="cell")
    wide = wide.rename(columns=lambda year: f"{year}年").reset_index().fillna(EMPTY)
    delivery.tables["yearbook"] = wide
    delivery.map('yearbook: {year_columns: "{year}年", indicator: {name: 指标}}')


@case(r"firms.*city.*values, city")
def code_of_a_development_zone(delivery):
    table = delivery.tables["firms"]
    table["city"] = table["city"].replace({EMPTY: "441271"})


@case(SAME)
def code_of_a_development_zone_with_its_map(delivery):
    code_of_a_development_zone(delivery)
    delivery.map('firms: {values: {city: {441271: ""}}}')


@case("number_plots")
def plots_without_a_number(delivery):
    """No number where the record has the county. A repeated record stays a repeated one."""
    table = delivery.tables["land"]
    given = table["county_code"].str.fullmatch("44[0-9]{3}[1-9]")
    table.loc[given & (table["county_code"] == table["supervision_number"].str[:6]), "supervision_number"] = EMPTY


@case(SAME)
def plots_without_a_number_with_their_map(delivery):
    plots_without_a_number(delivery)
    delivery.map("land: {number_plots: yes}")


@case(SAME)
def a_gap_of_a_city_outside_the_province(delivery):
    table = delivery.tables["yearbook"]
    delivery.tables["yearbook"] = pd.concat([table, table[:1].assign(city="拉萨市", revenue_10k_yuan=EMPTY)])


@case(SAME)
def yearbooks_as_they_are_printed_with_their_map(delivery):
    """One workbook a year, with a title, two rows of headers, rows of the country and the province, and a note."""
    names = ["城 市", "年末总人口", "一般预算内收入", "一般预算内支出", "电话用户数", "床位数", "货运总量"]
    units = [None, "(万人)", "(万元)", "(万元)", "(万户)", "(张)", "(万吨)"]
    whole = [["全国", *[1] * 6], ["广 东 省", *[1] * 6]]
    table = delivery.tables.pop("yearbook")
    for year, part in table.groupby("year"):
        edition = int(year) + 1
        records = part.drop(columns="year").to_numpy(object).tolist()
        title = [f"{edition}年中国城市统计年鉴 2-1", *[None] * 6]
        note = ["数据来源：国家统计局", *[None] * 6]
        delivery.files[f"年鉴/{edition}.xlsx"] = _workbook([title, names, units, *whole, *records, note])
    columns = ["population_10k", "revenue_10k_yuan", "expenditure_10k_yuan", "phones_10k", "hospital_beds"]
    columns += ["freight_10k_tonnes"]
    headers = {column: f"{name}{unit}" for column, name, unit in zip(columns, names[1:], units[1:], strict=True)}
    listed = ", ".join(f'{column}: "{header}"' for column, header in headers.items())
    delivery.map(
        'yearbook: {files: "年鉴/*.xlsx", header_row: [2, 3], stop_at: 数据来源*, drop_rows: {city: [全国, 广东省]}, '
        f'year_from_file: "{{year+1}}.xlsx", columns: {{{listed}}}}}'
    )


@case("drop_rows")
def headers_that_are_repeated(delivery):
    for name, table in delivery.tables.items():
        again = pd.DataFrame([list(table)], columns=list(table))
        delivery.tables[name] = pd.concat([table[:20], again, table[20:]])


@case(SAME)
def headers_that_are_repeated_with_their_map(delivery):
    headers_that_are_repeated(delivery)
    first = {name: next(iter(table)) for name, table in delivery.tables.items()}
    delivery.map("".join(f"{name}: {{drop_rows: {{{header}: {header}}}}}\n" for name, header in first.items()))


@case(SAME)
def fixed_and_mobile_telephones_with_their_map(delivery):
    table = delivery.tables["yearbook"]
    half = table["phones_10k"].map(lambda cell: repr(float(cell) / 2) if cell else EMPTY)
    table = table.drop(columns="phones_10k").assign(固定电话用户数=half, 移动电话用户数=half)
    delivery.tables["yearbook"] = table
    delivery.map("yearbook: {sums: {phones_10k: [固定电话用户数, 移动电话用户数]}}")


# land
@case("area_ha")
def area_in_square_metres(delivery):
    delivery.change("land", "area_ha", _times(10_000))


@case("area_ha.*units|units.*area_ha")
def header_in_mu_without_a_unit_in_the_map(delivery):
    table = delivery.tables["land"]
    table["area_ha"] = table["area_ha"].map(_times(15))
    delivery.tables["land"] = table.rename(columns={"area_ha": "面积（亩）"})
    delivery.map('land: {columns: {area_ha: "面积（亩）"}}')


@case("units.*万平方米")
def header_in_ten_thousand_square_metres_after_a_comma(delivery):
    delivery.tables["land"] = delivery.tables["land"].rename(columns={"area_ha": "面积，万平方米"})
    delivery.map("land: {columns: {area_ha: 面积，万平方米}, units: {area_ha: 平方米}}")


@case("unit 百人")
def header_with_a_multiple_that_is_no_unit(delivery):
    delivery.change("yearbook", "population_10k", _times(100))
    delivery.tables["yearbook"] = delivery.tables["yearbook"].rename(columns={"population_10k": "户籍人口百人"})
    delivery.map("yearbook: {columns: {population_10k: 户籍人口百人}}")


@case("supply_mode|land_use")
def land_values_under_wrong_headers(delivery):
    table = delivery.tables["land"]
    delivery.tables["land"] = table.rename(columns={"supply_mode": "land_use", "land_use": "supply_mode"})


@case(Told("location.*private font"))
def addresses_in_a_font_of_the_website(delivery):
    # by the cell and not by its row: a plot that was delivered twice stays the same plot
    some = ("3号", "7地块")
    delivery.change("land", "location", lambda cell: cell.replace("业", "\ue5c1") if cell.endswith(some) else cell)


@case("land_use")
def land_use_that_no_standard_has(delivery):
    delivery.change("land", "land_use", lambda cell: "新型产业用地(M0)", step=50)


@case(SAME)
def supervision_numbers_in_full_width(delivery):
    delivery.change("land", "supervision_number", _full_width, step=2)


# files
@case(r"map\.yaml")
def map_of_another_ending(delivery):
    delivery.files["map.yaml"] = b"yearbook: {units: {revenue_10k_yuan: yuan}}\n"


@case(r"Map\.yml")
def map_with_a_capital_letter(delivery):
    delivery.files["Map.yml"] = b"yearbook: {units: {revenue_10k_yuan: yuan}}\n"


@case(r"shareholders_2\.csv")
def a_second_file_beside_the_table(delivery):
    table = delivery.tables["shareholders"]
    half = len(table) // 2
    delivery.tables["shareholders"] = table[:half]
    delivery.files["shareholders_2.csv"] = csv(table[half:])


@case(SAME)
def files_that_systems_leave(delivery):
    for name in ("._firms.csv", ".DS_Store", "~$firms.xlsx", "Thumbs.db", ".firms.csv.crc"):
        delivery.files[name] = b"x"


@case(r"mapping\.yml")
def map_of_any_other_name(delivery):
    delivery.files["mapping.yml"] = b"yearbook: {units: {revenue_10k_yuan: yuan}}\n"


@case(r"firms \(1\)\.csv")
def a_second_download(delivery):
    delivery.files["firms (1).csv"] = csv(delivery.tables["firms"][:100])


@case("sheet")
def a_second_sheet_with_notes(delivery):
    book = openpyxl.Workbook()
    for row in _rows(delivery.tables["yearbook"]):
        book.worksheets[0].append([cell or None for cell in row])
    book.create_sheet("Sheet2").append(["说明"])
    memory = io.BytesIO()
    book.save(memory)
    delivery.instead("yearbook", "yearbook.xlsx", memory.getvalue())


@case("values")
def a_value_in_the_map_that_no_cell_has(delivery):
    delivery.map("firms: {values: {province: {粤省: 广东省}}}")


@case(SAME)
def parts_of_spark_with_its_marker(delivery):
    table = delivery.tables.pop("firms")
    half = len(table) // 2
    delivery.files |= {
        "firms/part-00000.csv": csv(table[:half]),
        "firms/part-00001.csv": csv(table[half:]),
        "firms/_SUCCESS": b"",
    }


@case("firms.*(row|line)")
def nul_bytes_before_a_name(delivery):
    content = csv(delivery.tables["firms"])
    name = delivery.tables["firms"]["name"].iloc[5].encode()
    delivery.instead("firms", "firms.csv", content.replace(name, b"\0\0\0" + name, 1))


# treated pairs
def _treated(delivery: Odd, pairs: pd.DataFrame, encoding: str = "utf-8") -> None:
    delivery.files["treated.csv"] = pairs.to_csv(index=False).encode(encoding)


@case("treated.csv")
def treated_pairs_by_name(delivery):
    named = dict(zip(facts.cities()["code"], facts.cities()["name_zh"], strict=True))
    pairs = treated_pairs.by_rule()
    _treated(delivery, pairs.assign(**{side: pairs[side].map(named) for side in ("helper", "recipient")}))


@case("treated.csv")
def treated_pairs_with_exchanged_columns(delivery):
    pairs = treated_pairs.by_rule()
    _treated(delivery, pairs.assign(helper=pairs["recipient"], recipient=pairs["helper"]))


@case("treated.csv")
def treated_pairs_with_a_wrong_code(delivery):
    pairs = treated_pairs.by_rule()
    pairs.loc[pairs.index[0], "recipient"] = "445599"
    _treated(delivery, pairs)


@case(SAME)
def treated_pairs_in_gbk(delivery):
    _treated(delivery, treated_pairs.by_rule(), "gbk")


@case("treated.csv")
def cohorts_after_the_last_year(delivery):
    _treated(delivery, treated_pairs.by_rule().assign(cohort=2081))


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder by name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
