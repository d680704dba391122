"""A map beside the files leads from another house's names, codes and units to the codebook, and says where it errs."""

import re

import pandas as pd
import pytest
import samples

from enclave.base import paths
from enclave.base.errors import InputError
from enclave_registers.intake.delivery import delivery_map
from enclave_registers.intake.delivery.read import WHOLE, read
from enclave_registers.schema import TABLES

YEARS = "统计年,地名,人口,收入,支出,电话,床位,货运\n"
YEARBOOK = """\
yearbook:
  files: 年鉴.csv
  columns:
    city: 地名
    year: 统计年
    population_10k: 人口
    revenue_10k_yuan: 收入
    expenditure_10k_yuan: 支出
    phones_10k: 电话
    hospital_beds: 床位
    freight_10k_tonnes: 货运
"""


def lay(folder, told, **files):
    """Write a map and text files, whose names have _ for the point, and return the folder."""
    paths.delivery_map(folder).write_text(told, encoding="utf-8")
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return folder


def refused(folder, table="firms") -> InputError:
    with pytest.raises(InputError) as caught:
        samples.read_table(table, folder)
    assert caught.value.remedy.endswith(".")
    return caught.value


# what a map can say


def test_headers_of_the_map_lead_to_the_columns_of_the_codebook(tmp_path):
    lay(tmp_path, YEARBOOK, 年鉴_csv=YEARS + "2001,韶关市,300,5,6,7,8,9\n")
    [row] = samples.read_table("yearbook", tmp_path).to_dict("records")
    assert row == {
        "city": "韶关市",
        "year": 2001,
        "population_10k": 300.0,
        "revenue_10k_yuan": 5.0,
        "expenditure_10k_yuan": 6.0,
        "phones_10k": 7.0,
        "hospital_beds": 8.0,
        "freight_10k_tonnes": 9.0,
    }


def test_a_mapped_header_wins_over_the_synonym_of_another_column(tmp_path):
    text = "firm_id,name,city,所在地,established,industry_id\n1,甲,清远市,广东省,2001-01-01,I\n"
    lay(tmp_path, "firms: {columns: {province: 所在地}}", firms_csv=text)
    [row] = samples.read_table("firms", tmp_path).to_dict("records")
    assert (row["city"], row["province"]) == ("清远市", "广东省")


def test_amounts_are_turned_into_the_unit_of_the_codebook_without_loss(tmp_path):
    told = YEARBOOK + "  units: {population_10k: 人, revenue_10k_yuan: yuan, expenditure_10k_yuan: 亿元}\n"
    lay(tmp_path, told, 年鉴_csv=YEARS + "2001,韶关市,3000001,12345,0.5,7,8,9\n")
    [row] = samples.read_table("yearbook", tmp_path).to_dict("records")
    # 3,000,001 persons, 12,345 yuan, half of 100 million yuan; decimals as a reader would type them
    assert row["population_10k"] == 300.0001
    assert row["revenue_10k_yuan"] == 1.2345
    assert row["expenditure_10k_yuan"] == 5000


@pytest.mark.parametrize(
    ("unit", "delivered", "hectares"),
    [("square metre", "15", 0.0015), ("亩", "15", 1.0), ("平方公里", "2", 200.0), ("公顷", "2", 2.0)],
)
def test_areas_come_in_the_units_of_land_offices(unit, delivered, hectares, tmp_path):
    lay(tmp_path, f"land: {{units: {{area_ha: {unit}}}}}")
    samples.write("land", tmp_path, frame=samples.LAND.assign(area_ha=delivered))
    assert samples.read_table("land", tmp_path)["area_ha"].tolist() == [hectares, hectares]


def test_codes_are_translated_as_they_are_typed_with_their_zeros(tmp_path):
    lay(tmp_path, 'shareholders: {values: {shareholder_type: {01: 自然人, "2": 企业法人}}}')
    samples.write("shareholders", tmp_path, frame=samples.SHAREHOLDERS.assign(shareholder_type=["2", " 01"]))
    assert samples.read_table("shareholders", tmp_path)["shareholder_type"].tolist() == ["企业法人", "自然人"]


def test_words_of_yaml_for_truth_are_codes_like_others(tmp_path):
    lay(tmp_path, "land: {values: {supply_mode: {no: 划拨, on: 租赁}}}")
    samples.write("land", tmp_path, frame=samples.LAND.assign(supply_mode=["no", "on"]))
    assert samples.read_table("land", tmp_path)["supply_mode"].tolist() == ["划拨", "租赁"]


def test_a_code_for_no_value_becomes_a_missing_one(tmp_path):
    lay(tmp_path, YEARBOOK + '  values: {phones_10k: {"…": ""}}\n', 年鉴_csv=YEARS + "2001,韶关市,3,1,1,…,8,9\n")
    assert samples.read_table("yearbook", tmp_path)["phones_10k"].isna().all()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "dta", "parquet"])
def test_codes_stored_as_numbers_are_translated_in_every_format(kind, tmp_path):
    lay(tmp_path, "industries: {values: {standard: {1: 2011, 2: 2002}}}")
    samples.write("industries", tmp_path, kind, frame=samples.INDUSTRIES.assign(standard=["1", "2"]))
    assert samples.read_table("industries", tmp_path)["standard"].tolist() == [2011, 2002]


def test_a_date_format_decides_which_number_is_the_month(tmp_path):
    lay(tmp_path, 'shareholders: {date_format: "%d/%m/%Y"}')
    samples.write("shareholders", tmp_path, frame=samples.SHAREHOLDERS.assign(invested_on=["05/06/2012", None]))
    days = samples.read_table("shareholders", tmp_path)["invested_on"]
    assert days[0] == pd.Timestamp(2012, 6, 5)
    assert pd.isna(days[1])


def test_dates_of_one_column_may_have_a_format_of_their_own(tmp_path):
    lay(tmp_path, 'land: {date_format: {signed_on: "%Y年第%j日"}}')
    samples.write("land", tmp_path, frame=samples.LAND.assign(signed_on="2014年第032日"))
    assert samples.read_table("land", tmp_path)["signed_on"].tolist() == [pd.Timestamp(2014, 2, 1)] * 2


def test_dates_that_a_program_stored_as_dates_need_no_format(tmp_path):
    lay(tmp_path, 'land: {date_format: "%d/%m/%Y"}')
    samples.write("land", tmp_path, "parquet")
    assert samples.read_table("land", tmp_path)["signed_on"][0] == pd.Timestamp(2014, 7, 8)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "gbk", "gb2312", "utf-16"])
def test_files_are_read_in_the_encoding_and_with_the_delimiter_of_the_map(encoding, tmp_path):
    lay(tmp_path, f"firms: {{files: 主体.txt, encoding: {encoding}, delimiter: tab}}")
    text = samples.csv_text(samples.FIRMS).replace(",", "\t").replace("\u3000", " ")
    (tmp_path / "主体.txt").write_bytes(text.encode(encoding))
    assert samples.read_table("firms", tmp_path)["firm_id"].tolist() == ["F1", "F2", "F2", "F3"]


def test_text_without_the_mark_of_the_encoding_in_the_map_is_refused(tmp_path):
    lay(tmp_path, "firms: {files: firms.txt, encoding: utf-16}")
    (tmp_path / "firms.txt").write_bytes(samples.csv_text(samples.FIRMS).encode("ascii", "replace"))
    fault = samples.refusal("firms", tmp_path)
    assert fault.problem == "byte 1 cannot be read as UTF-16, the encoding that the map gives"


def test_parts_are_read_in_the_order_of_the_list_and_those_of_a_pattern_by_name(tmp_path):
    lay(tmp_path, "firms: {files: [z.csv, 'a/?.csv']}")
    for number, name in enumerate(["z", "a/2", "a/1"]):
        path = tmp_path / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(samples.csv_text(samples.FIRMS.iloc[[number]].assign(firm_id=name)), encoding="utf-8")
    assert samples.read_table("firms", tmp_path)["firm_id"].tolist() == ["Z", "A/1", "A/2"]


def test_a_column_that_was_not_delivered_is_empty_if_the_map_says_so(tmp_path):
    lay(tmp_path, "land: {absent: location}")
    samples.write("land", tmp_path, frame=samples.LAND.drop(columns="location"))
    assert samples.read_table("land", tmp_path)["location"].isna().all()


@pytest.mark.parametrize("table", TABLES)
def test_a_map_that_says_nothing_of_a_table_changes_nothing(table, tmp_path):
    samples.write(table, tmp_path)
    plain = samples.read_table(table, tmp_path)
    lay(tmp_path, "# nothing\n")
    pd.testing.assert_frame_equal(samples.read_table(table, tmp_path), plain)
    assert delivery_map.read(tmp_path).of_table(table).in_map_folder


README = paths.DATA / "licensed" / "README.md"


def test_the_example_of_the_readme_is_a_map_that_can_be_read(tmp_path):
    example, shapes, *_ = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    lay(tmp_path, example)
    told = delivery_map.read(tmp_path)
    firms, stakes, yearbook, land = map(told.of_table, ("firms", "shareholders", "yearbook", "land"))
    assert (firms.delimiter, firms.encoding, firms.absent) == ("|", "gb18030", {"province"})
    assert firms.dates == {"established": ("%d/%m/%Y",)}
    assert firms.first_of == {"firm_id": ("统一社会信用代码", "注册号")}
    assert stakes.values["shareholder_type"]["01"] == "企业法人"
    assert stakes.values["invested_on"] == {"9999-12-31": ""}
    assert stakes.dates == {"invested_on": ("codebook", "excel", "%Y")}
    assert told.of_table("industries").standard == 2011
    assert (yearbook.sheet, yearbook.header_rows, yearbook.first_record) == ("全市", (2, 3), 5)
    assert yearbook.drop_rows == {"city": ("全国", "广东省", "")}
    assert set(yearbook.amounts) == {"population_10k", "revenue_10k_yuan"}
    old = yearbook.of_file("年鉴/1999.xlsx")
    assert (old.sheet, old.header_rows, old.constants) == ("1", (3,), {"year": "1998"})
    assert land.dates == {"signed_on": ("milliseconds",)}
    assert land.number_plots
    assert [entry.text() for entry in told.ignored()] == ["说明.xlsx"]
    lay(tmp_path, shapes)
    assert delivery_map.read(tmp_path).of_table("yearbook").is_reshaped


@pytest.mark.parametrize("table", TABLES)
def test_the_readme_names_every_table_column_and_key_of_a_map(table):
    text = README.read_text(encoding="utf-8")
    assert [name for name in (table, *TABLES[table].columns) if f"`{name}`" not in text] == []
    assert [key for key in delivery_map.KEYS if f"  {key}:" not in text] == []


# where a map errs

PLAIN = samples.csv_text(samples.FIRMS)
FAULTS = {
    "a table that does not exist": ("firm: {}", "line 1, firm:", 'Did you mean "firms"?'),
    "an unknown key": ("firms:\n  filse: a.csv", "line 2, firms.filse:", 'Did you mean "files"?'),
    "an unknown column": ("firms:\n  columns:\n    nam: 甲", "line 3, firms.columns.nam:", 'Did you mean "name"?'),
    "two columns under one header": (
        "firms:\n  columns:\n    name: 甲\n    city: 甲",
        "line 4, firms.columns.city:",
        "the same header as name",
    ),
    "a column without a header": ("firms:\n  columns: {name: }", "line 2, firms.columns.name:", "has no header"),
    "a key that stands twice": ("firms:\n  files: a\nfirms: {}", "line 3, firms:", "already in line 2"),
    "a list where one text belongs": ("firms: {encoding: [a, b]}", "firms.encoding:", "must be a single text"),
    "a text where names belong": ("firms: {columns: 甲}", "firms.columns:", "must be names with values"),
    "names where a list belongs": ("firms: {files: {a: b}}", "firms.files:", "must be a single text or a list"),
    "an encoding that nobody knows": ("firms: {encoding: utf8x}", "firms.encoding:", "gb18030"),
    "a delimiter of two signs": ('firms: {delimiter: "||"}', "firms.delimiter:", "not a single character"),
    "a column absent that may have no gaps": ("firms: {absent: [name]}", "firms.absent:", "must not be empty"),
    "an absent column that is none": ("firms: {absent: [nam]}", "firms.absent:", "unknown column"),
    "an absent column with a header": (
        "firms: {absent: [city], columns: {city: 甲}}",
        "firms.absent:",
        "has a header under columns",
    ),
    "a date format without a year": ('firms: {date_format: "%d.%m."}', "firms.date_format:", "not a format"),
    "a date format with two digits of a year": ('firms: {date_format: "%d.%m.%y"}', "firms.date_format:", "four-digit"),
    "a date format at a column without dates": (
        "firms: {date_format: {name: x}}",
        "firms.date_format.name:",
        "column of dates",
    ),
    "a format at a table without dates": (
        'industries: {date_format: "%Y"}',
        "industries.date_format:",
        "without dates",
    ),
    "a unit that nobody knows": ("land: {units: {area_ha: 坪}}", "land.units.area_ha:", "平方米"),
    "a unit at a column without one": ("land: {units: {location: 亩}}", "land.units.location:", "column with a unit"),
    "a value that the codebook does not allow": (
        "land: {values: {supply_mode: {1: 赠送}}}",
        "land.values.supply_mode.1:",
        '"赠送", which is not allowed here',
    ),
    "a value of another type": ("yearbook: {values: {year: {a: 零}}}", "yearbook.values.year.a:", "is not a year"),
    "an empty value where none may be": ("firms: {values: {name: {x: }}}", "firms.values.name.x:", "empty cell"),
    "a file that is not there": ("firms: {files: frims.csv}", "firms.files:", "Similar names there: firms.csv."),
    "a pattern that fits no file": ("firms: {files: 'x*.csv'}", "firms.files:", 'no file matches "x*.csv"'),
    "a file outside the folder": ("firms: {files: ../firms.csv}", "firms.files:", "leads out of the folder"),
    "one file under two patterns": ("firms: {files: [firms.csv, 'f*.csv']}", "firms.files:", "as well"),
    "tabs for indentation": ("firms:\n\tfiles: a", "map.yml, line 2:", "is not valid YAML"),
    "a bracket that never closes": ("firms: {files: [a", "map.yml, line 1:", "is not valid YAML"),
    "a list at the top": ("- firms", "map.yml, line 1, top:", "names with values"),
}


@pytest.mark.parametrize(("told", "place", "words"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_of_the_map_is_told_with_line_key_and_remedy(told, place, words, tmp_path):
    lay(tmp_path, told, firms_csv=PLAIN)
    fault = refused(tmp_path, next((table for table in TABLES if told.startswith(f"{table}:")), "firms"))
    assert str(fault).startswith("map.yml, line ")
    assert place in str(fault)
    assert words in str(fault)


def test_a_map_in_another_encoding_is_refused(tmp_path):
    paths.delivery_map(tmp_path).write_bytes("firms: {columns: {name: 主体名}}".encode("gb18030"))
    assert "is not UTF-8 text" in str(refused(tmp_path))


def test_a_mapped_header_that_is_not_in_the_file_is_told_with_the_nearest_ones(tmp_path):
    lay(tmp_path, "firms: {columns: {name: 主体名称}}", firms_csv=PLAIN.replace("name", "主体名"))
    fault = refused(tmp_path)
    assert (fault.file, fault.column) == ("firms.csv", "name")
    assert 'the header "主体名称", which the map gives, is missing' in fault.problem
    assert 'Similar headers there: "主体名".' in fault.remedy


def test_a_code_that_the_map_does_not_know_is_located_and_the_map_is_named(tmp_path):
    lay(tmp_path, "shareholders: {values: {shareholder_type: {A: 自然人}}}")
    samples.write("shareholders", tmp_path, frame=samples.SHAREHOLDERS.assign(shareholder_type=["A", "Z"]))
    fault = refused(tmp_path, "shareholders")
    assert samples.where(fault) == ("shareholders.csv", "shareholder_type", 2, 0)
    assert "translate the code in map.yml, under values, shareholder_type" in fault.remedy


def test_a_date_that_does_not_fit_the_format_is_located_and_not_guessed(tmp_path):
    lay(tmp_path, 'land: {date_format: "%d/%m/%Y"}')
    samples.write("land", tmp_path, frame=samples.LAND.assign(signed_on=["08/07/2014", "2015-09-10"]))
    fault = refused(tmp_path, "land")
    assert samples.where(fault) == ("land.csv", "signed_on", 2, 0)
    assert fault.problem == "'2015-09-10' does not match the date format %d/%m/%Y"


def test_bytes_that_the_named_encoding_does_not_have_are_located(tmp_path):
    lay(tmp_path, "firms: {encoding: utf-8}")
    samples.write("firms", tmp_path, "csv-gb18030")
    assert "cannot be read as UTF-8, the encoding that the map gives" in refused(tmp_path).problem


# the files as a whole


def test_a_data_file_that_no_table_claims_is_told(tmp_path):
    for table in TABLES:
        samples.write(table, tmp_path)
    lay(tmp_path, "firms: {files: firms.csv}", firms2_csv=PLAIN, a_xlsx="", notes_pdf="")
    problem = read(tmp_path).problems[WHOLE]
    assert (problem.file, problem.more) == ("a.xlsx", 1)
    assert "belongs to no table" in problem.problem
    assert "under `ignore`" in problem.remedy
    lay(tmp_path, "firms: {files: firms.csv}\nignore: [a.xlsx, firms2.csv]")
    assert read(tmp_path).problems == {}


def test_a_data_file_behind_a_link_is_told_as_well(tmp_path):
    folder, elsewhere = tmp_path / "delivery", tmp_path / "elsewhere"
    for place in (folder, elsewhere):
        place.mkdir()
    for table in TABLES:
        samples.write(table, folder)
    lay(folder, "firms: {files: firms.csv}")
    (elsewhere / "more.csv").write_text(PLAIN, encoding="utf-8")
    (folder / "linked").symlink_to(elsewhere, target_is_directory=True)
    problem = read(folder).problems[WHOLE]
    assert problem.file == "linked/more.csv"
    assert "belongs to no table" in problem.problem


def test_a_file_that_two_tables_claim_is_told(tmp_path):
    for table in TABLES:
        samples.write(table, tmp_path)
    lay(tmp_path, "branches: {files: land.csv}\nignore: branches.csv")
    problem = read(tmp_path).problems[WHOLE]
    assert (problem.file, problem.problem) == ("land.csv", "is assigned to branches and to land")


def test_two_parts_with_the_same_content_are_one_part_delivered_twice(tmp_path):
    (tmp_path / "firms").mkdir()
    for name in ("1.csv", "2.csv"):
        (tmp_path / "firms" / name).write_text(PLAIN, encoding="utf-8")
    fault = refused(tmp_path)
    assert (fault.file, fault.problem) == ("firms/2.csv", "has the same content as firms/1.csv")


@pytest.mark.parametrize("name", ["firms_2.csv", "shareholders_2.xls", "old/land.csv", "更多.txt", "firms.rar"])
def test_a_data_file_of_no_table_is_told_without_a_map_as_well(name, tmp_path):
    for table in TABLES:
        samples.write(table, tmp_path)
    assert read(tmp_path).problems == {}
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(PLAIN, encoding="utf-8")
    assert read(tmp_path).problems[WHOLE].file == name


@pytest.mark.parametrize("name", ["notes.pdf", "readme.txt", "treated.csv", ".firms.csv.crc", "codebook.docx"])
def test_other_files_may_lie_beside_the_tables(name, tmp_path):
    for table in TABLES:
        samples.write(table, tmp_path)
    (tmp_path / name).write_text("x", encoding="utf-8")
    assert read(tmp_path).problems == {}
