"""What the cleaning page shows: no record of a register that is not synthetic, and counts that add up."""

import hand
import ibis
import pandas as pd
import pytest

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave_registers import preview
from enclave_registers.cleaning import pipeline
from enclave_registers.schema import TABLES


@pytest.fixture
def build(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    return tmp_path


def deliver(source, **records):
    for table in TABLES:
        files.write_parquet(hand.frame(table, records.get(table, [])), paths.validated(source) / f"{table}.parquet")


def test_a_register_that_was_not_validated_is_named(build):
    with pytest.raises(EnclaveError, match=r"firms.*mine.*run\.py book SOURCE=mine"):
        preview.register("firms", "mine")


def test_sizes_count_records_and_columns_of_every_table(build):
    deliver("mine", firms=[{"firm_id": "a", "name": "甲"}, {"firm_id": "b", "name": "乙"}])
    found = preview.sizes("mine").set_index("table")
    assert found["records"].to_dict() == dict.fromkeys(TABLES, 0) | {"firms": 2}
    assert found.loc["firms", "columns"] == 6
    assert found.loc["yearbook", "key"] == "city, year"


def test_a_register_stays_on_the_disk_and_shows_its_first_records_in_their_order(build):
    paths.ground_truth("mine").mkdir(parents=True)
    deliver("mine", firms=[{"firm_id": f"F{9 - number}", "name": "甲"} for number in range(9)])
    firms = preview.register("firms", "mine")
    assert preview.records(firms, "mine", rows=3)["firm_id"].tolist() == ["F9", "F8", "F7"]
    assert preview.records(firms.filter(firms.firm_id < "F3"), "mine")["firm_id"].tolist() == ["F2", "F1"]


def test_a_record_that_stands_three_times_has_two_copies_and_another_one_none():
    found = pd.DataFrame({"firm_id": list("abaca"), "city": [None, "x", None, "x", None]})
    assert preview.copies(ibis.memtable(found)).execute()["firm_id"].tolist() == ["a", "a"]


def test_records_of_a_real_register_are_never_shown(build):
    firms = pd.DataFrame({"name": ["秘密公司", "秘密公司"], "city": ["清远市", None]})
    shown = preview.records(ibis.memtable(firms), "licensed")
    assert shown["column"].tolist() == ["name", "city"]
    assert shown["missing"].tolist() == [0, 0.5]
    assert "秘密公司" not in shown.to_string()


def test_records_of_a_generated_register_are_shown(build):
    paths.ground_truth("twin").mkdir(parents=True)
    firms = pd.DataFrame({"name": list("甲乙丙")})
    assert preview.records(ibis.memtable(firms), "twin", rows=2)["name"].tolist() == ["甲", "乙"]


def test_dates_of_records_are_shown_as_days(build):
    paths.ground_truth("twin").mkdir(parents=True)
    firms = pd.DataFrame({"established": pd.to_datetime(["2008-05-01", None]).astype("datetime64[s]")})
    shown = preview.records(ibis.memtable(firms), "twin")["established"]
    assert shown[0] == "2008-05-01"
    assert pd.isna(shown[1])


def test_names_are_scored_by_the_way_the_city_was_hidden(build, monkeypatch):
    truth = pd.DataFrame(
        {
            "firm_id": list("abcd"),
            "city": ["440100", "440100", "441800", None],
            "hidden": ["name", "name", "column", "nowhere"],
        }
    )
    files.write_parquet(truth, paths.ground_truth("twin") / "firms.parquet")
    seats = pd.DataFrame({"firm_id": ["a", "b", "c"], "located": ["440100", "441800", "441800"]})
    monkeypatch.setattr(pipeline, "seats", lambda source: seats)
    scores = preview.name_scores("twin").set_index("hidden")
    # of three firms with a city two are right; by name one of two; a firm without a city is rightly not placed
    assert scores.loc["all"].tolist() == pytest.approx([3, 3, 2 / 3, 2 / 3])
    assert scores.loc["name"].tolist() == [2, 2, 0.5, 0.5]
    assert scores.loc["column"].tolist() == [1, 1, 1, 1]
    assert scores.loc["nowhere", ["n", "placed"]].tolist() == [0, 0]
    assert scores.loc["nowhere", ["precision", "recall"]].isna().all()


def test_names_that_are_never_placed_have_a_recall_of_zero_and_no_precision():
    firms = pd.DataFrame({"city": ["440100"], "found": [None], "kind": ["none"]})
    score = preview.scores(firms, "kind").set_index("kind").loc["none"]
    assert score["recall"] == 0
    assert pd.isna(score["precision"])


def test_a_former_name_is_one_that_no_county_of_2020_bears():
    former = preview.former_places()
    # 顺德市 (440681) became 顺德区 in 2002; 饶平县 changed its code (440522) but not its name
    assert {"顺德市", "440681", "440522"} <= former
    assert not {"顺德区", "饶平县", "445122"} & former


def test_without_a_record_of_the_truth_there_is_nothing_to_score(build):
    assert preview.name_scores("licensed").empty
    assert preview.data_errors("licensed").empty


def test_data_errors_are_listed_as_written(build):
    errors = pd.DataFrame({"table": ["firms"], "kind": ["full-width"], "count": [3]})
    files.write_csv(errors, paths.ground_truth("twin") / "data_errors.csv")
    assert preview.data_errors("twin").to_numpy().tolist() == [["firms", "full-width", 3]]
