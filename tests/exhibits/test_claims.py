"""The sixteen claims: one function each, true and false on results made by hand."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.estimators import land
from enclave.exhibits import claims, results


class Given(claims.Record):
    """A record whose panels and results are given instead of read."""

    def __init__(self, **given) -> None:
        super().__init__("by hand")
        self.__dict__["given"] = given

    def panel(self, name):
        return self.given[name]

    result = panel


def cells(**values):
    """Cells of a table from t<column>_<row>=(value, stars)."""
    rows = [(name[1], name[3:], "estimate", value, stars) for name, (value, stars) in values.items()]
    return pd.DataFrame(rows, columns=["column", "row", "statistic", "value", "stars"])


def path(estimates, half_width):
    """An event-study path from event time -> estimate with intervals of equal width."""
    frame = pd.DataFrame({"event_time": list(estimates), "estimate": list(estimates.values())})
    return frame.assign(conf_low=frame["estimate"] - half_width, conf_high=frame["estimate"] + half_width)


def pairs_panel(n_pairs, treated, years, cohort=2008):
    """Pairs numbered 0, 1, ..., the first of them treated from `cohort` on, with one link in each year."""
    rows = [(str(pair), "r", year, 1, cohort if pair < treated else pd.NA) for pair in range(n_pairs) for year in years]
    frame = pd.DataFrame(rows, columns=["helper", "recipient", "year", "count", "cohort"])
    return frame.astype({"cohort": "Int64"})


def noisy_panel(effect):
    """30 pairs over 10 years, 8 of them treated from 2005 on; every third cell has no link."""
    random = np.random.default_rng(1)
    panel = pairs_panel(30, 8, range(2000, 2010), cohort=2005)
    treat = (panel["year"] >= panel["cohort"].fillna(9999)).astype(int)
    return panel.assign(count=(random.poisson(4, len(panel)) + effect * treat) * (random.random(len(panel)) > 1 / 3))


TABLE_2 = cells(t1_treat=(1.4, "***"), t2_treat=(1.42, "***"), t3_treat=(0.3, "***"), t4_treat=(0.29, "***"))
TABLE_3 = {"t1_simple": (1.9, "**"), "t2_dynamic_pre_avg": (0.2, ""), "t2_dynamic_post_avg": (2.8, "**")}
TABLE_3 |= {"t3_calendar_avg": (1.5, "**"), "t4_group_avg": (1.9, "***")}
FLAT_THEN_UP = {time: 0.0 if time < 3 else 1.0 for time in range(-5, 11)}
PLACEBO = pd.DataFrame({"estimate": 5 * [-0.2, -0.1, 0.1, 0.2]})


def table_4(effect, slope):
    rows = {f"t{column}_treat": (effect, "") for column in range(1, 9)}
    rows |= {
        f"t{column}_treat_x_distance_{'boundary' if column < 3 else 'other'}": (slope, "") for column in range(1, 9)
    }
    return cells(**rows)


def figure_3(**changes):
    rows = [(year, threshold, (year - 1999) / threshold) for year in range(2000, 2019) for threshold in (1, 3, 5, 10)]
    frame = pd.DataFrame(rows, columns=["year", "threshold", "density"])
    for threshold, value in changes.items():
        frame.loc[frame["threshold"] == int(threshold[1:]), "density"] = value
    return frame


def figure_4(**changes):
    inside = dict.fromkeys(range(2011, 2021), 1.0) | {2014: 0.5, 2015: 0.4, 2016: 0.6}
    inside |= {int(year[1:]): value for year, value in changes.items()}
    return pd.DataFrame({"year": list(inside), "inside": list(inside.values())})


def counties(late, noise=0.0):
    """Ten counties over 2011 to 2020; the gap is `late` from 2017 on and 0 before 2014, and varies over counties."""
    rows = [(f"c{number}", park, year) for number in range(10) for park in (0, 1) for year in range(2011, 2021)]
    frame = pd.DataFrame(rows, columns=["county", "park", "year"])
    own = np.random.default_rng(2).normal(0, noise + 1e-3, len(frame))
    return frame.assign(log_area=own + frame["park"] * np.where(frame["year"] > 2016, late, 0.0))


YEARBOOK = pd.DataFrame({"recipient": ["r"], "year": 2000, "revenue": 1.0})
LAND = {-3: 0.1, -2: 0.0, -1: 0.0, 0: -0.4, 1: -0.5, 2: -0.3, 3: -0.1, 4: 0.0, 5: 0.1, 6: 0.0}
INDUSTRY = {f"t{column}_treat": (1.0, "*") for column in range(1, 9)}

BEFORE = {"manufacturing": noisy_panel(0), "yearbook": YEARBOOK}
CASES = [
    ("C01", {"manufacturing": pairs_panel(88, 13, range(2000, 2019)), "pairs": range(108)}, True),
    ("C01", {"manufacturing": pairs_panel(87, 13, range(2000, 2019)), "pairs": range(108)}, False),
    ("C02", {"manufacturing": pairs_panel(88, 13, [2000, 2018])}, True),
    ("C02", {"manufacturing": pairs_panel(88, 14, [2000, 2018])}, False),
    ("C03", {"all_industry": pairs_panel(107, 13, [2000]), "branches": pairs_panel(107, 13, [2000])}, True),
    ("C03", {"all_industry": pairs_panel(107, 13, [2000]), "branches": pairs_panel(106, 13, [2000])}, False),
    ("C04", {"table_2": TABLE_2}, True),
    ("C04", {"table_2": TABLE_2.assign(value=[1.4, 1.42, 0.3, 0.27])}, False),
    ("C05", {"figure_1": path(FLAT_THEN_UP, 0.5)} | BEFORE, True),
    ("C05", {"figure_1": path(FLAT_THEN_UP | {-4: -0.6}, 0.5)} | BEFORE, False),
    ("C06", {"figure_1": path(FLAT_THEN_UP, 0.5)}, True),
    ("C06", {"figure_1": path(FLAT_THEN_UP, 1.5)}, False),
    ("C06", {"figure_1": path(FLAT_THEN_UP | {0: 9.0}, 0.5)}, False),
    ("C07", {"manufacturing": noisy_panel(6), "table_2": TABLE_2, "table_3": cells(**TABLE_3)}, True),
    (
        "C07",
        {
            "manufacturing": noisy_panel(6),
            "table_2": TABLE_2,
            "table_3": cells(**TABLE_3 | {"t3_calendar_avg": (1.5, "")}),
        },
        False,
    ),
    (
        "C07",
        {
            "manufacturing": noisy_panel(6),
            "table_2": TABLE_2,
            "table_3": cells(**TABLE_3 | {"t2_dynamic_pre_avg": (0.2, "*")}),
        },
        False,
    ),
    (
        "C07",
        {
            "manufacturing": noisy_panel(6),
            "table_2": TABLE_2,
            "table_3": cells(**TABLE_3 | {"t1_simple": (-1.9, "**")}),
        },
        False,
    ),
    ("C08", {"table_2": TABLE_2, "figure_2": PLACEBO}, True),
    ("C08", {"table_2": TABLE_2, "figure_2": PLACEBO + 0.03}, False),
    ("C08", {"table_2": TABLE_2, "figure_2": PLACEBO * 1.6}, False),
    ("C09", {"table_4": table_4(2.7, -0.011)}, True),
    ("C09", {"table_4": table_4(2.7, 0.011)}, False),
    ("C10", {"table_4": table_4(2.691, -0.011)}, True),
    ("C10", {"table_4": table_4(2.691, -0.009)}, False),
    ("C11", {"table_5": cells(**INDUSTRY)}, True),
    ("C11", {"table_5": cells(**INDUSTRY | {"t5_treat": (1.0, "")})}, False),
    ("C12", {"figure_3": figure_3()}, True),
    ("C12", {"figure_3": figure_3(t10=9.0)}, False),
    ("C14", {"figure_4": figure_4()}, True),
    ("C14", {"figure_4": figure_4(y2017=0.5)}, False),
    ("C14", {"figure_4": figure_4(y2015=2.5)}, False),
    ("C15", {"figure_5": path(LAND, 0.2), "land": counties(0.0, 0.3)}, True),
    ("C15", {"figure_5": path(LAND, 0.2), "land": counties(0.9, 0.3)}, False),
    ("C15", {"figure_5": path(LAND, 0.2), "land": counties(-0.9, 0.3)}, False),
    ("C15", {"figure_5": path(LAND | {1: 0.1}, 0.2), "land": counties(0.0, 0.3)}, False),
]


@pytest.mark.parametrize(("name", "given", "holds"), CASES)
def test_a_claim_holds_or_fails_on_results_made_by_hand(name, given, holds):
    verdict, evidence = claims.TESTS[name](Given(**given))
    assert bool(verdict) is holds
    assert evidence.endswith(".")


@pytest.mark.parametrize(("effect", "holds"), [(6, True), (0, False)])
def test_the_panel_without_zeros_is_estimated_anew(effect, holds):
    given = Given(manufacturing=noisy_panel(effect), table_2=TABLE_2, yearbook=YEARBOOK)
    assert claims.zeros_do_not_drive_it(given)[0] is holds


def test_few_treated_pairs_late_give_no_negative_weight():
    assert claims.no_negative_weight(Given(manufacturing=pairs_panel(10, 2, range(2000, 2010))))[0] is True


def test_pairs_treated_almost_always_beside_late_ones_give_negative_weights():
    # Pair 0 is treated from 2001 on, the others from 2008 on. In 2008 and 2009 all are treated, so pair 0's residual is
    # 1 - 9/10 - 1 + mean: the mean over 5 pairs and 10 years is (9 + 4 x 2) / 50 = 0.34, and 0.1 - 1 + 0.34 < 0.
    panel = pairs_panel(5, 5, range(2000, 2010), cohort=2008)
    panel.loc[panel["helper"] == "0", "cohort"] = 2001
    holds, evidence = claims.no_negative_weight(Given(manufacturing=panel))
    assert holds is False
    assert evidence.startswith("2 of 17 treated cells have a negative weight")


def test_the_verdict_on_the_return_of_land_is_that_of_the_page():
    # the page on land compares the same years; the evidence has its number and its p value
    panel = counties(0.4, 0.3)
    asked = land.contrast(panel, [2017, 2018, 2019, 2020], [2011, 2012, 2013])
    _, evidence = claims.land_returns(Given(figure_5=path(LAND, 0.2), land=panel))
    assert f"{asked['estimate']:+.3f} from that of 2011 to 2013 (p = {asked['p_value']:.3f})" in evidence


def test_each_claim_of_the_paper_has_one_test_and_each_test_a_claim():
    assert list(facts.claims()["id"]) == list(claims.TESTS)
    assert len(set(claims.TESTS.values())) == 16


def test_a_missing_result_is_named_with_the_command_that_makes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    with pytest.raises(EnclaveError, match="table_2"):
        claims.controls_hardly_matter(claims.Record("twin"))


def test_a_table_without_the_cell_is_refused():
    with pytest.raises(EnclaveError, match="no one cell 2, treat"):
        claims.controls_hardly_matter(Given(table_2=TABLE_2.iloc[:1]))


def test_claims_are_written_and_read_back(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    frame = pd.DataFrame({"id": ["C01"], "holds": [True], "evidence": ["One, two."]})
    results.write(frame, "claims", "twin")
    pd.testing.assert_frame_equal(results.read("claims", "twin"), frame)
