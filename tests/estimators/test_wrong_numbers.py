"""Codings and designs that gave a wrong number in silence, or a raw error, in this book or in other programs."""

import importlib
import subprocess
import sys

import numpy as np
import pandas as pd
import plain
import pytest
import simulated

from enclave.base.errors import EnclaveError
from enclave.base.terms import CONTROLS
from enclave.estimators import (
    batch,
    csdid,
    decomposition,
    did,
    distance,
    event_study,
    jackknife,
    land,
    network,
    other_standard_errors,
    panel_checks,
    placebo,
    poisson,
)
from enclave.exhibits import table_1
from enclave.panels import Panels, balance

NEVER = {"infinite": np.inf, "9999": 9999, "the year after the last": 2012}


@pytest.fixture
def made():
    """40 pairs from 2000 to 2011, ten of them treated in 2004, 2005 or 2006."""
    return simulated.panel()


def counts(rows):
    """A panel of units from lists of counts: name, first treated year, counts of the years 1, 2, 3 ..."""
    cells = [(name, year, first, value) for name, first, *values in rows for year, value in enumerate(values, start=1)]
    panel = pd.DataFrame(cells, columns=["unit", "year", "cohort", "links"])
    return panel.astype({"cohort": "Int64"})


# C1 and C2, D1: separation and absorbed treatments of Poisson


def test_poisson_refuses_a_treatment_that_begins_for_all_in_one_year():
    # Year effects are the treatment; Poisson would drop a dummy and call the growth of all units an effect.
    panel = counts([("a", 3, 1, 2, 4, 5), ("b", 3, 2, 2, 6, 7), ("c", 3, 3, 1, 5, 9)])
    with pytest.raises(EnclaveError, match=r"explain all of 'treat'"):
        poisson.twfe(panel, "links", unit="unit")
    with pytest.raises(EnclaveError, match=r"explain all of 'treat'"):
        did.twfe(panel, "links", unit="unit")


@pytest.mark.parametrize(("before", "after"), [((0, 0), (4, 5)), ((4, 5), (0, 0))], ids=["zero before", "zero after"])
def test_poisson_refuses_treated_units_that_are_zero_on_one_side(before, after):
    # The mean of a and b on that side is estimated by zero, so its logarithm, and the effect, have no limit.
    panel = counts(
        [("a", 3, *before, *after), ("b", 3, *before, *after), ("c", None, 3, 2, 4, 3), ("d", None, 1, 2, 2, 1)]
    )
    with pytest.raises(EnclaveError, match=r"no finite estimate.*separation.*'cohort'"):
        poisson.twfe(panel, "links", unit="unit")


def test_a_treated_unit_without_counts_before_counts_where_another_has_some():
    # Years 1 and 2 have no effect, 3 and 4 the same one, s; treated means grow by r = s exp(beta). Poisson meets the
    # totals of units (8, 18, 20), of treated rows (20) and of years (8, 8, 15, 15): with A, B, C the means before,
    # 2A (1 + r) = 8, 2B (1 + r) = 18, (A + B) r = 10, so 13 r = 10 (1 + r), r = 10/3, A + B = 3, C = 5 and s = 1.
    panel = counts([("a", 3, 0, 0, 4, 4), ("b", 3, 3, 3, 6, 6), ("c", None, 5, 5, 5, 5)])
    found = poisson.twfe(panel, "links", unit="unit").iloc[0]
    assert found["estimate"] == pytest.approx(np.log(10 / 3), abs=1e-6)
    assert found["dropped"] == 0


def test_poisson_drops_units_and_years_without_a_positive_count_as_before():
    panel = counts([("a", 3, 3, 3, 6, 6), ("b", None, 5, 5, 5, 5), ("z", None, 0, 0, 0, 0)])
    found = poisson.twfe(panel, "links", unit="unit").iloc[0]
    assert found["estimate"] == pytest.approx(np.log(2), abs=1e-6)
    assert (found["n"], found["dropped"]) == (8, 4)


# C3, C4, C8, C12: the land panel


@pytest.fixture
def plots():
    """12 counties, inside and outside a park, 2011 to 2020."""
    counties = [f"4402{number:02d}" for number in range(12)]
    rows = pd.MultiIndex.from_product([counties, [0, 1], range(2011, 2021)], names=land.KEYS).to_frame(index=False)
    return rows.assign(log_area=np.random.default_rng(5).normal(3, 1, len(rows)), people=1.0)


def gap(plots):
    """Mean over counties of the inside less the outside, by year."""
    sides = [plots[plots["park"] == side].groupby("year")["log_area"].mean() for side in (1, 0)]
    return sides[0] - sides[1]


@pytest.mark.parametrize("kind", [float, str, "Int64", "category"])
def test_a_contrast_of_land_is_the_same_with_years_of_any_type(plots, kind):
    mean = gap(plots)
    expected = mean[[2014, 2015]].mean() - mean[[2011, 2012]].mean()
    coded = plots.assign(year=plots["year"].astype(kind))
    for years, base in [
        ([2014, 2015], [2011, 2012]),
        ([2014.0, 2015], [2011.0, 2012.0]),
        (["2014", "2015"], ["2011", "2012"]),
    ]:
        found = land.contrast(coded, years, base)
        assert found["estimate"] == pytest.approx(expected, abs=1e-9)
        assert found["std_error"] > 0.1


@pytest.mark.parametrize(("base_year", "window"), [(2012, (-3, 6)), (2013, (-2, 2)), (2016, (-2, 2))])
def test_land_is_compared_with_the_base_year_alone_whatever_the_window(plots, base_year, window):
    mean = gap(plots)
    found = land.event_study(plots, base_year=base_year, window=window).set_index("event_time")["estimate"]
    expected = {year - base_year - 1: mean[year] - mean[base_year] for year in mean.index}
    assert len(found) > 3
    np.testing.assert_allclose(found, [expected[since] for since in found.index], atol=1e-9)


def test_land_with_one_side_only_is_refused_and_does_not_end_the_process(plots):
    for lonely in (plots[plots["park"] == 1], plots[(plots["park"] == 1) | (plots["year"] == 2013)]):
        with pytest.raises(EnclaveError, match=r"no county with an inside and an outside .'park'"):
            land.event_study(lonely)


def test_a_county_with_one_side_tells_nothing_about_land(plots):
    half = plots[(plots["county"] != "440203") | (plots["park"] == 1)]
    pd.testing.assert_frame_equal(land.event_study(half), land.event_study(plots[plots["county"] != "440203"]))


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf, "many"])
def test_a_land_weight_that_is_no_positive_number_is_refused_by_name(plots, weight):
    wrong = plots.astype({"people": object})
    wrong.loc[3, "people"] = weight
    with pytest.raises(EnclaveError, match=r"440200, 0, 2014 has no weight in 'people'. Weights are positive"):
        land.event_study(wrong, weights="people")


def test_land_takes_counties_as_numbers_and_any_unit_of_area(plots):
    expected = land.event_study(plots)
    pd.testing.assert_frame_equal(land.event_study(plots.astype({"county": int})), expected)
    size = 1e7
    larger = land.event_study(plots.assign(log_area=plots["log_area"] * size))
    numbers = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(larger[numbers] / size, expected[numbers], atol=1e-9)


# C5: distances


def test_a_treated_pair_without_a_distance_is_named_and_does_not_become_untreated(made):
    km = simulated.distances(made).rename("km")
    km.iloc[0] = np.nan
    with pytest.raises(EnclaveError, match=r"h0, r0 has no 'km'"):
        distance.effect_by_bin(made, "y", km, [1, 2])
    with pytest.raises(EnclaveError, match=r"h0, r0 .*has no 'km'"):
        distance.effect_over_distance(made, "y", km, [1])


def test_distances_are_found_by_the_names_of_their_levels(made):
    km = simulated.distances(made).rename("km")
    turned = km.reorder_levels(["recipient", "helper"])
    pd.testing.assert_frame_equal(did.twfe(made, "y", interaction=turned), did.twfe(made, "y", interaction=km))


# C6, D3, D4: codings of never treated


ALL = {
    "batch.twfe": lambda p: batch.twfe(p, ["y"]),
    "csdid.aggregate": lambda p: csdid.aggregate(p, "y"),
    "csdid.jackknife": lambda p: csdid.jackknife(p, "y"),
    "decomposition.cell_weights": lambda p: decomposition.cell_weights(p).drop(columns="cohort"),
    "decomposition.contamination": decomposition.contamination,
    "decomposition.goodman_bacon": lambda p: decomposition.goodman_bacon(p, "y"),
    "did.twfe": lambda p: did.twfe(p, "y"),
    "event_study.estimate": lambda p: event_study.estimate(p, "y"),
    "event_study.estimate, free": lambda p: event_study.estimate(p, "y", outside="free"),
    "event_study.interaction_weighted": lambda p: event_study.interaction_weighted(p, "y"),
    "jackknife.leave_one_out": lambda p: jackknife.leave_one_out(p, lambda one: did.twfe(one, "y")["estimate"].iloc[0]),
    "other_standard_errors.compute": lambda p: other_standard_errors.compute(p, "y"),
    "placebo.draws": lambda p: pd.Series(placebo.draws(p, "y", 20, 1)),
    "poisson.growth": poisson.growth,
    "poisson.linear_log_factor": lambda p: pd.Series([poisson.linear_log_factor(p)]),
    "poisson.twfe": lambda p: poisson.twfe(p, "count"),
}


@pytest.mark.parametrize("never", NEVER.values(), ids=NEVER.keys())
@pytest.mark.parametrize("call", ALL)
def test_a_first_treated_year_after_the_last_means_never_treated_everywhere(made, call, never):
    coded = made.assign(cohort=made["cohort"].astype("Float64").fillna(never))
    same = pd.testing.assert_series_equal if isinstance(ALL[call](made), pd.Series) else pd.testing.assert_frame_equal
    same(ALL[call](coded), ALL[call](made))


@pytest.mark.parametrize("never", [0, -1, 999, "never"])
@pytest.mark.parametrize("call", ALL)
def test_zero_and_words_for_never_treated_are_refused_with_the_remedy_everywhere(made, call, never):
    coded = made.assign(cohort=made["cohort"].astype(object).where(made["cohort"].notna(), never))
    with pytest.raises(EnclaveError, match=r"'cohort'.*(leave 'cohort' missing|nothing for never treated)"):
        ALL[call](coded)


def test_zero_is_a_first_treated_period_where_periods_begin_below_it():
    panel = counts([("a", 3, 1, 1, 5, 5), ("b", None, 1, 2, 3, 4)])
    before = did.twfe(panel, "links", unit="unit")
    moved = panel.assign(year=panel["year"] - 3, cohort=panel["cohort"] - 3)
    pd.testing.assert_frame_equal(did.twfe(moved, "links", unit="unit"), before)


def test_weights_of_a_design_with_one_date_and_never_treated_units_are_never_negative_however_coded():
    # 4 units, 2 treated in year 3 of 4: residuals of treated cells are (1 - 1/2)(1 - 1/2) > 0.
    panel = counts([("a", 3, 1, 2, 3, 4), ("b", 3, 2, 2, 2, 3), ("c", None, 1, 1, 1, 2), ("d", None, 0, 1, 0, 1)])
    late = panel.assign(cohort=panel["cohort"].fillna(99))
    for one in (panel, late):
        weights = decomposition.cell_weights(one, unit="unit")
        assert (weights.loc[weights["treat"] == 1, "weight"] == 0.25).all()


def test_table_1_and_the_list_of_pairs_follow_the_same_rule(made):
    yearbook = made[["recipient", "year"]].drop_duplicates().assign(**dict.fromkeys(CONTROLS, 1.0))
    coded = made.assign(cohort=made["cohort"].astype("Float64").fillna(np.inf))
    tables = [
        table_1.make(Panels("twin", {"manufacturing": one, "yearbook": yearbook}.__getitem__)) for one in (made, coded)
    ]
    pd.testing.assert_frame_equal(*tables)
    treated = pd.DataFrame({"helper": ["440100"], "recipient": ["441600"], "cohort": [0], "park": ["a"]})
    with pytest.raises(EnclaveError, match=r"440100, 441600 has a number in 'cohort'"):
        balance.pairs(treated)
    assert balance.pairs(treated.assign(cohort="2008"))["cohort"].dropna().tolist() == [2008]


# C7, D2: size


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1e6, 1e12])
def test_estimates_grow_with_the_outcome_and_p_values_stay(made, size):
    larger = made.assign(y=made["y"] * size)
    for call in (did.twfe, csdid.aggregate, event_study.estimate, other_standard_errors.compute):
        before, after = call(made, "y"), call(larger, "y")
        grows = [column for column in ("estimate", "std_error") if column in before]
        np.testing.assert_allclose(after[grows] / size, before[grows], rtol=1e-8, atol=1e-10)
        if "p_value" in before:
            np.testing.assert_allclose(after["p_value"], before["p_value"], rtol=1e-6)
    t_before, t_after = (placebo.draws(one, "y", 30, 1, statistic="t") for one in (made, larger))
    assert np.isfinite(t_before).all()
    np.testing.assert_allclose(t_after, t_before, rtol=1e-8)


@pytest.mark.parametrize("size", [1e-12, 1e12])
def test_the_unit_of_a_distance_and_of_a_weight_changes_no_test(made, size):
    km, heavy = simulated.distances(made), made.assign(people=np.arange(1.0, len(made) + 1))
    before = did.twfe(heavy, "y", interaction=km, weights="people")
    after = did.twfe(heavy.assign(people=heavy["people"] * size), "y", interaction=km * size, weights="people")
    np.testing.assert_allclose(after["statistic"], before["statistic"], rtol=1e-6)


# C8: values that are missing or infinite


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["weights", "interaction", "controls", "outcome"])
def test_a_value_that_is_missing_or_infinite_is_refused_wherever_it_is(made, where, value):
    people, km, controls = pd.Series(1.0, index=made.index), simulated.distances(made), simulated.controls(made)
    outcome = made["y"].copy()
    given = {"weights": people, "interaction": km, "controls": controls["beds"], "outcome": outcome}[where]
    given.iloc[2] = value
    controls["beds"] = given if where == "controls" else controls["beds"]
    names = {"weights": "people", "interaction": "distance", "controls": "beds", "outcome": "y"}
    with pytest.raises(EnclaveError, match=f"'{names[where]}'"):
        did.twfe(made.assign(people=people, y=outcome), "y", weights="people", interaction=km, controls=controls)


def test_infinite_regressors_do_not_end_the_process():
    # pyfixest would abort Python here, so this runs in a process of its own
    code = (
        "import numpy as np, pandas as pd\n"
        "from enclave.estimators import did\nfrom enclave.base.errors import EnclaveError\n"
        "terms = pd.DataFrame({'treat': [0, 1, 0, np.inf]})\n"
        "try:\n did.fit(pd.Series([1.0, 2, 3, 5]), terms, pd.DataFrame({'u': [1, 1, 2, 2]}), pd.Series([1, 2, 1, 2]))\n"
        "except EnclaveError as fault:\n print(fault)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "missing or infinite" in ran.stdout


# C9: always treated units


def test_units_treated_from_the_first_year_do_not_enter_an_event_study(made):
    always = made["helper"].eq("h4") & made["recipient"].eq("r7")
    for first in (2000, 1995):
        coded = made.assign(cohort=made["cohort"].mask(always, first))
        for outside in event_study.OUTSIDE:
            with pytest.raises(EnclaveError, match=r"h4, r7, treated in 2000 or before, has no base period. Leave"):
                event_study.estimate(coded, "y", outside=outside)
        with pytest.raises(EnclaveError, match=r"no base period"):
            csdid.att_gt(coded, "y", control_group="not_yet_treated")
        assert "every period" in " ".join(did.twfe(coded, "y").attrs["limits"])


def test_left_out_always_treated_units_leave_group_time_effects_right(made):
    # The comparison of the not yet treated by hand: 2004 cohort in 2004 against units not treated by 2004.
    always = made["helper"].eq("h4") & made["recipient"].eq("r7")
    kept = made[~always]
    change = kept[kept["year"] == 2004].set_index(["helper", "recipient"])["y"]
    change = change - kept[kept["year"] == 2003].set_index(["helper", "recipient"])["y"]
    first = kept.drop_duplicates(["helper", "recipient"]).set_index(["helper", "recipient"])["cohort"]
    later = first.isna() | (first > 2004)
    expected = change[(first == 2004).fillna(False)].mean() - change[later.fillna(True)].mean()
    found = csdid.att_gt(kept, "y", control_group="not_yet_treated").set_index(["cohort", "year"])["estimate"]
    assert found[2004, 2004] == pytest.approx(expected, abs=1e-10)


# no estimate with an error of zero


def test_an_estimate_that_no_pair_changes_has_no_error_and_no_p_value():
    found = jackknife.standard_error(pd.DataFrame({"estimate": [0.0, 0.0, 0.0], "change": [0.0, 0.0, 0.0]}))
    assert found["estimate"] == 0
    assert found[["std_error", "p_value", "conf_low"]].isna().all()


# C10: names


def test_columns_may_have_the_names_that_estimators_use_inside(made):
    one = made.assign(unit=made["helper"] + made["recipient"])
    expected = did.twfe(one, "y", unit="unit")["estimate"].item()
    for unit, time, cohort in [("unit", "weight", "cohort"), ("outcome", "year", "treat"), ("treat", "unit", "first")]:
        coded = one[["unit", "year", "cohort", "y"]].set_axis([unit, time, cohort, "y"], axis=1)
        names = {"unit": unit, "time": time, "cohort": cohort}
        assert did.twfe(coded, "y", **names)["estimate"].item() == pytest.approx(expected, abs=1e-12)
        assert placebo.balanced(coded, "y", **names)[0].shape == (40, 12)
        assert csdid.att_gt(coded, "y", **names).columns[:2].tolist() == [cohort, time]


def test_a_column_that_is_not_there_is_named_by_every_function(made):
    for call in (did.treated, event_study.event_time, panel_checks.ever_treated):
        for time, cohort in [("sid", "cohort"), ("year", "sid")]:
            with pytest.raises(EnclaveError, match=r"no column 'sid'. Name its columns in `unit`, `time` and `cohort`"):
                call(made, time, cohort)
    with pytest.raises(EnclaveError, match=r"no column 'year'"):
        did.base_year_controls(made[["recipient"]])


def test_a_name_that_a_result_needs_for_itself_is_refused(made):
    coded = made.rename(columns={"year": "event_time", "cohort": "estimate"})
    with pytest.raises(EnclaveError, match=r"has a column 'event_time' of its own. Rename"):
        csdid.att_gt(coded, "y", time="event_time", cohort="estimate")
    with pytest.raises(EnclaveError, match=r"has a column 'weight' of its own. Rename"):
        decomposition.cell_weights(made.rename(columns={"year": "weight"}), time="weight")
    with pytest.raises(EnclaveError, match=r"several columns 'y'"):
        did.twfe(pd.concat([made, made[["y"]]], axis=1), "y")
    with pytest.raises(EnclaveError, match=r"Name a column of its own for each"):
        did.twfe(made, "y", time="cohort")


# C11: networks


def test_a_link_of_a_city_with_itself_is_refused_and_not_counted():
    links = pd.DataFrame({"investor": ["a", "a"], "investee": ["b", "a"], "year": 2000, "count": 4})
    for call in (network.density, lambda rows: network.further_looks(rows, ["a"])):
        with pytest.raises(EnclaveError, match=r"a, a, 2000 is a link of a city with itself.*Leave it out"):
            call(links)


def test_cities_named_by_numbers_are_not_taken_for_the_cities_without_a_row():
    # 2 of 5 * 4 possible links; the cities 0 and 1 are two of the five
    for names in ([0, 1], ["a", "b"], [3, 4]):
        links = pd.DataFrame({"investor": names, "investee": names[::-1], "year": "2000", "count": 4})
        found = network.density(links, thresholds=[1], n_nodes=5)
        assert found["density"].tolist() == [0.1]
        assert found["year"].tolist() == [2000]


# C12, D6: types


@pytest.mark.parametrize("kind", ["datetime64[ns]", "period", "text", "float", "category", "object"])
def test_years_of_any_type_give_the_same_numbers(made, kind):
    text = made["year"].astype(str)
    years = {
        "datetime64[ns]": pd.to_datetime(text + "-12-31"),
        "period": pd.PeriodIndex(text, freq="Y"),
        "text": text,
        "float": made["year"] * 1.0,
        "category": text.astype("category"),
        "object": made["year"].astype(object),
    }[kind]
    coded = made.assign(year=years)
    pd.testing.assert_frame_equal(did.twfe(coded, "y"), did.twfe(made, "y"))
    pd.testing.assert_frame_equal(csdid.att_gt(coded, "y"), csdid.att_gt(made, "y"))
    assert did.treated(coded, "year", "cohort").tolist() == did.treated(made, "year", "cohort").tolist()


def test_months_given_as_dates_are_refused_and_no_row_is_called_a_duplicate(made):
    months = pd.to_datetime("2001-" + (made["year"] - 1999).astype(str) + "-01")
    with pytest.raises(EnclaveError, match=r"dates in 'year' are several a year. Number the periods"):
        did.twfe(made.assign(year=months), "y")


def test_a_year_that_is_a_word_is_refused_by_the_name_of_its_column(made):
    with pytest.raises(EnclaveError, match=r"Row 1 .*has no period in 'year'. Give whole numbers"):
        did.twfe(made.assign(year="y" + made["year"].astype(str)), "y")


# D5, D7: waves and gaps


@pytest.mark.parametrize(
    ("years", "cohorts"), [(range(2000, 2012, 2), (2005, 2007)), ((2000, 2001, 2002, 2005, 2006, 2008), (2005, 2007))]
)
def test_a_treatment_between_two_waves_begins_in_the_next_wave(years, cohorts):
    rng = np.random.default_rng(2)
    units = pd.DataFrame({"unit": range(12), "cohort": pd.array([*cohorts] * 3 + [pd.NA] * 6, dtype="Int64")})
    panel = units.merge(pd.DataFrame({"year": years}), how="cross")
    panel["y"] = rng.normal(size=len(panel))
    wide = panel.pivot(index="unit", columns="year", values="y")
    first = units["cohort"]
    found = csdid.att_gt(panel, "y", unit="unit").set_index(["cohort", "year"])["estimate"]
    for cohort in cohorts:
        base = max(year for year in years if year < cohort)
        for year in [year for year in years if year > cohort]:
            change = wide[year] - wide[base]
            expected = change[(first == cohort).fillna(False)].mean() - change[first.isna()].mean()
            assert found[cohort, year] == pytest.approx(expected, abs=1e-10)
    means = csdid.jackknife(panel, "y", unit="unit")["estimate"]
    np.testing.assert_allclose(means, csdid.aggregate(panel, "y", unit="unit")["estimate"], atol=1e-10)


def test_a_cohort_without_a_row_at_the_base_is_named_with_the_missing_period():
    panel = simulated.panel()
    panel = panel[panel["year"] != 2004]
    with pytest.raises(EnclaveError, match=r"no row of the cohort 2005 at the base -1, which is 'year' = 2004"):
        event_study.interaction_weighted(panel, "y")


def test_where_balance_is_needed_the_first_message_says_to_leave_out_the_unit(made):
    never = made["cohort"].isna().to_numpy().nonzero()[0][0]
    gap_ = made.assign(y=made["y"].mask(made.index == never))
    with pytest.raises(EnclaveError, match=r"has no number in 'y'. Fill the gap, or leave out all rows of the unit"):
        csdid.aggregate(gap_, "y")
    with pytest.raises(EnclaveError, match=r"has none in 2000. Fill the gap, or leave out all rows of the unit"):
        csdid.aggregate(made.drop(index=never), "y")
    with pytest.raises(EnclaveError, match=r"no never-treated unit to compare with"):
        csdid.aggregate(made[made["cohort"].notna()], "y")


@pytest.mark.parametrize("call", ["cell_weights", "goodman_bacon"])
def test_weights_that_add_up_in_balanced_panels_alone_are_refused_with_gaps(made, call):
    arguments = ["y"] if call == "goodman_bacon" else []
    with pytest.raises(EnclaveError, match=r"need a balanced panel"):
        getattr(decomposition, call)(made.drop(index=7), *arguments)


# what reghdfe's rule says of clusters that are coarser than units


def test_errors_by_helper_do_not_count_unit_effects_which_are_nested_in_helpers(made):
    # reghdfe: factor G / (G - 1) (N - 1) / (N - K), K the treatment, 11 years and the constant, for nested effects
    unit = made.groupby(["helper", "recipient"]).ngroup().to_numpy()
    treat = did.treated(made, "year", "cohort").to_numpy()
    dummies = np.column_stack([treat, pd.get_dummies(made["year"]).iloc[:, 1:], pd.get_dummies(unit)]).astype(float)
    beta = np.linalg.lstsq(dummies, made["y"].to_numpy(), rcond=None)[0]
    left = made["y"].to_numpy() - dummies @ beta
    bread = np.linalg.pinv(dummies.T @ dummies)[0]
    scores = pd.Series((dummies @ bread) * left).groupby(made["helper"].to_numpy()).sum()
    groups, n, k = 5, len(made), 1 + 11 + 1
    expected = np.sqrt(groups / (groups - 1) * (n - 1) / (n - k) * (scores**2).sum())
    found = other_standard_errors.compute(made, "y").set_index("method")["std_error"]
    assert found["by helper"] == pytest.approx(expected, rel=1e-9)


# seeds


def renamed(panel):
    """The panel with other names of pairs, which sort in another order, and with its rows in another order."""
    turned = panel.assign(helper=9 - panel["helper"].str[1:].astype(int), recipient=panel["recipient"].map(str.upper))
    return turned.sample(frac=1, random_state=4)


def test_what_a_seed_gives_does_not_depend_on_how_units_are_named_or_ordered(made):
    other = renamed(made)
    for options in ({}, {"dates": "permuted", "statistic": "t"}):
        drawn = [placebo.draws(one, "y", 30, 7, **options) for one in (made, other)]
        assert len(np.unique(drawn[0])) == 30
        np.testing.assert_array_equal(*drawn)
    joint = [placebo.pretrend_draws(one, "y", 5, 7) for one in (made, other)]
    np.testing.assert_allclose(*joint, rtol=1e-9)
    errors = [csdid.aggregate(one, "y", bootstrap=50, seed=3)["std_error"] for one in (made, other)]
    np.testing.assert_allclose(*errors, rtol=1e-9)


def test_random_numbers_in_the_order_of_names_depend_on_names(made):
    drawn = [placebo.draws(one, "y", 30, 7, order="names") for one in (made, renamed(made))]
    assert not np.allclose(*drawn)


def test_size_is_one_for_ordinary_numbers_and_a_power_of_two_for_others():
    assert [panel_checks.size_of([value]) for value in (0.0, 1.0, -900.0)] == [1.0] * 3
    for value in (1e-12, 3e5, 1e12):
        exponent = np.log2(panel_checks.size_of([value]))
        assert exponent == int(exponent)
        assert 2.0**-11 <= value / panel_checks.size_of([value]) <= 2.0**11


def test_plain_numpy_agrees_where_the_outcome_is_tiny(made):
    unit = made.groupby(["helper", "recipient"]).ngroup()
    treat = did.treated(made, "year", "cohort")
    estimate, error, _ = plain.twfe(made["y"], [treat], unit, made["year"])
    found = did.twfe(made.assign(y=made["y"] * 1e-12), "y").iloc[0]
    assert found["estimate"] * 1e12 == pytest.approx(np.ravel(estimate)[0], rel=1e-8)
    assert found["std_error"] * 1e12 == pytest.approx(np.ravel(error)[0], rel=1e-8)


def test_the_rule_is_stated_in_the_module_that_all_estimators_read():
    stated = importlib.import_module("enclave.estimators.panel_checks").__doc__
    for word in ("Cohort", "9999", "date", "Gaps", "Weights are positive", "Size", "Seeds"):
        assert word in stated
