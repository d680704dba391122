"""Words and dates for no value are empty cells in every column, and the check says how many there were."""

import pandas as pd
import pytest
import samples
from samples import of, where

from enclave_registers.intake import convert
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.delivery.read import read
from enclave_registers.intake.values.adjustments import NO_DATE
from enclave_registers.schema import TABLES

WORDS = [
    "-",
    "--",
    "—",
    "NA",
    "N/A",
    "#N/A",
    "null",
    "None",
    "nan",
    "NaN",
    "NaT",
    "<NA>",
    "无",
    "未知",
    "不详",
    " ＮＡ ",
    ".",
    "/",
    "／",
    "***",
    "？",
    "……",
    "－－－",
    "−",
    "_",
    "N.A.",
    "#VALUE!",
    "unknown",
    "未填写",
    "企业选择不公示",
    "（空）",
    "0000-00-00",
    "-" * 12,
    "？" * 20,
    "- -",
    "没有",
    "不祥",
    "未登记",
    "N\\A",
]
NULLABLE = [
    (table, name) for table, schema in TABLES.items() for name, column in schema.columns.items() if column.nullable
]
REQUIRED = [
    *(("firms", "firm_id"), ("firms", "name"), ("shareholders", "shareholder_name"), ("industries", "code")),
    *(("yearbook", "year"), ("yearbook", "population_10k"), ("land", "signed_on"), ("land", "supply_mode")),
]


def with_cell(table, column, cell):
    """The sample of a table with one more record: the first one, with `cell` in the column and a key of its own."""
    frame = samples.ALL[table].iloc[[0]].astype(object)
    return frame.assign(**{column: cell})


@pytest.mark.parametrize(("table", "column"), NULLABLE)
def test_a_word_for_no_value_is_an_empty_cell_in_every_column_that_may_be_empty(table, column, tmp_path):
    cell = WORDS[NULLABLE.index((table, column)) % len(WORDS)]
    frame = with_cell(table, column, cell)
    if column == "county_code":  # the supervision number has the county
        assert frame["supervision_number"].iloc[0].startswith("441802")
    samples.write(table, tmp_path, frame=frame)
    assert samples.read_table(table, tmp_path)[column].isna().all()


@pytest.mark.parametrize("word", WORDS)
def test_each_word_is_an_empty_cell_in_text_and_dates_and_numbers(word, tmp_path):
    samples.write("firms", tmp_path, frame=samples.FIRMS.assign(province=word, established=word, industry_id=word))
    firms = samples.read_table("firms", tmp_path)
    assert firms[["province", "established", "industry_id"]].isna().all(axis=None)
    samples.write("yearbook", tmp_path, frame=samples.YEARBOOK.assign(phones_10k=word))
    assert samples.read_table("yearbook", tmp_path)["phones_10k"].isna().all()


@pytest.mark.parametrize(("table", "column"), REQUIRED)
def test_a_word_for_no_value_is_a_problem_where_no_cell_may_be_empty(table, column, tmp_path):
    values = samples.ALL[table][column].astype(object).to_list()
    fault = of(table, tmp_path, **{column: [*values[:-1], "NA"]})
    assert where(fault) == (f"{table}.csv", column, len(values), 0)
    assert fault.problem == "the cell is empty"


def test_a_longer_text_with_such_a_word_is_a_value(tmp_path):
    names = ["无锡甲有限公司", "NA电子有限公司", "NA电子有限公司", "未知数科技有限公司"]
    samples.write("firms", tmp_path, frame=samples.FIRMS.assign(name=names))
    assert samples.read_table("firms", tmp_path)["name"].tolist() == names


@pytest.mark.parametrize("day", ["1900-01-01", "1900/1/1", "19000101", "9999-12-31", "9999-12-31 23:59:59"])
def test_the_first_and_last_day_of_databases_are_no_date(day, tmp_path):
    samples.write("shareholders", tmp_path, frame=samples.SHAREHOLDERS.assign(invested_on=["2011-01-02", day]))
    dates = samples.read_table("shareholders", tmp_path)["invested_on"]
    assert dates.isna().tolist() == [False, True]


def test_such_a_day_is_a_problem_where_a_date_is_needed(tmp_path):
    fault = of("land", tmp_path, signed_on=["2014-07-08", "1900-01-01"])
    assert where(fault) == ("land.csv", "signed_on", 2, 0)
    assert fault.problem == "the cell is empty"


def test_the_second_of_january_1900_is_a_date(tmp_path):
    samples.write("shareholders", tmp_path, frame=samples.SHAREHOLDERS.assign(invested_on="1900-01-02"))
    assert samples.read_table("shareholders", tmp_path)["invested_on"].eq(pd.Timestamp(1900, 1, 2)).all()


def test_a_word_that_the_map_translates_is_translated(tmp_path):
    samples.write("shareholders", tmp_path, frame=samples.SHAREHOLDERS.assign(shareholder_type=["企业法人", "无"]))
    (tmp_path / "map.yml").write_text("shareholders: {values: {shareholder_type: {无: 其他投资者}}}", encoding="utf-8")
    assert samples.read_table("shareholders", tmp_path)["shareholder_type"].tolist() == ["企业法人", "其他投资者"]


def test_the_check_says_how_many_cells_were_read_as_empty_and_does_so_again_from_its_cache(tmp_path):
    frame = samples.FIRMS.assign(
        province=["广东省", "-", "-", "NULL"], established=["2004-05-06", "1900-01-01", "1900-01-01", ""]
    )
    samples.write("firms", tmp_path / "delivery", frame=frame)
    cache = IntakeCache(tmp_path / "cache")
    for _ in ("converted", "from the cache"):
        lines = []
        convert.convert("firms", read(tmp_path / "delivery"), cache, lines.append)
        assert lines == [
            'firms, column "province": 3 cells with a word for no value (such as - or NA), read as empty',
            f'firms, column "established": 2 cells {NO_DATE}',
        ]


def test_a_plain_delivery_is_read_without_a_word_about_it(tmp_path):
    for table in TABLES:
        samples.write(table, tmp_path / "delivery")
        lines = []
        convert.convert(table, read(tmp_path / "delivery"), IntakeCache(tmp_path / "cache"), lines.append)
        assert lines == []
