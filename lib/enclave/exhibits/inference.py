"""Inference with few treated pairs that share cities: p values of Tables 2 to 5 by the tests of chapter 12.

Table 2 has all tests, Table 5 fewer signs; those that know no controls are left out in columns with controls. Table 4
has its slopes over distance, with the ladder, fewer signs and the drawn paths. Table 3 has its averages, with the
errors of `csdid`, the same errors at few degrees of freedom, and the jackknife over treated pairs.
"""

import numpy as np
import pandas as pd
from scipy import stats as laws

from enclave.base.arguments import takes_tables
from enclave.base.stars import stars
from enclave.base.terms import PAIR
from enclave.estimators import csdid, did, distance, error_ladder, exact_t, few_clusters, few_treated, placebo
from enclave.exhibits import table_2, table_3, table_4, table_5
from enclave.panels import Panels

DRAWS = 1999
SEED = 20240412
# method -> how readers see it: the ladder, tests on a few numbers, signs, deals, paths
METHODS = {
    "iid": "Rows, equal variances",
    "robust": "Rows (HC1)",
    "unit CR1": "Pairs (CR1), as the paper",
    "unit CR1, few": "CR1, df of treated pairs",
    "unit CR2": "CR2 by pair",
    "unit CR3": "CR3 by pair (jackknife)",
    "helper CR1": "CR1 by helper",
    "helper CR2": "CR2 by helper",
    "recipient CR1": "CR1 by recipient",
    "recipient CR2": "CR2 by recipient",
    "either": "Shared cities (two-way)",
    "dyadic": "Shared cities (dyadic)",
    "differences": "Differences of means",
    "signs by unit": "Signs by pair",
    "signs by row": "Signs by row, CR1 by pair",
    "signs by helper": "Signs by helper",
    "signs by unit, errors by helper": "Signs by pair, CR1 by helper",
    "signs by recipient": "Signs by recipient",
    "deals": "Deals to any pairs",
    "deals within helpers": "Deals within helpers",
    "paths": "Drawn paths (Conley–Taber)",
    "paths rescaled": "Rescaled (Ferman–Pinto)",
    "analytic": "Analytic, normal quantiles (csdid)",
    "analytic, few": "Analytic, df of treated pairs",
    "jackknife": "Jackknife over treated pairs",
}
SIGNS = {
    "signs by unit": (PAIR, None),
    "signs by row": (PAIR, few_clusters.ROW),
    "signs by helper": ("helper", None),
    "signs by unit, errors by helper": ("helper", PAIR),
    "signs by recipient": ("recipient", None),
}
# signs of Tables 4 and 5
FEW_SIGNS = ["signs by unit", "signs by helper"]
SHOWN = ["method", "clusters", "std_error", "df", "p_value"]


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """Each estimate of Tables 2 to 5 by each test.

    Returns
    -------
    table, column, row, method, estimate, clusters, std_error, df, p_value, stars. Tests that compare no error with t
    have no error and no degrees of freedom. `attrs["source"]`.
    """
    controls = {False: None, True: table_2.controls(panels)}
    parts = []
    for column, (outcome, controlled) in table_2.COLUMNS.items():
        parts.append(_part("2", column, "treat", _full(panels.manufacturing, outcome, controls[controlled])))
    parts += _averages(panels)
    for column, (measure, controlled) in table_4.COLUMNS.items():
        km = distance.km(panels.pairs, measure)
        term, options = f"treat_x_{km.name}", {"interaction": km, "controls": controls[controlled]}
        found = by_model(panels.manufacturing, table_4.OUTCOME, term=term, signs=FEW_SIGNS, **options)
        parts.append(_part("4", column, term, found))
    for column, (name, outcome, controlled) in table_5.COLUMNS.items():
        parts.append(_part("5", column, "treat", _full(panels[name], outcome, controls[controlled], FEW_SIGNS)))
    made = pd.concat(parts, ignore_index=True)
    made["stars"] = made["p_value"].map(stars)
    made.attrs = {"source": panels.source}
    return made


def by_model(
    panel: pd.DataFrame,
    outcome: str,
    *,
    term: str = "treat",
    signs: list[str] | None = None,
    controls: pd.DataFrame | None = None,
    interaction: pd.Series | None = None,
) -> pd.DataFrame:
    """The ladder, the signs and the drawn paths of one term: method, estimate, clusters, std_error, df, p_value."""
    options = {"controls": controls, "interaction": interaction, "term": term}
    ladder = error_ladder.ladder(panel, outcome, **options)
    found = {}
    for name in SIGNS if signs is None else signs:
        cluster, by = SIGNS[name]
        row = few_clusters.wild_bootstrap(
            panel, outcome, cluster=cluster, signs_by=by, draws=DRAWS, seed=SEED, **options
        )
        found[name] = row["p_value"]
    level = few_treated.level_before(panel, outcome)
    for name, by in {"paths": None, "paths rescaled": level}.items():
        row = few_treated.drawn_paths(panel, outcome, variance_by=by, draws=DRAWS, seed=SEED, **options)
        found[name] = row["p_value"]
    rows = pd.DataFrame({"method": list(found), "p_value": list(found.values())})
    return pd.concat([ladder[SHOWN], rows], ignore_index=True).assign(estimate=ladder["estimate"].iloc[0])


def assigned(panel: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """The tests that know no controls: differences of means, and deals of parks. As `by_model`."""
    means = exact_t.differences(panel, outcome)
    rows = [("differences", means["estimate"], means["std_error"], means["df"], means["p_value"])]
    true = did.twfe(panel, outcome).iloc[0]
    for name, within in {"deals": None, "deals within helpers": "helper"}.items():
        drawn = placebo.draws(panel, outcome, DRAWS, SEED, dates="permuted", statistic="t", within=within)
        rows.append((name, true["estimate"], np.nan, np.nan, placebo.p_value(drawn, true["statistic"])))
    return pd.DataFrame(rows, columns=["method", "estimate", "std_error", "df", "p_value"])


def _full(
    panel: pd.DataFrame, outcome: str, controls: pd.DataFrame | None, signs: list[str] | None = None
) -> pd.DataFrame:
    found = by_model(panel, outcome, signs=signs, controls=controls)
    return found if controls is not None else pd.concat([found, assigned(panel, outcome)], ignore_index=True)


def _part(table: str, column: str, row: str, found: pd.DataFrame) -> pd.DataFrame:
    """The keys before the tests, which are in the order of `METHODS`."""
    place = found["method"].map(list(METHODS).index)
    rows = found.iloc[np.argsort(place, kind="stable")].assign(table=table, column=column, row=row)
    keys = ["table", "column", "row", "method", "estimate"]
    return rows.reindex(columns=[*keys, *[name for name in SHOWN if name not in keys]])


def _averages(panels: Panels) -> list[pd.DataFrame]:
    """The averages of Table 3 by three tests."""
    panel, outcome = panels.manufacturing, table_3.OUTCOME
    analytic = csdid.aggregate(panel, outcome, control_group=table_3.CONTROL_GROUP)
    jackknife = csdid.jackknife(panel, outcome)
    parts = []
    for column, rows in table_3.COLUMNS.items():
        for row in rows:
            one, other = analytic.loc[row], jackknife.loc[row]
            few = 2 * laws.t.sf(abs(one["estimate"] / one["std_error"]), other["df"])
            tested = [
                ("analytic", one["estimate"], one["std_error"], np.nan, one["p_value"]),
                ("analytic, few", one["estimate"], one["std_error"], other["df"], few),
                ("jackknife", other["estimate"], other["std_error"], other["df"], other["p_value"]),
            ]
            names = ["method", "estimate", "std_error", "df", "p_value"]
            parts.append(_part("3", column, row, pd.DataFrame(tested, columns=names)))
    return parts


@takes_tables
def survivors(made: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """How many of the estimates with printed stars keep at least as many stars under each test.

    Parameters
    ----------
    made : as `make` returns it
    printed : printed numbers, as `facts.published` returns them

    Returns
    -------
    method, tested (estimates with printed stars that have the test), kept (with at least as many stars), none (without
    a star); in the order of `METHODS`
    """
    cells = printed[printed["statistic"] == "estimate"][["table", "column", "row", "stars"]]
    rows = made.merge(cells, on=["table", "column", "row"], suffixes=("", "_printed"))
    rows = rows[rows["stars_printed"].fillna("") != ""]
    found, before = rows["stars"].str.len(), rows["stars_printed"].str.len()
    counted = rows.assign(tested=1, kept=found >= before, none=found == 0)
    sums = counted.groupby("method")[["tested", "kept", "none"]].sum().astype(int)
    return sums.loc[[name for name in METHODS if name in sums.index]].reset_index()
