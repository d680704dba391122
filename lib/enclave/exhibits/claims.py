"""The paper's sixteen statements in words, each tested on the results of one source.

Where the paper says "hardly", "very small" or "visibly", a line has to be drawn; each test below draws it and says
so in its evidence. `facts.claims` has the statements and where the paper makes them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from enclave import facts, panels
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import csdid, decomposition, did, event_study, land
from enclave.estimators.panel_checks import ever_treated
from enclave.exhibits import results

HARDLY = 0.05
NEAR_ZERO = 0.02
SMALL_SHARE = 0.25
SHARING_BEFORE, SHARING_AGAIN = range(2011, 2014), range(2017, 2021)
SHARE_PER_KM = (0.0105 / 2.6915, 0.0115 / 2.6905)


@dataclass(frozen=True)
class Record:
    """The panels and results of one source, read when a claim asks for them."""

    source: str

    def panel(self, name: str) -> pd.DataFrame:
        return panels.read(name, self.source)

    def result(self, exhibit: str) -> pd.DataFrame:
        return results.read(exhibit, self.source)

    def cell(self, table: int, column: int, row: str, statistic: str = "estimate") -> float:
        return float(self._line(table, column, row, statistic)["value"])

    def stars(self, table: int, column: int, row: str) -> str:
        return str(self._line(table, column, row, "estimate")["stars"])

    def _line(self, table: int, column: int, row: str, statistic: str) -> pd.Series:
        cells = self.result(f"table_{table}")
        wanted = (cells["column"] == str(column)) & (cells["row"] == row) & (cells["statistic"] == statistic)
        if wanted.sum() != 1:
            raise EnclaveError(f"table_{table} of {self.source!r} has no one cell {column}, {row}, {statistic}.")
        return cells[wanted].iloc[0]


def evaluate(source: str) -> pd.DataFrame:
    """Each claim of the paper with a verdict: id, holds (True or False), evidence (one sentence with the numbers).

    Raises EnclaveError if a result that a claim needs has not been made.
    """
    record = Record(source)
    rows = [(name, *TESTS[name](record)) for name in facts.claims()["id"]]
    made = pd.DataFrame(rows, columns=["id", "holds", "evidence"]).astype({"holds": bool})
    made.attrs["source"] = source
    return made


def panel_shape(record: Record) -> tuple[bool, str]:
    """C01: 108 pairs, of which 20 drop out; 88 pairs times 19 years."""
    panel, possible = record.panel("manufacturing"), len(record.panel("pairs"))
    pairs, years = _pairs(panel), panel["year"].nunique()
    holds = (possible, pairs, years, len(panel)) == (108, 88, 19, 1672)
    return holds, f"{possible} pairs, {possible - pairs} dropped; {pairs} x {years} years = {len(panel)} rows."


def treated_pairs(record: Record) -> tuple[bool, str]:
    """C02: 13 pairs ever treated, 75 never."""
    panel = record.panel("manufacturing")
    ever = _pairs(panel[ever_treated(panel)])
    never = _pairs(panel) - ever
    return (ever, never) == (13, 75), f"{ever} pairs ever treated, {never} never."


def other_panels(record: Record) -> tuple[bool, str]:
    """C03: 107 pairs with any investment, and with any branch."""
    industry, branches = (_pairs(record.panel(name)) for name in ("all_industry", "branches"))
    return industry == branches == 107, f"{industry} pairs in all industries, {branches} in branches."


def controls_hardly_matter(record: Record) -> tuple[bool, str]:
    """C04: controls move each estimate of Table 2 by less than five per cent."""
    moves = [
        record.cell(2, with_, "treat") / record.cell(2, without, "treat") - 1 for without, with_ in [(1, 2), (3, 4)]
    ]
    words = f"Controls move the estimate by {moves[0]:+.1%} for links and {moves[1]:+.1%} for logarithms (line: 5%)."
    return all(abs(move) < HARDLY for move in moves), words


def no_effect_before(record: Record) -> tuple[bool, str]:
    """C05: before the park no event time of Figure 1 differs from the base at five per cent."""
    before = record.result("figure_1").query("-5 <= event_time <= -2")
    cover = _covers_zero(before)
    controls = did.base_year_controls(record.panel("yearbook"))
    joint = event_study.pretrend_test(record.panel("manufacturing"), "count", controls=controls)["p_value"]
    words = (
        f"{cover.sum()} of {len(cover)} intervals before the park cover zero, which does not show that nothing moved; "
    )
    return bool(cover.all()) and len(cover) == 4, f"{words}joint test p = {joint:.3f} (no part of the verdict)."


def effect_grows(record: Record) -> tuple[bool, str]:
    """C06: event times 6 to 10 lie above 0 to 2 on average, and some interval after the park excludes zero."""
    after = record.result("figure_1").query("event_time >= 0").set_index("event_time")
    early, late = after.loc[0:2, "estimate"].mean(), after.loc[6:10, "estimate"].mean()
    significant = int((~_covers_zero(after)).sum())
    words = f"Mean {early:.3f} in years 0 to 2, {late:.3f} in years 6 to 10; {significant} intervals exclude zero."
    return late > early and significant > 0, words


def averages_agree(record: Record) -> tuple[bool, str]:
    """C07: the averages of Table 3 have the sign of Table 2 and are significant at 10%; the pre-average is not."""
    rows = {1: "simple", 2: "dynamic_post_avg", 3: "calendar_avg", 4: "group_avg"}
    found = [(record.cell(3, column, row), record.stars(3, column, row)) for column, row in rows.items()]
    baseline = record.cell(2, 1, "treat")
    same = sum(value * baseline > 0 and stars != "" for value, stars in found) if record.stars(2, 1, "treat") else 0
    before = record.stars(3, 2, "dynamic_pre_avg")
    words = f"{same} of 4 averages have the baseline's sign and are significant (line: 10%); "
    words += f"the pre-average is {'significant' if before else 'not significant'}; "
    left_out = csdid.jackknife(record.panel("manufacturing"), "count").loc[list(rows.values()), "p_value"]
    words += f"with errors by leaving out treated pairs {(left_out < 0.1).sum()} of 4 are (no part of the verdict)."
    return same == 4 and not before, words


def placebo_centres_on_zero(record: Record) -> tuple[bool, str]:
    """C08: placebo estimates lie around zero, as their design makes them, and none reaches Table 2, column 3."""
    placebo, true = record.result("figure_2")["estimate"], record.cell(2, 3, "treat")
    mean, largest = placebo.mean(), placebo.max()
    words = f"{len(placebo)} draws with mean {mean:.4f}, the largest {largest:.3f} against {true:.3f}; "
    words += f"skewness {placebo.skew():.2f}, excess kurtosis {placebo.kurt():.2f}, "
    words += f"a test of normality has p = {stats.normaltest(placebo).pvalue:.3f} (chapter 5; no part of the verdict)."
    return abs(mean) < NEAR_ZERO and largest < true, words


def distance_weakens(record: Record) -> tuple[bool, str]:
    """C09: the slope over distance is negative in all eight columns of Table 4."""
    rows = _distance_slopes(record)
    negative, starred = int((rows["value"] < 0).sum()), int((rows["stars"] != "").sum())
    words = f"{negative} of {len(rows)} slopes are negative; {starred} are significant (10%), which is no part of this."
    return negative == len(rows) == 8, words


def distance_in_kilometres(record: Record) -> tuple[bool, str]:
    """C10: what a kilometre takes off is the printed ratio, as rounded; little is left at 200 km."""
    effect, slope = record.cell(4, 1, "treat"), record.cell(4, 1, "treat_x_distance_boundary")
    share, left = -slope / effect, 1 + 200 * slope / effect
    words = f"Each km takes {share:.2%} off the effect; {left:.0%} is left at 200 km (line: 25%)"
    holds = SHARE_PER_KM[0] <= share <= SHARE_PER_KM[1] and left < SMALL_SHARE
    near = f"near 244 km: {1 / SHARE_PER_KM[1]:.0f} to {1 / SHARE_PER_KM[0]:.0f} km, all that the printed ratio allows"
    return holds, f"{words}; zero at {1 / share:.0f} km ({near})."


def others_rise_too(record: Record) -> tuple[bool, str]:
    """C11: all eight estimates of Table 5 are positive and significant at ten per cent."""
    good = [record.cell(5, column, "treat") > 0 and record.stars(5, column, "treat") != "" for column in range(1, 9)]
    words = f"{sum(good)} of 8 estimates are positive and significant (line: 10%); leaving out treated pairs one at a "
    words += "time is no part of the verdict: chapter 7 shows where the intervals from it hold zero."
    return all(good), words


def density_rises(record: Record) -> tuple[bool, str]:
    """C12: density has a rising trend at every threshold; that it falls with the threshold lies in its definition."""
    wide = record.result("figure_3").pivot(index="year", columns="threshold", values="density").sort_index(axis=1)
    slopes = [np.polyfit(wide.index, wide[threshold], 1)[0] for threshold in wide]
    ordered = (wide.diff(axis=1).iloc[:, 1:] <= 0).all(axis=1)
    rising = sum(slope > 0 for slope in slopes)
    words = f"{rising} of {len(slopes)} trends rise; ordered by threshold in {ordered.sum()} of {len(wide)} years, "
    words += "as it must be."
    return rising == len(slopes) and bool(ordered.all()), words


def zeros_do_not_drive_it(record: Record) -> tuple[bool, str]:
    """C13: without years filled with zero, columns 1 and 3 keep their sign and are significant at ten per cent."""
    panel = record.panel("manufacturing")
    kept = panel[panel["count"] > 0]
    rows = pd.concat([did.twfe(kept, outcome) for outcome in ("count", "log_count")])
    filled = np.array([record.cell(2, column, "treat") for column in (1, 3)])
    significant = (rows["p_value"] < 0.1).to_numpy()
    holds = bool(significant.all() and (rows["estimate"].to_numpy() * filled > 0).all())
    controls = did.base_year_controls(record.panel("yearbook"))
    given = pd.concat([did.twfe(kept, outcome, controls=controls) for outcome in ("count", "log_count")])
    words, beside = (
        " and ".join(f"{row.estimate:.3f} (p = {row.p_value:.3f})" for row in found.itertuples())
        for found in (rows, given)
    )
    used = rows["n"].iloc[0]
    words = f"On the {used} of {len(kept)} rows with links that are no pair's only one, without controls: {words} "
    words += f"(line: 10%); on all rows {filled[0]:.3f} and {filled[1]:.3f}; "
    return holds, f"{words}with controls, on rows with links, {beside} (no part of the verdict)."


def land_falls_and_jumps(record: Record) -> tuple[bool, str]:
    """C14: inside parks 2014 to 2016 lie below the three years before on average, and 2017 above each of them."""
    inside = record.result("figure_4").set_index("year")["inside"]
    before, without, after = inside.loc[2011:2013].mean(), inside.loc[2014:2016], inside.loc[2017]
    words = f"Mean log area {before:.3f} in 2011 to 2013, {without.mean():.3f} in 2014 to 2016, {after:.3f} in 2017."
    return without.mean() < before and after > without.max(), words


def land_returns(record: Record) -> tuple[bool, str]:
    """C15: below the base in 2014 to 2016, higher after, and from 2017 on as high as to 2013 (not told apart at 5%)."""
    path = record.result("figure_5").set_index("event_time")
    without, after = path.loc[0:2, "estimate"], path.loc[3:6, "estimate"]
    again = land.contrast(record.panel("land"), SHARING_AGAIN, SHARING_BEFORE)
    back = bool(again["p_value"] >= 0.05)
    words = (
        f"Against 2013 the mean gap is {without.mean():.3f} in 2014 to 2016 and {after.mean():.3f} after; from 2017 on "
    )
    words += f"it is {again['estimate']:+.3f} from that of 2011 to 2013 (p = {again['p_value']:.3f}), "
    words += f"95% interval {again['conf_low']:+.3f} to {again['conf_high']:+.3f}: a return is "
    words += "not rejected (line: 5%); that is not the same as a return." if back else "rejected (line: 5%)."
    return bool((without < 0).all() and after.mean() > without.mean() and back), words


def no_negative_weight(record: Record) -> tuple[bool, str]:
    """C16: no treated cell enters the two-way fixed-effects estimate with a negative weight."""
    cells = decomposition.cell_weights(record.panel("manufacturing"))
    weights = cells.loc[cells["treat"] == 1, "weight"]
    smallest = weights.min() / weights.mean()
    words = f"{(weights < 0).sum()} of {len(weights)} treated cells have a negative weight"
    return bool((weights >= 0).all()), f"{words}; the smallest is {smallest:.2f} of the mean."


TESTS: dict[str, Callable[[Record], tuple[bool, str]]] = {
    f"C{number:02d}": test
    for number, test in enumerate(
        [
            panel_shape,
            treated_pairs,
            other_panels,
            controls_hardly_matter,
            no_effect_before,
            effect_grows,
            averages_agree,
            placebo_centres_on_zero,
            distance_weakens,
            distance_in_kilometres,
            others_rise_too,
            density_rises,
            zeros_do_not_drive_it,
            land_falls_and_jumps,
            land_returns,
            no_negative_weight,
        ],
        start=1,
    )
}


def _pairs(panel: pd.DataFrame) -> int:
    return len(panel[PAIR].drop_duplicates())


def _covers_zero(rows: pd.DataFrame) -> pd.Series:
    return (rows["conf_low"] <= 0) & (rows["conf_high"] >= 0)


def _distance_slopes(record: Record) -> pd.DataFrame:
    cells = record.result("table_4").query("statistic == 'estimate'")
    return cells[cells["row"].str.startswith("treat_x_")]
