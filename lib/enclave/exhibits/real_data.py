"""The calls of the book on public panels of other studies, each number beside what another program prints.

One row per printed number of `data/published/real_data.csv`. "table" is the panel, and "column" a printout, which
`real_data_sources.csv` describes. Where the other program has another convention that our functions can follow,
`theirs` is our number under that convention. The panels are real; the registers of the book are not used.
"""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base.arguments import takes_tables
from enclave.base.terms import CELL
from enclave.estimators import csdid, decomposition, did, event_study, group_time
from enclave.exhibits import scorecard
from enclave.facts import public
from enclave.panels import Panels

STATISTICS = ["estimate", "std_error", "conf_low", "conf_high", "weight", "n", "r2"]
# controls of the regression on laws to carry guns, as in the printout
CONTROLS = ["prisoners", "density", "income", "population", "afam", "cauc", "male"]
# the event study of the first cohort ends in this year, and leaves out the cohort of this year
FIRST, LAST_YEAR = 2014, 2015
PRINTED_COHORTS = (2014, 2015)
COLUMNS = [*CELL, "printed", "decimals", "value", "grade", "theirs", "grade_theirs", "program", "version"]


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """Each printed number: the keys, printed, decimals, value, grade, theirs, grade_theirs, program, version.

    Grades as on the scorecard. `theirs` and `grade_theirs` are missing where no other convention was followed.
    """
    printed = facts.real_data()
    scored = scorecard.compare(obtained(printed), printed)
    other = theirs().set_index(CELL)["value"].reindex(pd.MultiIndex.from_frame(scored[CELL])).to_numpy()
    each = zip(other, scored["printed"], scored["decimals"], strict=True)
    grades = [None if np.isnan(one) else scorecard.grade(one, text, int(digits)) for one, text, digits in each]
    made = scored.assign(theirs=other, grade_theirs=grades)
    made = made.merge(facts.real_data_sources(), on=["table", "column"], validate="many_to_one")[COLUMNS]
    made.attrs["source"] = panels.source
    return made


def obtained(printed: pd.DataFrame) -> pd.DataFrame:
    """Our value of each printed cell: the keys and value."""
    found = pd.concat([castle(), counties(), medicaid(), medicaid_without_never(), carry()], ignore_index=True)
    return found.merge(printed[CELL], on=CELL, validate="one_to_one")


def castle() -> pd.DataFrame:
    """Cells of the castle-doctrine laws; treated from the first full year, or from the year before (`began`)."""
    states = laws()
    at = {"unit": "sid"}
    one, weighted = (did.twfe(states, "l_homicide", weights=name, **at) for name in (None, "popwt"))
    averages = {
        column: csdid.aggregate(states, "l_homicide", cohort=cohort, **at).iloc[:1]
        for column, cohort in (("3", "cohort"), ("4", "began"))
    }
    began = decomposition.goodman_bacon(states, "l_homicide", cohort="began", **at)
    whole = did.twfe(states, "l_homicide", cohort="began", **at)
    full = decomposition.goodman_bacon(states, "l_homicide", **at)
    return _table(
        "castle",
        {"1": [one, _model(one)], "2": [weighted], "3": [averages["3"]], "4": [averages["4"]]}
        | {"5": [_kinds(began), whole], "6": [_kinds(full)]},
    )


def laws() -> pd.DataFrame:
    """The castle-doctrine panel with `cohort` (first full year under the law) and `began` (the year before)."""
    states = public.castle()
    first = states["sid"].map(states[states["post"] == 1].groupby("sid")["year"].min())
    return states.assign(cohort=first, began=first - 1)


def counties() -> pd.DataFrame:
    """Cells of minimum wages, with R's conventions (errors include those of the shares of cohorts)."""
    panel, at = public.counties(), {"unit": "countyreal"}
    averages = csdid.aggregate(panel, "lemp", shares="estimated", **at)
    events = _events(csdid.event_time(panel, "lemp", **at))
    return _table(
        "counties",
        {"1": [_group_time(csdid.att_gt(panel, "lemp", **at))]}
        | {"2": [events, _mean_of_events(averages)], "3": [averages.loc[["group_avg"]]]},
    )


def medicaid() -> pd.DataFrame:
    """Cells of the Medicaid expansion with all states; comparisons with those not yet treated."""
    panel = public.medicaid()
    yet = {"control_group": "not_yet_treated", "unit": "stfips"}
    one = did.twfe(panel, "dins", unit="stfips")
    groups = _group_time(csdid.att_gt(panel, "dins", **yet))
    averages = csdid.aggregate(panel, "dins", shares="estimated", **yet)
    events = _events(csdid.event_time(panel, "dins", base_period="universal", **yet))
    kinds = _kinds(decomposition.goodman_bacon(panel, "dins", unit="stfips"))
    return _table(
        "medicaid",
        {"1": [one, _model(one)], "2": [one], "3": [groups], "4": [groups], "5": [averages.iloc[:1]]}
        | {"6": [kinds], "7": [kinds], "8": [events, _mean_of_events(averages)], "9": [first_cohort(panel)]},
    )


def first_cohort(panel: pd.DataFrame) -> pd.DataFrame:
    """Event study of the first cohort against states without an expansion until 2015; row, estimate, std_error ..."""
    first = panel["cohort"].fillna(9999)
    kept = panel[(panel["year"] <= LAST_YEAR) & (first != LAST_YEAR)]
    window = (int(kept["year"].min()) - FIRST, LAST_YEAR - FIRST)
    return _events(event_study.estimate(kept, "dins", window=window, unit="stfips"))


def medicaid_without_never() -> pd.DataFrame:
    """Cells of the Medicaid expansion without the states that never expanded."""
    panel = public.medicaid().dropna(subset="cohort")
    one = did.twfe(panel, "dins", unit="stfips")
    average = csdid.aggregate(panel, "dins", control_group="not_yet_treated", shares="estimated", unit="stfips").iloc[
        :1
    ]
    comparisons = decomposition.goodman_bacon(panel, "dins", unit="stfips")
    pairs = _pairs(comparisons)
    return _table(
        "medicaid",
        {"10": [one, _model(one)], "11": [average], "12": [average]}
        | {"13": [_kinds(comparisons), pairs], "14": [pairs]},
    )


def carry() -> pd.DataFrame:
    """Cells of laws to carry guns: two-way effects with controls that vary by state and year."""
    panel = public.carry()
    terms = panel[CONTROLS].assign(treat=did.treated(panel, "year", "cohort"))
    rows = did.fit(np.log(panel["violent"]), terms[["treat", *CONTROLS]], panel[["state"]], panel["year"])
    return _table("carry", {"1": [rows]})


def theirs() -> pd.DataFrame:
    """Our numbers under the convention of the other program, where our functions can follow it: the keys and value."""
    panel = public.medicaid()
    without_never = panel.dropna(subset="cohort")
    comparisons = decomposition.goodman_bacon(without_never, "dins", unit="stfips")
    return _table(
        "medicaid",
        {"4": [_group_time(against_untreated_at_the_start(panel))], "12": [mean_of_first_cohort(without_never)]}
        | {"14": [_pairs(without_last_as_late(comparisons))]},
    )


def mean_of_first_cohort(panel: pd.DataFrame) -> pd.DataFrame:
    """The plain mean of the effects on the first cohort in its treated years, against those not yet treated.

    Stata's `estat simple` prints it for the panel without never-treated states. One row `simple`: estimate, std_error.
    """
    fitted = group_time.fit(
        panel,
        "dins",
        control_group="not_yet_treated",
        base_period="varying",
        method="reg",
        controls=None,
        weights=None,
        anticipation=0,
        unit="stfips",
        time="year",
        cohort="cohort",
    )
    first = min(cell.cohort for cell in fitted.cells)
    cells = [cell for cell in fitted.cells if cell.cohort == first and cell.time >= first]
    values = group_time.influence(cells).mean(axis=1)
    error = np.sqrt((values**2).sum()) / len(values)
    mean = np.mean([cell.ATT for cell in cells])
    return pd.DataFrame({"term": ["simple"], "estimate": mean * fitted.size, "std_error": error * fitted.size})


def against_untreated_at_the_start(panel: pd.DataFrame) -> pd.DataFrame:
    """`csdid.att_gt` of Medicaid in which a cohort is never compared with an earlier one, in no year.

    So a cohort is compared with units that are untreated in the year in which it is treated, also before that year.
    Rows of the cohorts of the printout.
    """
    first = panel["cohort"].fillna(9999)
    rows = [
        csdid.att_gt(panel[first >= cohort], "dins", control_group="not_yet_treated", unit="stfips")
        for cohort in PRINTED_COHORTS
    ]
    return pd.concat([made[made["cohort"] == made["cohort"].min()] for made in rows], ignore_index=True)


@takes_tables
def without_last_as_late(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Comparisons of `goodman_bacon` less those of the last cohort as late with earlier ones; weights rescaled."""
    last = comparisons[["treated", "comparison"]].max().max()
    kept = comparisons[(comparisons["kind"] != "later vs earlier") | (comparisons["treated"] != last)]
    return kept.assign(weight=kept["weight"] / kept["weight"].sum())


def _table(table: str, columns: dict[str, list[pd.DataFrame]]) -> pd.DataFrame:
    """Cells of a table: for each column frames with the name of the row in `term` and statistics in columns."""
    frames = [rows.assign(table=table, column=column) for column, given in columns.items() for rows in given]
    wide = pd.concat(frames, ignore_index=True).rename(columns={"term": "row"})
    kept = [name for name in STATISTICS if name in wide]
    cells = wide.melt(CELL[:3], kept, var_name="statistic", value_name="value").dropna(subset="value")
    return cells.astype({"value": float}).reset_index(drop=True)


def _model(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[["n", "r2"]].head(1).assign(term="model")


def _kinds(comparisons: pd.DataFrame) -> pd.DataFrame:
    return decomposition.by_kind(comparisons).rename(columns={"kind": "term"})


def _pairs(comparisons: pd.DataFrame) -> pd.DataFrame:
    names = comparisons["treated"].astype(str) + " vs " + comparisons["comparison"].astype(str)
    return comparisons.assign(term=names)[["term", "estimate", "weight"]]


def _group_time(rows: pd.DataFrame) -> pd.DataFrame:
    names = rows["cohort"].astype(str) + " in " + rows["year"].astype(str)
    return rows.assign(term=names)[["term", "estimate", "std_error"]]


def _events(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(term="event time " + rows["event_time"].astype(str))[["term", "estimate", "std_error"]]


def _mean_of_events(averages: pd.DataFrame) -> pd.DataFrame:
    return averages.loc[["dynamic_post_avg"]].assign(term="mean of event times")
