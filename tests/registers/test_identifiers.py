"""Identifiers meet however they were exported: marks, white space, width and case do not matter, lost digits do."""

import numpy as np
import pandas as pd
import pyarrow as arrow
import pytest
import samples
from pyarrow import parquet
from samples import of, where

from enclave_registers.intake.values import identifiers
from enclave_registers.intake.values.adjustments import CAPITALS, MARKS
from enclave_registers.schema import TABLES

CODE = "91440300610617121X"
IDENTIFIERS = [
    (table, name)
    for table, schema in TABLES.items()
    for name, column in schema.columns.items()
    if column.metadata.get("identifier")
]


@pytest.mark.parametrize(
    "written",
    [
        f"\t{CODE}",
        f"{CODE} ",
        f"'{CODE}",
        f'="{CODE}"',
        f"\x1f{CODE}",
        f"{CODE}_x000D_",
        f"\ufeff{CODE}\u200b",
        "９１４４０３００６１０６１７１２１Ｘ",
        "914403 00610617121X",
        "91440300610617121x",
        f"＇{CODE}",
        f"{CODE}.",
        f"{CODE}。",
        f"（{CODE}）",
        f"[{CODE}]；",
        f"#{CODE}",
    ],
)
def test_what_exporters_put_around_an_identifier_does_not_belong_to_it(written):
    found, counts = identifiers.normalised(pd.Series([written, CODE, None], dtype="str"))
    assert found.tolist()[:2] == [CODE, CODE]
    assert found.isna().tolist() == [False, False, True]
    assert sum(counts.values()) == 1


def test_the_kinds_of_changes_are_counted_apart():
    _, counts = identifiers.normalised(pd.Series(["\tg1", "g2", "G3", " G4"], dtype="str"))
    assert counts == {MARKS: 2, CAPITALS: 2}


def test_an_identifier_that_mixes_small_and_capital_letters_keeps_them():
    found, _ = identifiers.normalised(pd.Series(["aB3", "Ab3", "ab3"], dtype="str"))
    assert found.tolist() == ["aB3", "Ab3", "AB3"]


def test_marks_alone_are_no_identifier():
    found, _ = identifiers.normalised(pd.Series(['=""', "'", "A"], dtype="str"))
    assert found.isna().tolist() == [True, True, False]


def test_a_part_of_a_longer_column_is_read_by_its_own_bytes():
    every = pd.Series(["\tA", "B", "C"], dtype="str")
    assert identifiers.normalised(every[1:])[1] == {}
    assert identifiers.normalised(every[:2])[0].tolist() == ["A", "B"]


@pytest.mark.parametrize(("table", "column"), IDENTIFIERS)
def test_identifiers_are_read_alike_in_all_tables(table, column, tmp_path):
    first = samples.ALL[table].iloc[[0]].astype(object)
    value = first[column].iloc[0] or "F1"
    samples.write(table, tmp_path, frame=first.assign(**{column: f"'\t{value.lower()}\u3000"}))
    assert samples.read_table(table, tmp_path)[column].tolist() == [value]


def test_codes_that_hold_words_lose_the_marks_of_a_spreadsheet_and_keep_their_width(tmp_path):
    samples.write("land", tmp_path, frame=samples.LAND.assign(land_use=["'061", "工业用地（轻工）\t"]))
    assert samples.read_table("land", tmp_path)["land_use"].tolist() == ["061", "工业用地（轻工）"]


# digits that are gone


def test_identifiers_in_single_precision_are_refused_from_where_digits_are_lost(tmp_path):
    # 2 ** 24 is the first whole number that single precision does not tell from its successor
    numbers = np.array([7, 2**24 - 1, 2**24 - 1, 2**24], "float32")
    samples.FIRMS.assign(firm_id=numbers).to_parquet(tmp_path / "firms.parquet")
    fault = samples.refusal("firms", tmp_path)
    assert where(fault) == ("firms.parquet", "firm_id", 4, 0)
    assert "single precision" in fault.problem


def test_small_identifiers_in_single_precision_are_read(tmp_path):
    samples.FIRMS.assign(firm_id=np.array([7, 8, 8, 2**24 - 1], "float32")).to_parquet(tmp_path / "firms.parquet")
    assert samples.read_table("firms", tmp_path)["firm_id"].tolist() == ["7", "8", "8", "16777215"]


def test_a_float_of_stata_that_loses_digits_is_refused(tmp_path):
    frame = samples.native("firms", samples.FIRMS).assign(firm_id=np.array([1, 2, 2, 914403006], "float32"))
    samples._dta("firms", frame, tmp_path / "firms")
    assert where(samples.refusal("firms", tmp_path)) == ("firms.dta", "firm_id", 4, 0)


def test_dates_as_numbers_in_single_precision_are_refused(tmp_path):
    days = np.array([20040506, 20101231, 20101231, np.nan], "float32")
    samples.FIRMS.assign(established=days).to_parquet(tmp_path / "firms.parquet")
    fault = samples.refusal("firms", tmp_path)
    assert where(fault) == ("firms.parquet", "established", 1, 2)
    assert "single precision" in fault.problem


def test_half_precision_loses_digits_earlier(tmp_path):
    table = arrow.Table.from_pandas(samples.FIRMS.drop(columns="firm_id"), preserve_index=False)
    halves = arrow.array(np.array([1, 2, 2, 2048], "float16"))
    parquet.write_table(table.append_column("firm_id", halves), tmp_path / "firms.parquet")
    assert where(samples.refusal("firms", tmp_path)) == ("firms.parquet", "firm_id", 4, 0)


def long_stakes(ids):
    return pd.concat([samples.SHAREHOLDERS.iloc[[1]]] * len(ids), ignore_index=True).assign(firm_id=ids)


def test_long_identifiers_that_a_spreadsheet_cut_to_fifteen_digits_are_refused(tmp_path):
    samples.write("shareholders", tmp_path, frame=long_stakes([f"9144030061{i:05d}000" for i in range(60)]))
    fault = samples.refusal("shareholders", tmp_path)
    assert (fault.file, fault.column) == ("shareholders.csv", "firm_id")
    assert fault.more >= 39
    assert "was rounded by a spreadsheet" in fault.problem


def test_some_rounded_identifiers_among_others_are_refused_too(tmp_path):
    ids = [f"9144030061{i:05d}{'000' if i % 10 == 0 else 137 + i}" for i in range(200)]
    samples.write("shareholders", tmp_path, frame=long_stakes(ids))
    fault = samples.refusal("shareholders", tmp_path)
    # a tenth of the rows; the first few of a text file are too few to judge
    assert fault.row % 10 == 1
    assert 15 <= fault.more <= 19


def test_one_firm_whose_identifier_ends_in_zeros_may_have_many_stakes(tmp_path):
    ids = ["914403006100001000"] * 40 + [f"9144030061{i:05d}{137 + i}" for i in range(30)]
    samples.write("shareholders", tmp_path, frame=long_stakes(ids))
    assert samples.read_table("shareholders", tmp_path)["firm_id"].tolist() == ids


def test_zeros_at_the_end_of_short_identifiers_mean_nothing(tmp_path):
    samples.write("shareholders", tmp_path, frame=long_stakes([f"{i}000" for i in range(1, 40)]))
    assert len(samples.read_table("shareholders", tmp_path)) == 39


def test_a_due_date_is_no_date_of_a_stake(tmp_path):
    renamed = samples.SHAREHOLDERS.rename(columns={"invested_on": "认缴出资日期"})
    samples.write("shareholders", tmp_path, frame=renamed)
    fault = samples.refusal("shareholders", tmp_path)
    assert where(fault) == ("shareholders.csv", "invested_on", None, 0)
    assert '"认缴出资日期" is the day until which the capital is promised' in fault.remedy
    assert "absent" in fault.remedy
    (tmp_path / "map.yml").write_text("shareholders: {absent: [invested_on]}", encoding="utf-8")
    assert samples.read_table("shareholders", tmp_path)["invested_on"].isna().all()


def test_an_identifier_keeps_its_row_when_a_message_names_it(tmp_path):
    fault = of("firms", tmp_path, firm_id=["F1", "\tF2", "f2", None])
    assert where(fault) == ("firms.csv", "firm_id", 4, 0)


def test_a_sign_within_an_identifier_is_its_own():
    written = ["A.1", "A#2", "A(3)B", "4:5", "-6-"]
    found, counts = identifiers.normalised(pd.Series(written, dtype="str"))
    assert (found.tolist(), counts) == (written, {})
