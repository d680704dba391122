"""Results on disk: columns, precision, sources that do not mix, and cells from estimates."""

import pandas as pd
import pytest

from enclave.base import paths, sources
from enclave.base.errors import EnclaveError
from enclave.exhibits import results


@pytest.fixture(autouse=True)
def _own_build_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)


def estimates(**changes):
    line = {"term": "treat", "estimate": 1 / 3, "std_error": 0.1, "p_value": 0.03, "n": 1672, "clusters": 88, "r2": 0.5}
    return pd.DataFrame([line | changes])


def table():
    return results.cells(2, {"1": estimates(), "2": estimates(p_value=0.2)})


def test_cells_of_a_regression_are_estimate_error_n_and_r2():
    assert table().head(4).to_numpy().tolist() == [
        ["2", "1", "treat", "estimate", 1 / 3, "**"],
        ["2", "1", "treat", "std_error", 0.1, ""],
        ["2", "1", "model", "n", 1672.0, ""],
        ["2", "1", "model", "r2", 0.5, ""],
    ]
    assert table()["stars"].tolist() == ["**", "", "", "", "", "", "", ""]


def test_estimates_without_n_and_r2_give_no_model_rows():
    averages = estimates(term="simple").drop(columns=["n", "r2"])
    assert results.cells(3, {"1": averages})["statistic"].tolist() == ["estimate", "std_error"]


def test_a_table_comes_back_with_every_digit():
    results.write(table(), "table_2", "twin")
    pd.testing.assert_frame_equal(results.read("table_2", "twin"), table(), check_exact=True)


def test_columns_are_written_in_the_agreed_order_and_no_others():
    results.write(table().assign(note="x")[["note", "stars", *results.TABLE[:-1]]], "table_2", "twin")
    first = (paths.results("twin") / "table_2.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first == "table,column,row,statistic,value,stars"


def test_the_same_table_gives_the_same_bytes():
    file = paths.results("twin") / "table_2.csv"
    results.write(table(), "table_2", "twin")
    before = file.read_bytes()
    results.write(table(), "table_2", "twin")
    assert file.read_bytes() == before


def test_a_missing_value_stays_missing():
    frame = table().assign(value=float("nan"))
    results.write(frame, "table_2", "twin")
    assert results.read("table_2", "twin")["value"].isna().all()


def test_a_result_is_never_read_from_another_source():
    results.write(table(), "table_2", "twin")
    with pytest.raises(EnclaveError, match=r"licensed.*run\.py book SOURCE=licensed"):
        results.read("table_2", "licensed")


def test_a_result_is_never_written_under_another_source():
    frame = table()
    frame.attrs["source"] = "twin"
    with pytest.raises(EnclaveError, match=r"'twin'.*'licensed'"):
        results.write(frame, "table_2", "licensed")


def test_columns_of_one_table_come_from_one_source():
    first, second = estimates(), estimates()
    first.attrs["source"], second.attrs["source"] = "twin", "licensed"
    with pytest.raises(EnclaveError, match="licensed, twin"):
        results.cells(2, {"1": first, "2": second})


def test_an_unknown_exhibit_lists_those_that_exist():
    with pytest.raises(EnclaveError, match=r"table_1, .* and \d+ more"):
        results.write(table(), "table_9", "twin")
    with pytest.raises(EnclaveError, match=r"table_1, .* and \d+ more"):
        results.read("table_9", "twin")


def test_a_missing_column_is_named():
    with pytest.raises(EnclaveError, match="table_2 needs the column 'stars'"):
        results.write(table().drop(columns="stars"), "table_2", "twin")


def test_all_tables_that_were_made_are_read_together():
    assert results.read_tables("twin").empty
    results.write(table(), "table_2", "twin")
    results.write(results.cells(3, {"1": estimates(term="simple")}), "table_3", "twin")
    together = results.read_tables("twin")
    assert together["table"].unique().tolist() == ["2", "3"]
    assert together.attrs == {"source": "twin"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("real", "Real data"),
        ("licensed", "Licensed data"),
        ("invented", "Invented on this page"),
        ("twin", "Synthetic data: pipeline check"),
        ("twin-2", "Synthetic data: pipeline check (twin-2)"),
        ("demo", "Data of unknown origin (demo)"),
    ],
)
def test_each_source_has_its_mark(source, words):
    assert sources.data_label(source) == words


def test_numbers_that_nobody_vouches_for_are_refused():
    with pytest.raises(EnclaveError, match="Pass `source`"):
        sources.source_of(table())
    frame = table()
    frame.attrs["source"] = "twin"
    assert sources.source_of(frame) == "twin"
    with pytest.raises(EnclaveError, match="'twin', not from 'licensed'"):
        sources.source_of(frame, "licensed")
