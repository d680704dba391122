"""Raw tables of every format and spelling give the same canonical frame."""

import math
import zipfile

import pandas as pd
import pytest
import samples

from enclave.base.errors import InputError
from enclave_registers.intake.formats import headers
from enclave_registers.intake.values import cell_types
from enclave_registers.schema import TABLES


def firms(folder, **columns) -> pd.DataFrame:
    """The sample of firms with some columns replaced, through a CSV file and the reader."""
    frame = samples.FIRMS.assign(**columns)
    samples.write("firms", folder, frame=frame)
    return samples.read_table("firms", folder)


def yearbook(folder, **columns) -> pd.DataFrame:
    samples.write("yearbook", folder, frame=samples.YEARBOOK.assign(**columns))
    return samples.read_table("yearbook", folder)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("kind", samples.WRITERS)
def test_every_format_gives_the_frame_of_plain_csv(table, kind, tmp_path):
    samples.write(table, tmp_path / "plain")
    samples.write(table, tmp_path / "other", kind)
    plain = samples.read_table(table, tmp_path / "plain")
    pd.testing.assert_frame_equal(samples.read_table(table, tmp_path / "other"), plain)


@pytest.mark.parametrize("table", TABLES)
def test_the_frame_has_the_columns_of_the_schema_in_its_order_and_types(table, tmp_path):
    samples.write(table, tmp_path, frame=samples.ALL[table][samples.ALL[table].columns[::-1]])
    frame = samples.read_table(table, tmp_path)
    assert list(frame) == list(TABLES[table].columns)
    kinds = {"str": "string", "datetime64[s]": "datetime64", "int64": "int64", "float64": "float64"}
    for name, kind in frame.dtypes.astype(str).items():
        assert str(TABLES[table].columns[name].dtype).startswith(kinds[kind])


def test_an_empty_cell_is_missing_and_not_the_word_nan(tmp_path):
    frame = firms(tmp_path)
    assert frame["city"].isna().tolist() == [False, False, False, True]
    assert frame["established"].isna().tolist() == [False, False, False, True]


def test_white_space_and_wide_characters_inside_values_stay(tmp_path):
    assert firms(tmp_path)["name"].tolist()[:2] == [" 广州市甲（集团）有限公司", "清远市乙有限公司\u3000"]


@pytest.mark.parametrize("nothing", ["", "  ", "\u3000", "NULL", "\\N"])
def test_the_marks_of_databases_for_no_value_are_missing(nothing, tmp_path):
    frame = firms(tmp_path, city=["440100", "清远市", "清远市", nothing], established=nothing)
    assert pd.isna(frame["city"].iloc[3])
    assert frame["established"].isna().all()


@pytest.mark.parametrize(
    "written",
    [
        "2012-05-06",
        "2012-5-6",
        "2012/5/6",
        "2012/05/06",
        "20120506",
        "2012年5月6日",
        "2012-05-06 00:00:00",
        " 2012-05-06 ",
    ],
)
def test_a_date_may_be_written_in_several_ways(written, tmp_path):
    assert set(firms(tmp_path, established=written)["established"]) == {pd.Timestamp(2012, 5, 6)}


@pytest.mark.parametrize(
    "written", ["2012", "2012-05", "2012-02-30", "2012-13-01", "06.05.2012", "2012-00-13", "2012/5-6"]
)
def test_what_is_no_day_is_no_date(written, tmp_path):
    with pytest.raises(InputError, match=r'column "established", data row 1 \(and 3 more\).*is not a date'):
        firms(tmp_path, established=written)


def test_a_number_stored_as_a_date_of_eight_digits_is_a_date(tmp_path):
    frame = samples.FIRMS.assign(established=[20040506.0, 20101231.0, 20101231.0, math.nan])
    frame.to_parquet(tmp_path / "firms.parquet")
    assert samples.read_table("firms", tmp_path)["established"].iloc[0] == pd.Timestamp(2004, 5, 6)


@pytest.mark.parametrize("kind", ["xlsx", "dta", "parquet"])
def test_whole_numbers_are_codes_without_decimals(kind, tmp_path):
    codes = samples.FIRMS.assign(firm_id=[7.0, 12.0, 12.0, 123456789.0], city=[440100.0, 441800.0, 441800.0, math.nan])
    samples.write("firms", tmp_path, kind, frame=codes)
    frame = samples.read_table("firms", tmp_path)
    assert frame["firm_id"].tolist() == ["7", "12", "12", "123456789"]
    assert frame["city"].tolist()[:3] == ["440100", "441800", "441800"]


def test_codes_that_pandas_wrote_with_decimals_lose_them(tmp_path):
    assert firms(tmp_path, city=["440100.0", "441800.0", "441800.0", ""])["city"].tolist()[0] == "440100"


def test_a_long_identifier_of_parquet_keeps_every_digit(tmp_path):
    frame = samples.FIRMS.assign(firm_id=[914401017, 9007199254740993, 9007199254740993, 3])
    frame.to_parquet(tmp_path / "firms.parquet")
    assert samples.read_table("firms", tmp_path)["firm_id"].iloc[1] == "9007199254740993"


@pytest.mark.parametrize(
    "written", ["0.1", "123456.7", "1e3", ".5", "5.", "2.2250738585072014e-308", "98765432.123456789"]
)
def test_a_number_is_the_nearest_double_of_what_is_written(written, tmp_path):
    assert yearbook(tmp_path, population_10k=written)["population_10k"].iloc[0] == float(written)


def test_a_year_may_carry_its_chinese_sign(tmp_path):
    assert yearbook(tmp_path, year="2012年")["year"].tolist() == [2012, 2012]


def test_a_year_of_stata_is_its_year(tmp_path):
    years = samples.native("yearbook", samples.YEARBOOK).assign(year=pd.to_datetime(["2012-01-01", "2013-01-01"]))
    texts = years.select_dtypes(["object", "str"]).columns
    years.astype(dict.fromkeys(texts, object)).to_stata(
        tmp_path / "yearbook.dta", write_index=False, version=118, convert_dates={"year": "ty"}
    )
    assert samples.read_table("yearbook", tmp_path)["year"].tolist() == [2012, 2013]


def test_a_labelled_stata_column_is_read_by_its_labels(tmp_path):
    labelled = samples.native("shareholders", samples.SHAREHOLDERS)
    labelled["shareholder_id"] = ["F1", ""]
    labelled["shareholder_type"] = pd.Categorical(labelled["shareholder_type"])
    labelled.to_stata(tmp_path / "shareholders.dta", write_index=False, version=118)
    assert samples.read_table("shareholders", tmp_path)["shareholder_type"].tolist() == ["企业法人", "自然人"]


def test_headers_may_be_chinese_and_padded(tmp_path):
    chinese = {
        "firm_id": " 企业ID ",
        "name": "企业名称",
        "province": "\u3000省份",
        "city": "所在地",
        "established": "成立时间",
    }
    samples.write("firms", tmp_path, frame=samples.FIRMS.rename(columns=chinese))
    assert samples.read_table("firms", tmp_path)["firm_id"].tolist() == ["F1", "F2", "F2", "F3"]


def test_wide_brackets_in_a_header_do_not_matter(tmp_path):
    samples.write("land", tmp_path, frame=samples.LAND.rename(columns={"area_ha": "面积（公顷）"}))
    assert samples.read_table("land", tmp_path)["area_ha"].tolist() == [1.2345, 0.0099]


@pytest.mark.parametrize("table", TABLES)
def test_no_header_means_two_columns_of_a_table(table):
    spelled = [word for name, column in TABLES[table].columns.items() for word in (name, *column.metadata["synonyms"])]
    assert len(spelled) == len({headers.normalised(word) for word in spelled})


@pytest.mark.parametrize("kind", ["csv", "xlsx", "dta", "parquet"])
def test_further_columns_are_ignored(kind, tmp_path):
    samples.write("firms", tmp_path, kind, frame=samples.FIRMS.assign(capital=[1, 2, 2, 3], remark="x"))
    assert list(samples.read_table("firms", tmp_path)) == list(TABLES["firms"].columns)


def test_a_workbook_that_tells_a_wrong_size_is_read_in_full(tmp_path):
    samples.write("firms", tmp_path / "whole", "xlsx")
    with zipfile.ZipFile(tmp_path / "whole" / "firms.xlsx") as whole:
        content = {name: whole.read(name) for name in whole.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'<dimension ref="A1:F5"' in content[sheet]
    content[sheet] = content[sheet].replace(b'<dimension ref="A1:F5"', b'<dimension ref="A1:B2"')
    with zipfile.ZipFile(tmp_path / "firms.xlsx", "w") as lying:
        for name, data in content.items():
            lying.writestr(name, data)
    assert samples.read_table("firms", tmp_path)["firm_id"].tolist() == ["F1", "F2", "F2", "F3"]


def test_parts_of_all_formats_are_read_in_the_order_of_their_names(tmp_path):
    folder = tmp_path / "firms"
    folder.mkdir()
    for name, kind, at in [("2", "dta", 1), ("3", "xlsx", 2), ("1", "csv-gb18030", 0), ("4", "csv.gz", 3)]:
        samples.WRITERS[kind]("firms", samples.FIRMS.iloc[[at]], folder / name)
    (folder / "README.md").write_text("where the parts come from")
    (folder / ".hidden").write_text("no part")
    assert samples.read_table("firms", tmp_path)["firm_id"].tolist() == ["F1", "F2", "F2", "F3"]


def test_columns_may_stand_in_another_order_in_another_part(tmp_path):
    folder = tmp_path / "firms"
    folder.mkdir()
    samples.WRITERS["csv"]("firms", samples.FIRMS.iloc[:3], folder / "1")
    samples.WRITERS["parquet"]("firms", samples.FIRMS.iloc[3:, ::-1], folder / "2")
    assert samples.read_table("firms", tmp_path)["name"].iloc[3] == samples.FIRMS["name"].iloc[3]


def test_a_quoted_value_may_hold_commas_quotes_and_line_breaks(tmp_path):
    name = '甲, "乙"\n丙公司'
    assert firms(tmp_path, name=name)["name"].iloc[0] == name


def test_windows_line_ends_and_a_missing_last_one_do_not_matter(tmp_path):
    text = samples.csv_text(samples.FIRMS).replace("\n", "\r\n").removesuffix("\r\n")
    (tmp_path / "firms.csv").write_bytes(text.encode())
    assert len(samples.read_table("firms", tmp_path)) == 4


def test_records_beyond_one_chunk_keep_their_order_and_their_row_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr("enclave_registers.intake.formats.encoding.BLOCK", 100)
    monkeypatch.setattr("enclave_registers.intake.formats.csv_files.BLOCK", 1)
    monkeypatch.setattr("enclave_registers.intake.formats.headers.LOOK_AHEAD", 2)
    records = samples.FIRMS.iloc[[0] * 10].assign(firm_id=[f"F{i}" for i in range(10)])
    samples.write("firms", tmp_path, frame=records)
    assert samples.read_table("firms", tmp_path)["firm_id"].tolist() == [f"F{i}" for i in range(10)]
    bad = records.assign(established=["2004-05-06"] * 7 + ["never"] * 3)
    samples.write("firms", tmp_path, frame=bad)
    with pytest.raises(InputError, match=r"data row 8 \(and 2 more\)"):
        samples.read_table("firms", tmp_path)


def test_a_character_on_the_edge_of_a_block_is_no_damage(tmp_path, monkeypatch):
    monkeypatch.setattr("enclave_registers.intake.formats.encoding.BLOCK", 7)
    for kind in ("csv", "csv-gb18030"):
        samples.write("firms", tmp_path / kind, kind)
        assert samples.read_table("firms", tmp_path / kind)["city"].iloc[1] == "清远市"


def test_whole_numbers_of_text_columns_survive_up_to_fifteen_digits():
    numbers = pd.Series([1.0, 999999999999999.0, 1.5, math.nan])
    assert cell_types.plain(numbers).tolist()[:3] == ["1", "999999999999999", "1.5"]
