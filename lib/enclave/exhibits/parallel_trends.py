"""Table 2 and Figure 1 if trends were not parallel: power of the pre-test, bounds, dates and anticipation.

Three event studies of the number of links, each from five years before the park to ten after it, relative to the year
before it alone: `controls` has the controls of Figure 1, and `free` none; both have a coefficient for every year
outside the window. `group_time` averages effects of cohorts (Callaway and Sant'Anna 2021) with one base. In Figure 1
itself years outside the window belong to the base, so a straight line is no line there: the part `line` has what it
becomes. The target is the mean of event times 0 to 10. One row per part, design, setting and quantity; `setting` is a
number as text, or a name.
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.terms import PAIR
from enclave.estimators import cohort_range, did, event_paths, event_study, honest, pretest_power
from enclave.estimators.event_paths import EventPath
from enclave.exhibits import figure_1, table_2
from enclave.facts import date_intervals
from enclave.panels import Panels

OUTCOME = "count"
WINDOW = figure_1.WINDOW
DESIGNS = ("controls", "free", "group_time")
# how years outside the window enter: as in Figure 1, and as in the designs
OUTSIDE = {"figure_1": figure_1.OUTSIDE, "controls": "free"}
# powers of the pre-test whose slopes are shown
POWERS = (0.5, 0.8)
# multiples of the largest change before the park
MULTIPLES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
# how much the slope may change from year to year, in links a year
BENDS = (0.0, 0.01, 0.02, 0.05, 0.1)
# which years before the park are left out or counted as treated
ANTICIPATION = ("listed", "without g-1", "without g-1 and g-2", "from g-1")
COLUMNS = ["part", "design", "setting", "quantity", "value"]


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """All numbers of the chapter: part, design, setting, quantity, value."""
    found = []
    for design in DESIGNS:
        path = path_of(panels, design)
        for part in (estimate, pretest, relative, smoothness):
            found += [(part.__name__, design, *row) for row in part(path)]
    found += [("line", *row) for row in line(panels)]
    found += [("dates", "two-way", *row) for row in dates(panels)]
    found += [("anticipation", "two-way", *row) for row in anticipation(panels)]
    made = pd.DataFrame(found, columns=COLUMNS).astype({"value": float})
    made.attrs["source"] = panels.source
    return made


@takes_tables
def path_of(panels: Panels, design: str) -> EventPath:
    """The event study of one of `DESIGNS`, with the covariance of its coefficients."""
    if design == "group_time":
        return event_paths.group_time(panels.manufacturing, OUTCOME, window=WINDOW)
    controls = table_2.controls(panels) if design == "controls" else None
    return event_paths.two_way(panels.manufacturing, OUTCOME, window=WINDOW, outside="free", controls=controls)


@takes_tables
def line(panels: Panels) -> list[tuple]:
    """What a line becomes by which treated pairs gain one link a year on the others, with the controls of Figure 1.

    For each way in which years outside the window enter (`OUTSIDE`): the coefficient of each event time, and their mean
    from the park on. Relative to the year before the park alone they are s + 1.
    """
    panel, controls = panels.manufacturing, table_2.controls(panels)
    panel = panel.assign(line=(panel["year"] - panel["cohort"] + 1).fillna(0).astype(float))
    found = []
    for design, outside in OUTSIDE.items():
        path = event_study.estimate(
            panel, "line", window=WINDOW, base=figure_1.BASE, outside=outside, controls=controls
        )
        values = path.set_index("event_time")["estimate"].drop(figure_1.BASE)
        found += [(design, str(time), "coefficient", float(value)) for time, value in values.items()]
        found.append((design, "", "mean", float(values.loc[0:].mean())))
    return found


def estimate(path: EventPath) -> list[tuple]:
    """The mean effect with its standard error, and the largest change of a coefficient before the park."""
    mean, error = path.mean()
    largest = float(abs(honest.changes_before(path)[0]).max())
    return [("", "mean", mean), ("", "std_error", error), ("", "largest_change", largest)]


def pretest(path: EventPath) -> list[tuple]:
    """For each power: the slope that the test finds with it, what it adds to the mean, and the bias after passing."""
    found = []
    weights = path.mean_weights()
    for target in POWERS:
        each, joint = (pretest_power.slope_found(path, target, test) for test in pretest_power.TESTS)
        after = pretest_power.after_passing(path, each).iloc[path.before :]
        values = {
            "slope": each,
            "slope_joint": joint,
            "added": float(weights @ after["line"]),
            "added_joint": joint / each * float(weights @ after["line"]),
            "bias_after_passing": float(weights @ after["mean_after_passing"]),
        }
        found += [(f"{target:g}", name, value) for name, value in values.items()]
    return found


def relative(path: EventPath) -> list[tuple]:
    """Identified set and interval for each multiple of the largest change before, and where they reach zero."""
    weights = path.mean_weights()
    found = []
    for multiple in MULTIPLES:
        ends = (*honest.relative_set(path, multiple, weights), *honest.relative_interval(path, multiple, weights))
        found += _ends(multiple, ends)
    found.append(("", "set_breakdown", honest.relative_breakdown(path, weights)))
    found.append(("", "breakdown", honest.relative_interval_breakdown(path, weights)))
    return found


def smoothness(path: EventPath) -> list[tuple]:
    """Interval for each bound on the bend of the difference in trends, and where it reaches zero."""
    weights = path.mean_weights()
    found = []
    for bend in BENDS:
        ends = (*honest.smooth_set(path, bend, weights), *honest.smooth_interval(path, bend, weights))
        found += _ends(bend, ends)
    return [*found, ("", "breakdown", honest.smooth_breakdown(path, weights))]


@takes_tables
def dates(panels: Panels, bounds_alone: bool = False) -> list[tuple]:
    """Lowest, listed and highest two-way estimate over the years that documents allow, and how many combinations.

    bounds_alone : whether only pairs vary whose listed year is a bound or has no date
    """
    found = year_range(panels, bounds_alone)
    values = {"lowest": found.estimates[0], "listed": found.listed, "highest": found.estimates[-1]}
    rows = [(name, "estimate", float(value)) for name, value in values.items()]
    return [*rows, ("", "combinations", float(len(found.estimates)))]


@takes_tables
def year_range(panels: Panels, bounds_alone: bool = False) -> cohort_range.YearRange:
    """The two-way estimate over all defensible years. A pair whose year is not that of the list keeps its year."""
    panel = panels.manufacturing
    years = date_intervals.defensible_years()
    if bounds_alone:
        years = years[years["basis"].isin(date_intervals.BOUNDS)]
    own = panel.dropna(subset="cohort").drop_duplicates(PAIR)[[*PAIR, "cohort"]].astype({"cohort": "int64"})
    same = years.merge(own.rename(columns={"cohort": "listed"}), on=[*PAIR, "listed"])
    return cohort_range.over_years(panel, OUTCOME, same if len(same) else None)


@takes_tables
def anticipation(panels: Panels) -> list[tuple]:
    """The two-way estimate if investors act before the park: years before it are left out, or count as treated."""
    found = []
    for setting in ANTICIPATION:
        row = did.twfe(moved(panels.manufacturing, setting), OUTCOME).iloc[0]
        found += [(setting, name, float(row[name])) for name in ("estimate", "std_error", "p_value")]
    return found


def moved(panel: pd.DataFrame, setting: str) -> pd.DataFrame:
    """The panel under one of `ANTICIPATION`."""
    if setting == "from g-1":
        return panel.assign(cohort=panel["cohort"] - 1)
    since = (panel["year"] - panel["cohort"]).astype("Float64")
    left_out = {"listed": [], "without g-1": [-1], "without g-1 and g-2": [-1, -2]}[setting]
    return panel[~since.isin(left_out).fillna(False).astype(bool)]


def _ends(setting: float, ends: tuple) -> list[tuple]:
    names = ("set_low", "set_high", "conf_low", "conf_high")
    return [(f"{setting:g}", name, float(end)) for name, end in zip(names, ends, strict=True)]
