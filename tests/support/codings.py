"""Designs of panels, the ways in which people code them, and a call of every public estimator."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal

import numpy as np
import pandas as pd

from enclave import estimators
from enclave.estimators import (
    batch,
    city_totals,
    cohort_range,
    csdid,
    decomposition,
    did,
    distance,
    error_ladder,
    event_paths,
    event_study,
    exact_t,
    few_clusters,
    few_treated,
    jackknife,
    land,
    land_poisson,
    network,
    other_standard_errors,
    placebo,
    poisson,
    poisson_growth,
    spillovers,
    two_stages,
    whole_assignments,
)
from enclave.estimators.compare import paths
from enclave.estimators.panel_checks import order_by_data

PAIR = ("helper", "recipient")
# first parameters by which a function takes observations
PANELS = {"panel", "land", "network"}
# what estimators share: no estimators
SHARED = {
    *("coded_columns", "cohort_weights", "demeaned", "group_time", "joint_test", "least_favorable", "one_design"),
    *("panel_checks", "regressors", "separation"),
}


def public() -> list[str]:
    """Every public function of the estimators that takes a panel, as module.function."""
    found = []
    for module in (each.name for each in pkgutil.iter_modules(estimators.__path__) if each.name not in SHARED):
        loaded = importlib.import_module(f"enclave.estimators.{module}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            first = next(iter(inspect.signature(function).parameters), None)
            own = function.__module__ == loaded.__name__ or name in getattr(loaded, "__all__", ())
            if own and name[0] != "_" and first in PANELS:
                found.append(f"{module}.{name}")
    return found


@dataclass(frozen=True)
class Given:
    """What estimators are given: a panel of pairs, a land panel and a network, and their further arguments.

    `unit`, `time` and `cohort` are the names of columns; `size` is what outcomes were multiplied by; `first_names` maps
    the names of units back to those of the design.
    """

    panel: pd.DataFrame
    land: pd.DataFrame
    network: pd.DataFrame
    km: pd.Series
    controls: pd.DataFrame
    years: list[int]
    outcome: str = "y"
    links: str = "links"
    weights: str = "people"
    unit: tuple[str, str] = PAIR
    time: str = "year"
    cohort: str = "cohort"
    size: float = 1.0
    first_names: dict = field(default_factory=dict)

    @property
    def names(self) -> dict:
        return {"unit": self.unit, "time": self.time, "cohort": self.cohort}


def design(*, years: list[int], starts: list, kept: list[int], seed: int) -> Given:
    """A panel with a unit for each of `starts`, its first treated year (None: never treated).

    `kept` are numbers of rows to leave out (modulo the number of rows); `seed` draws outcomes.
    """
    rng, units = np.random.default_rng(seed), len(starts)
    pairs = [(f"h{number % 3}", f"r{number // 3}") for number in range(units)]
    names = pd.DataFrame(pairs, columns=PAIR)
    names["cohort"] = pd.array(starts, dtype="Int64")
    panel = names.merge(pd.DataFrame({"year": years}), how="cross")
    panel["y"] = rng.normal(size=len(panel)) + np.repeat(rng.normal(0, 3, units), len(years))
    panel["links"] = rng.poisson(1.2, len(panel))
    panel["row"] = range(len(panel))
    panel["people"] = rng.uniform(0.5, 2, len(panel))
    panel = panel.drop(index=[number % len(panel) for number in kept]).reset_index(drop=True)
    km = pd.Series(rng.uniform(20, 300, units), index=pd.MultiIndex.from_frame(names[[*PAIR]]), name="km")
    recipients = sorted(set(names["recipient"]))
    controls = pd.DataFrame({"recipient": recipients, "revenue": rng.normal(900, 200, len(recipients))})
    return Given(panel, _land(years, rng), _network(years, rng), km, controls, years)


def _land(years: list[int], rng: np.random.Generator) -> pd.DataFrame:
    keys = pd.MultiIndex.from_product([["h0", "h1", "r0", "r1"], [0, 1], years], names=land.KEYS).to_frame(index=False)
    return keys.assign(y=rng.normal(3, 1, len(keys)), people=rng.uniform(0.5, 2, len(keys)))


def _network(years: list[int], rng: np.random.Generator) -> pd.DataFrame:
    cities = ["h0", "h1", "r0", "r1"]
    rows = [(one, two, year) for one in cities for two in cities if one != two for year in years]
    return pd.DataFrame(rows, columns=["investor", "investee", "year"]).assign(count=rng.poisson(3, len(rows)))


def _land_event_study(given: Given):
    middle = given.years[len(given.years) // 2]
    return land.event_study(given.land, outcome="y", weights="people", window=(-2, 1), base_year=middle)


def _against(given: Given, call: Callable):
    """Counties with a park against others, which are the outsides under other names."""
    first, *_, last = given.years
    others = given.land[given.land["park"] == 0].drop(columns="park")
    return call(given.land, others, [last], [first], outcome="y", side="inside")


def _within(given: Given):
    first, second, *_, last = given.years
    return land_poisson.within(given.land, [last], [first, second], outcome="y")


def _growth(given: Given):
    found = poisson_growth.effects(given.panel, given.links, by_event_time=True, **given.names)
    return found[["event_time", "rows", "units", "log_factor", "std_error", "conf_low", "conf_high"]]


def _empty(given: Given):
    return len(poisson_growth.empty_before(given.panel, given.links, **given.names))


def _saturated(given: Given):
    found = poisson_growth.saturated(given.panel, given.links, **given.names)
    return found["log_factor"].replace(-np.inf, np.nan).to_numpy(float)


def _contrast(given: Given):
    first, second, *_, last = given.years
    return land.contrast(given.land, [last], [first, second], outcome="y")


def _balanced(given: Given):
    wide, first = placebo.balanced(given.panel, given.outcome, **given.names)
    order = order_by_data(first, wide)
    return np.column_stack([wide[order], first[order] * given.size])


def _treatments(given: Given):
    made = placebo.treatments(given.panel, given.outcome, 5, 1, **given.names)
    return made.sort_values(["draw", given.time])[["draw", given.time]].to_numpy() * given.size


def _numbers(made: pd.DataFrame) -> pd.DataFrame:
    """The rows of `compare` in order, without its texts."""
    return made.reset_index(drop=True).drop(columns=["method", "target"], errors="ignore")


def _path(path):
    return np.concatenate([path.estimates, path.std_errors])


def _exposure(given: Given):
    values = spillovers.exposure(given.panel, **given.names).drop(columns=[*given.unit]).to_numpy(float)
    return values[np.lexsort(values.T[::-1])]


def _donut(given: Given):
    return np.sort(spillovers.donut(given.panel, by=given.unit[:1], **given.names)["row"])


def _every_pair(given: Given):
    made = whole_assignments.every_pair(given.panel, given.outcome, **given.names)
    return np.sort(made[given.outcome])


def _exchanges(given: Given):
    whole = whole_assignments.every_pair(given.panel, given.outcome, **given.names)
    drawn = whole_assignments.draws(whole, given.outcome, 7, 1, statistic="estimate", **given.names)
    return drawn.drop(columns="draw").to_numpy()


def _total(given: Given):
    made = city_totals.totals(given.panel, given.outcome, given.unit[0], **given.names)
    return np.sort(made["total"])


def _slope(panel: pd.DataFrame) -> float:
    return float(batch.twfe(panel, ["y"])["estimate"].iloc[0])


WINDOW = {"window": (-2, 2)}
# functions whose numbers do not grow with the outcome
WITHOUT_SIZE = {
    *("did.treated", "event_study.event_time", "spillovers.exposure", "spillovers.donut"),
    *("poisson.twfe", "poisson.log_factor", "poisson.linear_log_factor", "poisson.imputed"),
    *("poisson_growth.effects", "poisson_growth.empty_before", "poisson_growth.saturated"),
    *("land_poisson.against", "land_poisson.ratio_of_sums", "land_poisson.within"),
    "few_clusters.wild_bootstrap",
}
# functions that know the columns of our panels alone
OWN_COLUMNS = {
    *("distance.effect_by_bin", "distance.effect_over_distance"),
    *("jackknife.leave_city_out", "jackknife.leave_one_out"),
    *("poisson.growth", "poisson.linear_log_factor", "poisson.log_factor"),
}
CALLS: dict[str, Callable[[Given], object]] = {
    "batch.twfe": lambda g: batch.twfe(g.panel, [g.outcome], [g.cohort], controls=g.controls, unit=g.unit, time=g.time),
    "compare.compare": lambda g: _numbers(estimators.compare(g.panel, g.outcome, **g.names)),
    "compare.paths": lambda g: _numbers(
        paths(g.panel, g.outcome, methods=["twfe", "cs_not_yet", "imputation"], controls=g.controls, **g.names)
    ),
    "cohort_range.over_years": lambda g: cohort_range.over_years(g.panel, g.outcome, **g.names).estimates,
    "csdid.aggregate": lambda g: csdid.aggregate(g.panel, g.outcome, bootstrap=9, seed=1, **g.names),
    "csdid.att_gt": lambda g: csdid.att_gt(g.panel, g.outcome, control_group="not_yet_treated", **g.names),
    "csdid.event_time": lambda g: csdid.event_time(g.panel, g.outcome, **g.names),
    "csdid.jackknife": lambda g: csdid.jackknife(g.panel, g.outcome, **g.names),
    "csdid.unit_effects": lambda g: csdid.unit_effects(g.panel, g.outcome, **g.names),
    "decomposition.cell_weights": lambda g: decomposition.cell_weights(g.panel, **g.names),
    "decomposition.contamination": lambda g: decomposition.contamination(g.panel, **WINDOW, **g.names),
    "decomposition.goodman_bacon": lambda g: decomposition.goodman_bacon(g.panel, g.outcome, **g.names),
    "did.treated": lambda g: did.treated(g.panel.sort_values("row"), g.time, g.cohort).to_numpy(),
    "did.twfe": lambda g: did.twfe(
        g.panel, g.outcome, controls=g.controls, interaction=g.km, weights=g.weights, **g.names
    ),
    "distance.effect_by_bin": lambda g: distance.effect_by_bin(g.panel, g.outcome, g.km, [100, 200]),
    "distance.effect_over_distance": lambda g: distance.effect_over_distance(g.panel, g.outcome, g.km, [50, 150]),
    "event_paths.group_time": lambda g: _path(event_paths.group_time(g.panel, g.outcome, **WINDOW, **g.names)),
    "event_paths.two_way": lambda g: _path(event_paths.two_way(g.panel, g.outcome, **WINDOW, **g.names)),
    "error_ladder.ladder": lambda g: error_ladder.ladder(
        g.panel, g.outcome, controls=g.controls, interaction=g.km, **g.names
    )[["estimate", "std_error"]],
    "event_study.estimate": lambda g: event_study.estimate(
        g.panel, g.outcome, controls=g.controls, outside="free", **WINDOW, **g.names
    ),
    "event_study.event_time": lambda g: event_study.event_time(g.panel.sort_values("row"), g.time, g.cohort).to_numpy(
        float, na_value=np.nan
    ),
    "event_study.interaction_weighted": lambda g: event_study.interaction_weighted(
        g.panel, g.outcome, **WINDOW, **g.names
    ),
    "event_study.pretrend_test": lambda g: event_study.pretrend_test(g.panel, g.outcome, **WINDOW, **g.names),
    "exact_t.differences": lambda g: exact_t.differences(g.panel, g.outcome, **g.names)[["estimate", "std_error"]],
    "few_clusters.errors": lambda g: few_clusters.errors(
        g.panel, g.outcome, controls=g.controls, interaction=g.km, **g.names
    ),
    "few_clusters.wild_bootstrap": lambda g: few_clusters.wild_bootstrap(
        g.panel, g.outcome, cluster=g.unit, interaction=g.km, draws=19, seed=1, **g.names
    ),
    "few_treated.drawn_paths": lambda g: few_treated.drawn_paths(
        g.panel, g.outcome, variance_by=few_treated.level_before(g.panel, g.links, **g.names), draws=19, **g.names
    )[["estimate", "conf_low", "conf_high"]],
    "few_treated.level_before": lambda g: np.sort(few_treated.level_before(g.panel, g.outcome, **g.names)),
    "jackknife.leave_city_out": lambda g: jackknife.leave_city_out(g.panel, _slope, "helper")["estimate"],
    "jackknife.leave_one_out": lambda g: jackknife.leave_one_out(g.panel, _slope),
    "land.contrast": _contrast,
    "land.event_study": _land_event_study,
    "land.means": lambda g: land.means(g.land, "y"),
    "land_poisson.against": lambda g: _against(g, land_poisson.against),
    "land_poisson.ratio_of_sums": lambda g: _against(g, land_poisson.ratio_of_sums),
    "land_poisson.within": _within,
    "network.density": lambda g: network.density(g.network, n_nodes=6),
    "network.further_looks": lambda g: network.further_looks(g.network, {g.network["investor"].iloc[0]}, n_nodes=6)[
        ["year", "reciprocity", "centralisation_out", "centralisation_in"]
    ],
    "other_standard_errors.compute": lambda g: other_standard_errors.compute(g.panel, g.outcome, **g.names),
    "placebo.balanced": _balanced,
    "placebo.draws": lambda g: placebo.draws(g.panel, g.outcome, 5, 1, **g.names),
    "placebo.pretrend_draws": lambda g: (
        placebo.pretrend_draws(g.panel, g.outcome, 3, 1, controls=g.controls, **WINDOW, **g.names) * g.size
    ),
    "placebo.treatments": _treatments,
    "poisson.growth": lambda g: poisson.growth(g.panel, g.links, years=2),
    # the sums have the unit of the outcome, their ratio has none
    "poisson.imputed": lambda g: poisson.imputed(g.panel, g.links, **g.names).drop(["observed", "expected"]),
    "poisson.linear_log_factor": lambda g: poisson.linear_log_factor(g.panel, g.links),
    "poisson.log_factor": lambda g: poisson.log_factor(g.panel, g.links),
    "poisson.twfe": lambda g: poisson.twfe(g.panel, g.links, **g.names),
    "poisson_growth.effects": _growth,
    "poisson_growth.empty_before": _empty,
    "poisson_growth.saturated": _saturated,
    "spillovers.donut": _donut,
    "spillovers.errors": lambda g: spillovers.errors(g.panel, g.outcome, **g.names)[
        ["clusters", "estimate", "std_error", "df", "p_value"]
    ],
    "spillovers.exposure": _exposure,
    "city_totals.per_park": lambda g: city_totals.per_park(g.panel, g.outcome, g.unit[1], **g.names),
    "spillovers.regression": lambda g: spillovers.regression(g.panel, g.outcome, **g.names),
    "city_totals.totals": _total,
    "two_stages.estimate": lambda g: two_stages.estimate(g.panel, g.outcome, **g.names),
    "spillovers.untreated": lambda g: spillovers.untreated(g.panel, g.outcome, **g.names),
    "whole_assignments.draws": _exchanges,
    "whole_assignments.every_pair": _every_pair,
}


def _frames(given: Given, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Given:
    """The three panels, each changed."""
    return replace(given, panel=change(given.panel), land=change(given.land), network=change(given.network))


def _column(name: str, change: Callable[[pd.Series], object]) -> Callable[[Given], Given]:
    """A coding that changes a column wherever it is."""

    def coded(given: Given) -> Given:
        return _frames(given, lambda frame: frame.assign(**{name: change(frame[name])}) if name in frame else frame)

    return coded


def _dates(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column.astype("Int64").astype("string") + "-07-01")


def _late(value) -> Callable[[Given], Given]:
    """Never treated, coded by a number after the last year."""
    return _column("cohort", lambda column: column.astype("Float64").fillna(value))


def _shuffled(given: Given) -> Given:
    return _frames(given, lambda frame: frame.sample(frac=1, random_state=3))


def _indexed(given: Given) -> Given:
    return _frames(given, lambda frame: frame.set_index(pd.Index([7] * len(frame), name=str(frame.columns[0]))))


def _crowded(given: Given) -> Given:
    """Further columns with names that estimators might use inside."""
    names = ["outcome", "weight", "unit", "treat", "first", "period", "event_time", "x0", "key0", "side", "(outcome)"]
    return _frames(given, lambda frame: frame.assign(**dict.fromkeys(names, 5.0)))


def _named(given: Given, names: dict) -> Given:
    """Other names of units, the same in all panels, distances and controls."""
    panel, keys = given.panel.copy(), ["investor", "investee"]
    for column in PAIR:
        panel[column] = panel[column].map(names)
    network_ = given.network.assign(**{key: given.network[key].map(names) for key in keys})
    land_ = given.land.assign(county=given.land["county"].map(names))
    index = [tuple(names[part] for part in unit) for unit in given.km.index]
    km = given.km.set_axis(pd.MultiIndex.from_tuples(index, names=PAIR))
    controls = given.controls.assign(recipient=given.controls["recipient"].map(names))
    back = {new: old for old, new in names.items()}
    return replace(given, panel=panel, network=network_, land=land_, km=km, controls=controls, first_names=back)


def _all_names(given: Given) -> list[str]:
    pairs = given.panel[[*PAIR]].to_numpy().ravel()
    return sorted({*pairs, *given.land["county"], *given.controls["recipient"]})


def _in_numbers(given: Given) -> Given:
    return _named(given, {name: 3 + place for place, name in enumerate(_all_names(given))})


def _in_reverse(given: Given) -> Given:
    return _named(given, {name: f"z{99 - place}" for place, name in enumerate(_all_names(given))})


def _in_categories(given: Given) -> Given:
    levels = pd.CategoricalDtype(_all_names(given)[::-1])
    land_ = given.land.astype({"county": levels})
    return replace(given, panel=given.panel.astype(dict.fromkeys(PAIR, levels)), land=land_)


def _other_columns(unit: tuple[str, str], time: str, cohort: str) -> Callable[[Given], Given]:
    names = dict(zip([*PAIR, "year", "cohort"], [*unit, time, cohort], strict=True))

    def coded(given: Given) -> Given:
        controls, km = given.controls.rename(columns=names), given.km.rename_axis(list(unit))
        panel = given.panel.rename(columns=names)
        return replace(given, panel=panel, controls=controls, km=km, unit=unit, time=time, cohort=cohort)

    return coded


def _times(size: float) -> Callable[[Given], Given]:
    def coded(given: Given) -> Given:
        def change(frame):
            return frame.assign(**{name: frame[name] * size for name in ("y", "links") if name in frame})

        return replace(_frames(given, change), size=size)

    return coded


def _heavier(given: Given) -> Given:
    return _frames(given, lambda frame: frame.assign(people=frame["people"] * 1e9) if "people" in frame else frame)


# codings that say the same as the design: every estimator gives the same answer
SAME: dict[str, Callable[[Given], Given]] = {
    "rows in another order": _shuffled,
    "an index with repeats": _indexed,
    "further columns": _crowded,
    "units as numbers": _in_numbers,
    "units in another order": _in_reverse,
    "units as categories": _in_categories,
    "columns with our names": _other_columns(("outcome", "unit"), "weight", "treat"),
    "columns with other names of ours": _other_columns(("period", "x0"), "first", "key0"),
    "years as floats": _column("year", lambda column: column.astype(float)),
    "years as text": _column("year", lambda column: column.astype(str)),
    "years as text of floats": _column("year", lambda column: column.astype(float).astype(str)),
    "years as nullable numbers": _column("year", lambda column: column.astype("Int64")),
    "years as categories": _column("year", lambda column: column.astype(str).astype("category")),
    "years as dates": _column("year", _dates),
    "years as objects": _column("year", lambda column: column.astype(object)),
    "cohorts as floats": _column("cohort", lambda column: column.astype("Float64").to_numpy(float, na_value=np.nan)),
    "cohorts as text": _column("cohort", lambda column: column.astype("string")),
    "cohorts as text with gaps in words": _column("cohort", lambda column: column.astype(str)),
    "cohorts as text with empty cells": _column("cohort", lambda column: column.astype("string").fillna("")),
    "cohorts as objects": _column("cohort", lambda column: column.astype(object).where(column.notna(), None)),
    "cohorts as dates": _column("cohort", _dates),
    "never treated is infinite": _late(np.inf),
    "never treated is 9999": _late(9999),
    "never treated is a year after the last": _late(2031),
    "outcomes as text": _column("y", lambda column: column.map(repr)),
    "outcomes as nullable numbers": _column("y", lambda column: column.astype("Float64")),
    "outcomes as decimals": _column("y", lambda column: column.map(Decimal)),
    "counts as text": _column("links", lambda column: column.astype(str)),
    "strong weights": _heavier,
    "weights as text": _column("people", lambda column: column.map(repr)),
    "distances as text": lambda given: replace(given, km=given.km.map(repr)),
    "distances in another order": lambda given: replace(given, km=given.km.iloc[::-1]),
    "tiny outcomes": _times(1e-12),
    "huge outcomes": _times(1e12),
    "small outcomes": _times(3e-5),
}
WITH_COHORT = {name for name in CALLS if name.partition(".")[0] not in ("land", "land_poisson", "network")}
WITHOUT_OUTCOME = {
    *("decomposition.cell_weights", "decomposition.contamination", "did.treated", "event_study.event_time"),
    *("spillovers.donut", "spillovers.exposure"),
    *("poisson.growth", "poisson.linear_log_factor", "poisson.log_factor", "poisson.twfe", "poisson.imputed"),
    *("poisson_growth.effects", "poisson_growth.empty_before", "poisson_growth.saturated"),
}
WITH_LAND = {"land.contrast", "land.event_study", "land.means"} | {name for name in CALLS if "land_poisson" in name}
WITH_OUTCOME = WITH_COHORT - WITHOUT_OUTCOME | WITH_LAND
# those whose outcome is a count
WITH_COUNTS = {
    *("poisson.growth", "poisson.imputed", "poisson.linear_log_factor", "poisson.log_factor", "poisson.twfe"),
    *("poisson_growth.effects", "poisson_growth.empty_before", "poisson_growth.saturated"),
}
WITH_WEIGHTS = {"did.twfe", "land.event_study"}
WITH_KM = {"did.twfe", "distance.effect_by_bin", "distance.effect_over_distance"}
WITH_CONTROLS = {"batch.twfe", "compare.paths", "did.twfe", "event_study.estimate", "placebo.pretrend_draws"}
WITH_KEYS = set(CALLS) - {"did.treated", "event_study.event_time", "poisson.growth"}


def equal(one: Given, other: Given) -> bool:
    """Whether two designs hold the same data under the same names, whatever their types."""
    return all(_same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))


def _same(one, other) -> bool:
    if isinstance(one, pd.DataFrame | pd.Series):
        return one.astype(object).equals(other.astype(object))
    return one == other


def _first(value) -> Callable[[pd.Series], pd.Series]:
    """The first cell of a column is replaced."""
    return lambda column: pd.Series([value, *column.iloc[1:]], index=column.index, dtype=object)


def _never(value) -> Callable[[Given], Given]:
    return _column("cohort", lambda column: column.astype(object).where(column.notna(), value))


def _km(value) -> Callable[[Given], Given]:
    return lambda given: replace(given, km=_first(value)(given.km).rename("km"))


def _control(value) -> Callable[[Given], Given]:
    return lambda given: replace(
        given, controls=given.controls.assign(revenue=_first(value)(given.controls["revenue"]))
    )


# codings that say nothing that can be estimated: the coding, the calls that refuse it, the column that they name
REFUSED: dict[str, tuple[Callable[[Given], Given], set[str], str]] = {
    "never treated is 0": (_never(0), WITH_COHORT, "cohort"),
    "never treated is -1": (_never(-1), WITH_COHORT, "cohort"),
    "never treated is 999": (_never(999), WITH_COHORT, "cohort"),
    "never treated is a word": (_never("never"), WITH_COHORT, "cohort"),
    "cohorts between two years": (_column("cohort", lambda c: c.astype("Float64") + 0.5), WITH_COHORT, "cohort"),
    "a year that is a word": (_column("year", _first("now")), set(CALLS), "year"),
    "a year that is a fraction": (_column("year", _first(2000.5)), set(CALLS), "year"),
    "a year that is infinite": (_column("year", _first(np.inf)), set(CALLS), "year"),
    "a year that is missing": (_column("year", _first(None)), set(CALLS), "year"),
    "an outcome that is missing": (_column("y", _first(np.nan)), WITH_OUTCOME, "y"),
    "an outcome that is infinite": (_column("y", _first(-np.inf)), WITH_OUTCOME, "y"),
    "an outcome that is a word": (_column("y", _first("many")), WITH_OUTCOME, "y"),
    "an outcome that is a date": (_column("y", lambda c: pd.to_datetime(["2001-05-05"] * len(c))), WITH_OUTCOME, "y"),
    "an outcome that never changes": (_column("y", lambda c: 0.1), WITH_OUTCOME, "y"),
    "a count that is missing": (_column("links", _first(np.nan)), WITH_COUNTS, "links"),
    "a count that is infinite": (_column("links", _first(np.inf)), WITH_COUNTS, "links"),
    "a count that is negative": (_column("links", _first(-1)), WITH_COUNTS - {"poisson.linear_log_factor"}, "links"),
    "a count that is a word": (_column("links", _first("many")), WITH_COUNTS, "links"),
    "a weight of zero": (_column("people", _first(0)), WITH_WEIGHTS, "people"),
    "a weight that is missing": (_column("people", _first(np.nan)), WITH_WEIGHTS, "people"),
    "a weight that is infinite": (_column("people", _first(np.inf)), WITH_WEIGHTS, "people"),
    "a weight that is a word": (_column("people", _first("few")), WITH_WEIGHTS, "people"),
    "a distance that is missing": (_km(np.nan), WITH_KM, "km"),
    "a distance that is infinite": (_km(np.inf), WITH_KM, "km"),
    "a distance that is a word": (_km("far"), WITH_KM, "km"),
    "a control that is missing": (_control(np.nan), WITH_CONTROLS, "revenue"),
    "a control that is infinite": (_control(np.inf), WITH_CONTROLS, "revenue"),
    "a control that is a word": (_control("rich"), WITH_CONTROLS, "revenue"),
    "a unit that is missing": (_column("helper", _first(None)), WITH_KEYS & WITH_COHORT, "helper"),
    "a unit that is a number beside text": (_column("helper", _first(5)), WITH_KEYS & WITH_COHORT, "helper"),
    "a row that is there twice": (
        lambda given: _frames(given, lambda frame: pd.concat([frame, frame.iloc[:1]])),
        WITH_KEYS - OWN_COLUMNS,
        "year",
    ),
}

LINEAR = {"estimate", "std_error", "conf_low", "conf_high", "change", "effect", "lowest", "highest"}
LINEAR |= {"inside", "outside", "first", "last", "difference"}
# functions whose rows are units
BY_UNIT = {"csdid.unit_effects", "decomposition.cell_weights", "jackknife.leave_one_out"}
RATIOS = ["statistic", "p_value"]


def comparable(name: str, found, given: Given) -> np.ndarray:
    """The numbers of a result in the units of the design, in the order of its units."""
    size = 1.0 if name in WITHOUT_SIZE else given.size
    if isinstance(found, pd.Series):
        found = found.to_frame().T
    if not isinstance(found, pd.DataFrame):
        return np.ravel(np.asarray(found, dtype=float)) / size
    rows = found
    if name in BY_UNIT:
        units = found[[*given.unit]].astype(object).map(lambda one: given.first_names.get(one, one))
        rows = found.drop(columns=[*given.unit]).loc[units.sort_values([*given.unit], kind="stable").index]
    rows = rows.apply(pd.to_numeric, errors="coerce").astype("Float64")
    if "std_error" in rows:
        # where the error is rounding alone, so is what is divided by it
        noise = (rows["std_error"] < 1e-7 * size).fillna(True)
        rows = rows.assign(**{column: rows[column].mask(noise) for column in RATIOS if column in rows})
    for column in LINEAR & set(rows):
        rows[column] = rows[column] / size
    return np.ravel(rows.to_numpy(float, na_value=np.nan))
