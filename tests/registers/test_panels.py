"""Panels from links: balanced, sorted, complete, and honest about where they come from."""

import hand
import pandas as pd
import pytest

from enclave import panels
from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_registers.cleaning import pipeline
from enclave_registers.cleaning.row_counts import RowCounts

GUANGZHOU, SHENZHEN, QINGYUAN = "440100", "440300", "441800"


def links(*rows):
    return pd.DataFrame(rows, columns=["investor", "investee", "year"]).assign(records=1)


def pair_panel(*rows):
    return RowCounts().run("manufacturing", links(*rows), pipeline.PAIR_STEPS, None)


def test_a_pair_with_one_link_has_nineteen_years_and_zeros_but_one():
    panel = pair_panel((GUANGZHOU, QINGYUAN, 2012))
    assert panel["year"].tolist() == list(range(2000, 2019))
    assert panel["count"].tolist() == [0] * 12 + [1] + [0] * 6
    assert panel["count"].dtype == "int64"


def test_shareholders_of_one_pair_and_year_are_added_up():
    panel = pair_panel((GUANGZHOU, QINGYUAN, 2012), (GUANGZHOU, QINGYUAN, 2012), (SHENZHEN, QINGYUAN, 2012))
    assert panel.loc[panel["count"] > 0, ["helper", "count"]].to_numpy().tolist() == [[GUANGZHOU, 2], [SHENZHEN, 1]]


def test_pairs_without_any_link_are_dropped():
    panel = pair_panel((GUANGZHOU, QINGYUAN, 2012))
    assert panel[["helper", "recipient"]].drop_duplicates().to_numpy().tolist() == [[GUANGZHOU, QINGYUAN]]


def test_the_network_has_every_ordered_pair_of_two_cities_in_every_year():
    network = RowCounts().run("network", links((QINGYUAN, GUANGZHOU, 2000)), pipeline.NETWORK_STEPS, None)
    assert len(network) == 21 * 20 * 19
    assert network["count"].sum() == 1
    assert (network["investor"] != network["investee"]).all()


def test_the_pairs_are_108_with_thirteen_treated_and_four_distances():
    pairs = panels.pairs()
    assert len(pairs) == 9 * 12
    assert pairs["cohort"].notna().sum() == 13
    assert pairs["cohort"].dtype == "Int64"
    assert pairs.filter(like="dist_").columns.tolist() == [
        "dist_boundary_km",
        "dist_centroid_km",
        "dist_prd_centroid_km",
        "dist_prd_boundary_km",
    ]
    assert (pairs.filter(like="dist_").notna()).all(axis=None)


def test_a_cell_that_two_rows_claim_is_refused():
    cells = pd.DataFrame({"city": ["a", "a"], "value": [1, 2]})
    with pytest.raises(pd.errors.MergeError):
        panels.balanced(cells, city=["a", "b"])


def test_a_panel_that_was_never_built_is_not_replaced_by_another_source(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    built = paths.panels("twin") / "manufacturing.parquet"
    built.parent.mkdir(parents=True)
    hand.frame("firms", []).to_parquet(built)
    assert panels.read("manufacturing", "twin").attrs["source"] == "twin"
    with pytest.raises(EnclaveError, match=r"licensed.*run\.py book SOURCE=licensed"):
        panels.read("manufacturing", "licensed")


FIRMS = [
    {"firm_id": "F1", "city": QINGYUAN, "established": "2012-05-06", "industry_id": "I1", "name": "甲"},
    {"firm_id": "F2", "city": GUANGZHOU, "established": "2001-05-06", "name": "乙"},
]
STAKES = [{"firm_id": "F1", "shareholder_id": "F2", "invested_on": "2012-05-06", "shareholder_name": "乙"}]
BRANCHES = [{"branch_id": "B1", "city": QINGYUAN, "established": "2012-05-06", "parent_id": "F2", "name": "乙"}]
PLOTS = [
    {
        "supervision_number": "4418032012B00001",
        "signed_on": "2012-06-01",
        "area_ha": 2.5,
        "location": "产业转移工业园",
    }
]


def refused(**records):
    """The message for the panels of hand-written records, empty if they are taken."""
    given = {"firms": FIRMS, "stakes": STAKES, "branches": BRANCHES, "plots": PLOTS} | records
    counts = RowCounts()
    made = pipeline.clean(hand.raw(**given), counts, panels.pairs())
    try:
        pipeline.refuse_empty(made, counts.frame(), "mine")
    except EnclaveError as refusal:
        return str(refusal)
    return ""


def industry(code):
    return [{"industry_id": "I1", "standard": 2011, "code": code, "name": "x"}]


def test_panels_with_a_record_each_are_taken():
    assert refused(industries=industry("1310")) == ""


def test_a_panel_without_a_record_is_refused_with_the_step_that_dropped_the_last():
    message = refused(industries=industry("制造业"))
    assert message.startswith("No record of source mine is left for manufacturing, network. ")
    assert 'manufacturing: the step "keep manufacturing" of manufacturing drops all 1 records' in message
    assert "run.py check SOURCE=mine" in message


def test_panels_of_firms_outside_the_province_lead_to_the_province():
    message = refused(industries=industry("1310"), firms=[firm | {"province": "湖南省"} for firm in FIRMS])
    assert 'all_industry: the step "keep guangdong" of firms drops all 2 records that are left before it.' in message


def test_plots_outside_the_province_lead_to_the_step_of_land():
    message = refused(industries=industry("1310"), plots=[PLOTS[0] | {"supervision_number": "4301032012B00001"}])
    assert message.splitlines()[1].startswith(
        '  land: the step "keep recipients and period" of land drops all 1 records'
    )
