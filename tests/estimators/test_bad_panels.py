"""Bad panels and every estimating call: each says what is wrong and what to do, or states the limits of its result."""

import numpy as np
import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave.estimators import csdid, did, event_study, land, network, other_standard_errors, placebo

YEARS = range(2000, 2010)


def panel():
    """Twelve pairs, five of them treated from 2003, 2005 or 2006 on."""
    rng = np.random.default_rng(1)
    cells = pd.DataFrame({"helper": list("aaabbbcccddd"), "recipient": list("xyzxyzxyzxyz")})
    cells["cohort"] = pd.array([2003, 2003, 2005, 2005, 2006, *[pd.NA] * 7], dtype="Int64")
    cells = cells.merge(pd.DataFrame({"year": YEARS}), how="cross")
    return cells.assign(count=rng.poisson(2, len(cells)))


def twice(cells):
    return pd.concat([cells, cells.iloc[[5]]])


def changing(cells):
    cells.loc[3, "cohort"] = 2007
    return cells


def all_treated(cells):
    return cells[cells["cohort"].notna()]


def one_treated(cells):
    return cells[cells["cohort"].isna() | ((cells["helper"] == "a") & (cells["recipient"] == "x"))]


def too_early(cells):
    return cells.assign(cohort=cells["cohort"].where(cells["cohort"] != 2003, 1999))


def all_zero(cells):
    return cells.assign(count=0)


CALLS = {
    "twfe": lambda cells: did.twfe(cells, "count"),
    "event study": lambda cells: event_study.estimate(cells, "count", window=(-3, 3)),
    "few clusters": lambda cells: other_standard_errors.compute(cells, "count"),
    "jackknife": lambda cells: csdid.jackknife(cells, "count"),
    "averages": lambda cells: csdid.aggregate(cells, "count"),
    "att_gt": lambda cells: csdid.att_gt(cells, "count"),
    "event time": lambda cells: csdid.event_time(cells, "count"),
    "placebo": lambda cells: placebo.draws(cells, "count", 20, 1),
}
REFUSED = {
    (twice, None): "appears twice in the panel. Keep one row",
    (changing, None): "changes its 'cohort'. A unit has one first treated period",
    (all_treated, "csdid"): "never-treated unit to compare with",
    (one_treated, "averages"): "Only one unit is treated",
    (one_treated, "event time"): "Only one unit is treated",
    (one_treated, "few clusters"): "Only one unit is treated",
    (one_treated, "jackknife"): "needs three of them",
    (too_early, "csdid"): "no base period. Leave them out",
    (all_zero, None): "the same in every row",
    (too_early, "event study"): "no base period. Leave them out",
}
GROUP_TIME = {"averages", "att_gt", "event time", "jackknife"}
STATES_LIMITS = ("twfe", "event study", "few clusters")


def expected(fault, call):
    for (one, where), message in REFUSED.items():
        if one is fault and (where in (None, call) or (where == "csdid" and call in GROUP_TIME)):
            return message
    return None


@pytest.mark.parametrize("fault", [twice, changing, all_treated, one_treated, too_early, all_zero])
@pytest.mark.parametrize("call", CALLS)
def test_a_faulty_panel_is_refused_or_its_result_states_its_limits(fault, call):
    message = expected(fault, call)
    if message:
        with pytest.raises(EnclaveError, match=message):
            CALLS[call](fault(panel()))
        return
    made = CALLS[call](fault(panel()))
    if call in STATES_LIMITS:
        assert made.attrs["limits"], (fault.__name__, call)
    else:
        assert np.isfinite(made if call == "placebo" else made["estimate"]).all()


@pytest.mark.parametrize("call", STATES_LIMITS)
def test_a_sound_panel_has_no_limits_to_state(call):
    assert "limits" not in CALLS[call](panel()).attrs


def test_placebo_draws_without_an_untreated_unit_draw_dates_alone():
    drawn = placebo.draws(all_treated(panel()), "count", 20, 1)
    assert len(np.unique(drawn)) > 10


def test_an_empty_window_and_missing_distances_are_refused():
    with pytest.raises(EnclaveError, match="window 3 to 1 is empty"):
        event_study.estimate(panel(), "count", window=(3, 1))
    distances = panel().groupby(["helper", "recipient"])["count"].first().astype(float).rename("km")
    distances.iloc[2] = np.nan
    with pytest.raises(EnclaveError, match=r"has no .km.\. Give one number per unit"):
        did.twfe(panel(), "count", interaction=distances)


def test_land_and_network_refuse_what_they_cannot_count():
    plots = pd.DataFrame([(c, p, y) for c in "ab" for p in (0, 1) for y in range(2011, 2021)])
    plots = plots.set_axis(["county", "park", "year"], axis=1).assign(log_area=1.0)
    with pytest.raises(EnclaveError, match="the same in every row"):
        land.event_study(plots)
    links = pd.DataFrame({"investor": ["a", "a"], "investee": ["b", "b"], "year": 2000, "count": 1})
    with pytest.raises(EnclaveError, match="appears twice in the network"):
        network.density(links)
    with pytest.raises(EnclaveError, match="negative or missing"):
        network.density(links.head(1).assign(count=-1))
