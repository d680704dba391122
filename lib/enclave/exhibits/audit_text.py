"""Checks of the numbers in the paper's text against its tables (`enclave.exhibits.audit`).

Two of them are readings of the text and no arithmetic: what a difference before the parks adds if it goes on, and what
the pairs that were left out could change. Both use the years of the treated pairs (`facts.treated`, a reconstruction).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from enclave import facts
from enclave.audit import drift, regressions, selection
from enclave.audit.rounding import Interval, point, printed
from enclave.audit.verdicts import CONSISTENT, IMPOSSIBLE, ONLY_IF, Verdict
from enclave.base import paths
from enclave.base.terms import YEARS
from enclave.exhibits.audit_tables import (
    COUNT,
    HELPERS,
    INTERACTION,
    RECIPIENTS,
    Cell,
    Checked,
    Print,
)

# numbers of the text: section, what it is, as printed
PAIRS, KEPT, DELETED = (("text", "4.1", name, "n") for name in ("pairs", "pairs kept", "pairs without a link"))
TRENDS: Cell = ("text", "4.3", "parallel trends", "claim")
PLACEBO: Cell = ("text", "4.3", "estimate in the placebo figure", "per cent")
SHARE: Cell = ("text", "4.4", "reduction per km", "per cent")
LITTLE: Cell = ("text", "4.4", "effect very small at", "km")
ZERO: Cell = ("text", "4.4", "effect about zero at", "km")
PRINTED: dict[Cell, str] = {
    PAIRS: "108",
    KEPT: "88",
    DELETED: "20",
    TRENDS: "basically hold",
    PLACEBO: "29.5",
    SHARE: "0.41",
    LITTLE: "200",
    ZERO: "244",
}
CELLS = list(PRINTED)
# the programme of co-built parks began in this year: no event time is later than what it leaves
PROGRAMME = 2005
LAST = YEARS[-1] - PROGRAMME
EFFECT, SLOPE = ("4", "1", "treat", "estimate"), ("4", "1", f"{INTERACTION}boundary", "estimate")
PRE, POST = (("3", "2", f"dynamic_{name}_avg") for name in ("pre", "post"))


def checks(numbers: Print) -> Iterator[Checked]:
    """All checks of the text, and which documented list each slope of Table 4 allows."""
    parts = [
        (PAIRS, "product", pairs(numbers)),
        (KEPT, "product", pairs(numbers)),
        (DELETED, "product", pairs(numbers)),
    ]
    parts += [(DELETED, "parks among them", deleted(numbers)), (TRENDS, "drift", trends(numbers))]
    parts += [(PLACEBO, "Table 2", placebo(numbers)), (SHARE, "ratio", share(numbers))]
    parts += [(LITTLE, "ratio", little(numbers)), (ZERO, "ratio", zero(numbers))]
    yield from (Checked(cell, check, PRINTED[cell], verdict) for cell, check, verdict in parts)
    for cell in numbers.cells:
        if cell[0] == "4" and cell[2].startswith(INTERACTION) and cell[3] == "estimate" and int(cell[1]) % 2:
            yield Checked(cell, "documented list", numbers.text(cell), documented())


def pairs(numbers: Print) -> Verdict:
    """9 x 12 pairs, of which some were deleted, and the rest has all years."""
    every, kept, deleted = (int(PRINTED[cell]) for cell in (PAIRS, KEPT, DELETED))
    rows = numbers.whole("2", "1", "model", "n")
    fits = every == HELPERS * RECIPIENTS == kept + deleted and kept * len(YEARS) == rows
    return Verdict(CONSISTENT if fits else IMPOSSIBLE, f"{HELPERS} × {RECIPIENTS} = {kept} + {deleted}; {rows} rows")


def placebo(numbers: Print) -> Verdict:
    """The estimate that the figure calls 29.5 per cent is column (3) of Table 2 times a hundred."""
    shown, effect = printed(PRINTED[PLACEBO]), numbers.of("2", "3", "treat", "estimate")
    low, high = (100 * np.expm1(end) for end in effect.ends())
    if not shown.meets(effect * point(100)):
        return Verdict(IMPOSSIBLE, f"Table 2 has {numbers.text(('2', '3', 'treat', 'estimate'))}")
    return Verdict(
        ONLY_IF, f"a coefficient of ln(1 + y) is read as per cent; as a ratio it is {low:.1f} to {high:.1f} %"
    )


def share(numbers: Print) -> Verdict:
    """The reduction per kilometre as a share of the effect at zero."""
    found = regressions.share_per_unit(numbers.of(*EFFECT), numbers.of(*SLOPE)) * point(100)
    return _met(printed(PRINTED[SHARE]), found, f"between {found.ends()[0]:.3f} and {found.ends()[1]:.3f} %")


def little(numbers: Print) -> Verdict:
    """What is left of the effect at 200 km."""
    taken = regressions.share_per_unit(numbers.of(*EFFECT), numbers.of(*SLOPE)) * point(int(PRINTED[LITTLE]))
    low, high = (100 * (1 - end) for end in reversed(taken.ends()))
    word = CONSISTENT if high > 0 else IMPOSSIBLE
    return Verdict(word, f"{low:.0f} to {high:.0f} % of the effect at zero distance are left")


def zero(numbers: Print) -> Verdict:
    """Where the effect is zero: whether the printed digits give it as well."""
    effect, slope, shown = numbers.of(*EFFECT), numbers.of(*SLOPE), printed(PRINTED[ZERO])
    found = regressions.zero_at(effect, slope)
    words = f"between {found.ends()[0]:.1f} and {found.ends()[1]:.1f} km"
    digits = -float(numbers.text(EFFECT)) / float(numbers.text(SLOPE))
    if not shown.meets(found) or shown.low <= digits <= shown.high:
        return _met(shown, found, words)
    other = 100 / float(PRINTED[SHARE])
    return Verdict(
        ONLY_IF,
        f"it is not the ratio of the printed coefficients, {digits:.1f}, rounded: unrounded coefficients give {words}, "
        f"and 100 / {PRINTED[SHARE]} is {other:.1f}",
    )


def _met(shown: Interval, found: Interval, words: str) -> Verdict:
    return Verdict(CONSISTENT if shown.meets(found) else IMPOSSIBLE, words)


def trends(numbers: Print) -> Verdict:
    """What the difference per year before the parks would be of the effect, if it went on."""
    yearly, after = (numbers.of(*row, "estimate") for row in (PRE, POST))
    added = drift.carried_on(yearly, LAST)
    part = [100 * end for end in (added / after).ends()]
    top = drift.confidence(yearly, numbers.of(*PRE, "std_error"))[1]
    needed = drift.enough(after, LAST).ends()
    inside = "inside" if top >= needed[0] else "outside"
    return Verdict(
        ONLY_IF,
        f"the yearly difference before the parks stops with them: over {LAST + 1} event times, the most that there can "
        f"be, it would be {part[0]:.1f} to {part[1]:.1f} % of Post_avg, and {needed[0]:.3f} a year would be all of it, "
        f"{inside} its 95 % interval (up to {top:.3f})",
    )


def deleted(numbers: Print) -> Verdict:
    """The estimate of Table 2 on all pairs, by the number of pairs without a link that have a park."""
    none, all_of_them = with_parks(numbers, 0), with_parks(numbers, int(PRINTED[DELETED]))
    return Verdict(
        ONLY_IF,
        f"no pair without a link has a park: then all pairs give {none[0]:.2f} to {none[1]:.2f}; if each had one, "
        f"{all_of_them[0]:.2f} to {all_of_them[1]:.2f}",
    )


def with_parks(numbers: Print, parks: int, cohorts: pd.Series | None = None) -> tuple[float, float]:
    """Column (1) of Table 2 on all pairs if `parks` of those without a link are treated: smallest, largest.

    `cohorts`: years of the treated pairs (default: `facts.treated`). Those of the others are taken from them in turn.
    """
    years = facts.treated()["cohort"] if cohorts is None else cohorts
    starts = tuple(int(YEARS[-1] + 1 - year) for year in sorted(years))
    return selection.with_zeros(kept(numbers, starts), int(PRINTED[DELETED]), _in_turn(starts, parks))


def kept(numbers: Print, starts: tuple[int, ...]) -> selection.Kept:
    """What print says of the pairs with a link, given the treated years of the treated ones."""
    rows = {group: numbers.whole("1", group, COUNT, "n") for group in ("control", "treated")}
    every = sum(rows.values())
    means = [numbers.of("1", group, COUNT, "mean") * point(n) / point(every) for group, n in rows.items()]
    number = int(PRINTED[KEPT])
    between = explained(numbers) / number
    return selection.Kept(
        numbers.of("2", "1", "treat", "estimate"), means[0] + means[1], between, starts, number, len(YEARS)
    )


def explained(numbers: Print) -> float:
    """An upper bound on the sum of squares that the regression of column (1) of Table 2 explains."""
    shares = float(numbers.of("2", "1", "model", "r2").high)
    groups = {group: numbers.whole("1", group, COUNT, "n") for group in ("control", "treated")}
    within = sum((n - 1) * float(numbers.of("1", group, COUNT, "sd").high) ** 2 for group, n in groups.items())
    gap = max(
        abs(end)
        for end in (numbers.of("1", "treated", COUNT, "mean") - numbers.of("1", "control", COUNT, "mean")).ends()
    )
    return shares * (within + gap**2 * groups["control"] * groups["treated"] / sum(groups.values()))


def _in_turn(starts: tuple[int, ...], number: int) -> tuple[int, ...]:
    """So many of the given years, spread over their order; after the last begin again."""
    whole, rest = divmod(number, len(starts))
    spread = tuple(starts[place] for place in np.linspace(0, len(starts) - 1, rest).round().astype(int)) if rest else ()
    return starts * whole + spread


def documented() -> Verdict:
    """What the search among documented lists of treated pairs says of the columns of Table 4 without controls."""
    rows = pd.read_csv(paths.LISTS / "candidates.csv")
    meets = rows[rows["broken_8"] == 0]
    by_dates = meets[meets["bounds"] == 0]
    if len(by_dates):
        return Verdict(
            CONSISTENT, f"{len(by_dates)} documented lists were found that give all four slopes and gains in R2"
        )
    if len(meets):
        return Verdict(
            ONLY_IF,
            f"some parks are older than their first report: in each of the {len(meets)} lists found that is so for "
            f"{int(meets['bounds'].min())} or more",
        )
    return Verdict(
        ONLY_IF, f"the list has pairs or years that no page documents: of {len(rows)} lists none gives all four"
    )
