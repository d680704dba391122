"""Other readings of the registers: hand-made stakes of which each reading counts another number, and the usual one."""

import numpy as np
import pandas as pd
import plain
import pytest

from enclave import panels
from enclave.base import terms
from enclave.base.errors import EnclaveError
from enclave.estimators import did
from enclave.exhibits import appendix_b
from enclave.facts import treated_pairs
from enclave_registers.cleaning import other_readings, pipeline, shareholders
from enclave_registers.intake import validate
from enclave_twin import write

FIRMS = 15_000


@pytest.fixture(scope="module", autouse=True)
def built(tmp_path_factory):
    """The panels of a small twin."""
    from conftest import rebase

    with pytest.MonkeyPatch.context() as patch:
        rebase(patch, tmp_path_factory.mktemp("alternatives"))
        write.registers("twin", firms=FIRMS)
        validate.store("twin")
        pipeline.build("twin")
        other_readings.build("twin")
        yield


@pytest.fixture(scope="module")
def readings(built):
    return panels.read("alternatives", "twin")


def test_our_reading_is_the_manufacturing_panel_itself(readings):
    ours = readings[readings["reading"] == terms.OURS].drop(columns="reading").reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, panels.read("manufacturing", "twin").drop(columns="cohort"), check_dtype=False)


def test_every_reading_is_a_balanced_panel_of_linked_pairs(readings):
    for reading, cells in readings.groupby("reading"):
        pairs = cells.groupby(["helper", "recipient"])["count"].agg(["size", "sum"])
        assert (pairs["size"] == len(panels.YEARS)).all(), reading
        assert (pairs["sum"] > 0).all(), reading


def total(readings, name):
    return readings.loc[readings["reading"] == name, "count"].sum()


def test_narrower_readings_count_no_more_links_and_wider_ones_no_fewer(readings):
    ours = total(readings, terms.OURS)
    for narrower in ("firms only", "known investors only", "firms counted once"):
        assert 0 < total(readings, narrower) < ours, narrower
    assert total(readings, "natural persons too") >= ours


def test_one_step_is_replaced_and_the_others_stay():
    usual = other_readings.steps(terms.OURS)
    assert usual == shareholders.STEPS
    dated = other_readings.steps("date of the firm")
    changed = [(old, new) for old, new in zip(usual, dated, strict=True) if old is not new]
    assert changed == [(shareholders.keep_the_period, other_readings.date_the_firm)]
    assert other_readings.steps("firms counted once") == [*usual, other_readings.count_firms_once]


def test_an_unknown_reading_is_refused_with_those_there_are():
    with pytest.raises(EnclaveError, match="date of the firm"):
        other_readings.steps("tea leaves")


def test_the_curve_holds_table_2_where_every_choice_is_ours(readings):
    controls = did.base_year_controls(panels.read("yearbook", "twin"))
    ours = readings[readings["reading"] == terms.OURS]
    made = appendix_b.curve(ours, controls, panels.read("pairs", "twin"), rules=[treated_pairs.DEFAULT_RULE]).set_index(
        ["outcome", "controls"]
    )
    panel = panels.read("manufacturing", "twin")
    for outcome, given in [("count", None), ("log_count", controls)]:
        row = did.twfe(panel, outcome, controls=given).iloc[0]
        found = made.loc[(outcome, "no" if given is None else "yes")]
        assert found[["estimate", "std_error"]].tolist() == pytest.approx(
            row[["estimate", "std_error"]].tolist(), rel=1e-10
        )


def test_the_order_of_rows_does_not_matter_to_the_curve(readings):
    controls = did.base_year_controls(panels.read("yearbook", "twin"))
    one = readings[readings["reading"] == "firms only"]
    shuffled = one.sample(frac=1, random_state=1)
    pairs = panels.read("pairs", "twin")
    first, second = (appendix_b.curve(frame, controls, pairs, ["city_level"]) for frame in (one, shuffled))
    pd.testing.assert_frame_equal(first, second, rtol=1e-9)


def test_forms_of_the_outcome_are_what_their_names_say():
    cells = pd.DataFrame({"count": [0, 1, 3]})
    made = appendix_b.with_forms(cells)
    assert made["any_link"].tolist() == [0, 1, 1]
    # asinh(3) = ln(3 + sqrt(10))
    assert made["asinh_count"].round(6).tolist() == [0.0, 0.881374, 1.818446]
    assert list(cells) == ["count"]


def test_the_default_rule_takes_the_cohorts_of_the_source(readings):
    pairs = panels.read("pairs", "twin").assign(cohort=pd.NA)
    pairs.loc[3, "cohort"] = 2010
    cells = readings[readings["reading"] == terms.OURS]
    made = appendix_b.with_cohorts(cells, treated_pairs.DEFAULT_RULE, pairs.astype({"cohort": "Int64"}))
    treated = made[made["cohort"].notna()].drop_duplicates(["helper", "recipient"])
    expected = cells.merge(pairs.loc[[3], ["helper", "recipient"]])
    assert len(treated) == (len(expected) > 0)
    assert len(appendix_b.with_cohorts(cells, "city_level", pairs)["cohort"].dropna()) > len(treated)


def test_small_sample_conventions_move_errors_and_no_estimate(readings):
    controls = did.base_year_controls(panels.read("yearbook", "twin"))
    panel = panels.read("manufacturing", "twin")
    made = appendix_b.conventions(panel, controls).set_index("convention")
    assert list(made.index) == list(did.CONVENTIONS)
    assert (made.loc["areg"] > made.loc["reghdfe"]).all()
    assert (made.loc["clusters"] > made.loc["none"]).all()


def test_city_by_year_effects_agree_with_all_dummies_written_out(readings):
    panel = panels.read("manufacturing", "twin")
    made = appendix_b.richer_effects(panel).query("outcome == 'count'").set_index("effects")["estimate"]
    treat = did.treated(panel, "year", "cohort").to_numpy()
    unit = plain.dummies(panel["helper"] + panel["recipient"])
    year = panel["year"].astype(str)
    for name, cities in [
        ("pair and year", []),
        ("and helper by year", ["helper"]),
        ("and both", ["helper", "recipient"]),
    ]:
        further = [plain.dummies(panel[city] + year) for city in cities]
        design = np.column_stack([treat, unit, plain.dummies(year), *further])
        slope = np.linalg.lstsq(design, panel["count"].to_numpy(float), rcond=None)[0][0]
        assert made[name] == pytest.approx(slope, abs=1e-8), name
    assert made["pair and year"] == pytest.approx(did.twfe(panel, "count")["estimate"].item())
