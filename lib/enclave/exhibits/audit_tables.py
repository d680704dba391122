"""Checks of the numbers in Tables 1 to 5 against each other (`enclave.exhibits.audit`)."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from enclave import facts
from enclave.audit import counts, regressions, whole_numbers
from enclave.audit.rounding import Interval, printed
from enclave.audit.verdicts import CONSISTENT, IMPOSSIBLE, ONLY_IF, Verdict, of_condition
from enclave.base.errors import EnclaveError
from enclave.base.terms import CELL, DISTANCES, YEARS
from enclave.exhibits import scorecard

# table, column, row, statistic
Cell = tuple[str, ...]
# helpers and recipients: at most so many pairs share a recipient
HELPERS, RECIPIENTS = 9, 12
COUNT, LOG = "investments", "log_investments"
INTERACTION = "treat_x_distance_"


class Checked(NamedTuple):
    """A verdict on one printed number by one check."""

    cell: Cell
    check: str
    printed: str
    verdict: Verdict


class Print:
    """The printed numbers by their keys."""

    def __init__(self, published: pd.DataFrame) -> None:
        rows = published.astype(dict.fromkeys(CELL, str))
        self._rows = {tuple(row[name] for name in CELL): row for row in rows.to_dict("records")}
        self.cells: list[Cell] = list(self._rows)

    def text(self, cell: Cell) -> str:
        """A number as printed. Raises EnclaveError if there is none."""
        if cell not in self._rows:
            raise EnclaveError(f"published.csv has no number {', '.join(cell)}. Add it with its printed digits.")
        return str(self._rows[cell]["printed"])

    def stars(self, cell: Cell) -> str:
        """Its stars."""
        self.text(cell)
        return str(self._rows[cell]["stars"])

    def of(self, *cell: str) -> Interval:
        """The interval of a number. Raises EnclaveError if there is none."""
        return printed(self.text(cell))

    def whole(self, *cell: str) -> int:
        """A number that is a count."""
        return int(self.text(cell))

    def has(self, *cell: str) -> bool:
        """Whether the number is printed."""
        return cell in self._rows


def checks(numbers: Print) -> Iterator[Checked]:
    """All checks of Tables 1 to 5, number by number."""
    for part in (rows_of_pairs, yearbook_rows, integers, moments, stars, nested, mean_distances):
        for cell, check, verdict in part(numbers):
            yield Checked(cell, check, numbers.text(cell), verdict)


Found = Iterator[tuple[Cell, str, Verdict]]


def rows_of_pairs(numbers: Print) -> Found:
    """A number of observations is one of pairs times one of years, and the groups of Table 1 make up Table 2."""
    years = len(YEARS)
    both = sum(numbers.whole("1", group, COUNT, "n") for group in ("control", "treated"))
    for cell in numbers.cells:
        if cell[3] != "n" or (cell[0] == "1" and cell[2] not in (COUNT, LOG)):
            continue
        pairs, rest = divmod(numbers.whole(*cell), years)
        fits = rest == 0 and pairs <= HELPERS * RECIPIENTS
        more = f" and {rest} rows more" if rest else ""
        yield cell, "rows", Verdict(CONSISTENT if fits else IMPOSSIBLE, f"{pairs} pairs × {years} years{more}")
        if cell[0] in ("2", "4"):
            rows = numbers.whole(*cell)
            word = CONSISTENT if rows == both else IMPOSSIBLE
            yield cell, "groups", Verdict(word, f"both groups of Table 1 have {both} rows")


def yearbook_rows(numbers: Print) -> Found:
    """A missing value of a recipient is missing for each of its pairs, of both groups, in that year."""
    whole = [numbers.whole("1", group, COUNT, "n") for group in ("control", "treated")]
    pairs = [rows // len(YEARS) for rows in whole]
    for cell in numbers.cells:
        if cell[0] != "1" or cell[3] != "n" or cell[2] in (COUNT, LOG):
            continue
        missing = [
            all_rows - numbers.whole("1", group, cell[2], "n")
            for all_rows, group in zip(whole, ("control", "treated"), strict=True)
        ]
        yield cell, "missing rows", _missing(missing, pairs)


def _missing(missing: list[int], pairs: list[int]) -> Verdict:
    """Whether so many rows of both groups can be missing, if whole years of recipients are."""
    lost = sum(missing)
    if min(missing) < 0:
        return Verdict(IMPOSSIBLE, f"{-min(missing)} rows more than pairs x years")
    if not lost:
        return Verdict(CONSISTENT, "no row is missing")
    years = min(rows // each for rows, each in zip(missing, pairs, strict=True))
    rest = lost - years * sum(pairs)
    parts = [f"{years} of {len(YEARS)} years of all recipients"] if years else []
    parts += [f"{-(-rest // HELPERS)} or more years of single recipients"] if rest else []
    return Verdict(
        ONLY_IF,
        f"no value of {YEARS[0]} is missing, since the regressions with controls lose no row; {missing[0]} + "
        f"{missing[1]} rows are missing, such as {' and '.join(parts)}",
    )


def integers(numbers: Print) -> Found:
    """Mean and deviation of the links: whole numbers of each group."""
    for group in ("control", "treated"):
        n = numbers.whole("1", group, COUNT, "n")
        mean, sd = (("1", group, COUNT, name) for name in ("mean", "sd"))
        passes = whole_numbers.chance(numbers.text(mean), n)
        power = "; with so many rows each number would pass" if passes == 1 else f"; {100 * passes:.0f} % would pass"
        first, second = (
            whole_numbers.grim(numbers.text(mean), n),
            whole_numbers.grimmer(numbers.text(mean), numbers.text(sd), n, least=0),
        )
        yield mean, "integers", first._replace(reason=first.reason + power)
        yield sd, "integers", second._replace(reason=second.reason + power)


def moments(numbers: Print) -> Found:
    """Mean and deviation of the links and of their logarithm, together."""
    for group in ("control", "treated"):
        cells = [("1", group, row, name) for row in (COUNT, LOG) for name in ("mean", "sd")]
        found = counts.zero_share(group_moments(numbers, group))
        verdict = Verdict(IMPOSSIBLE, "no counts have these two means and two deviations")
        if found is not None:
            low, high = (100 * share for share in found)
            verdict = Verdict(CONSISTENT, f"between {low:.1f} and {high:.1f} % of the rows are zero")
        for cell in cells:
            yield cell, "moments", verdict


def group_moments(numbers: Print, group: str) -> counts.Moments:
    """The four printed moments of a group of Table 1 and its number of rows."""
    cells = [("1", group, row, name) for row in (COUNT, LOG) for name in ("mean", "sd")]
    mean, sd, log_mean, log_sd = (numbers.of(*cell) for cell in cells)
    return counts.Moments(mean, sd, log_mean, log_sd, numbers.whole("1", group, COUNT, "n"))


def stars(numbers: Print) -> Found:
    """Stars against t, with one degree of freedom less than pairs (Table 3: normal)."""
    for cell in numbers.cells:
        if cell[3] == "estimate":
            error = (*cell[:3], "std_error")
            verdict = regressions.star_verdict(
                numbers.of(*cell), numbers.of(*error), numbers.stars(cell), df_of(numbers, cell)
            )
            yield cell, "stars", verdict
            yield error, "stars", verdict


def df_of(numbers: Print, cell: Cell) -> float:
    """Degrees of freedom of a column: pairs less one; infinite in Table 3."""
    if cell[0] in scorecard.NORMAL:
        return np.inf
    return numbers.whole(*cell[:2], "model", "n") // len(YEARS) - 1


def nested(numbers: Print) -> Found:
    """R2 does not fall from a column to one with further regressors."""
    pairs = [((table, str(number)), (table, str(number + 1))) for table in ("2", "4", "5") for number in range(1, 9, 2)]
    pairs += [(("2", str(2 - number % 2)), ("4", str(number))) for number in range(1, 9)]
    for short, long in pairs:
        one, other = (*short, "model", "r2"), (*long, "model", "r2")
        if numbers.has(*one) and numbers.has(*other):
            verdict = regressions.nested_verdict(numbers.of(*one), numbers.of(*other))
            yield one, f"less than in Table {long[0]} ({long[1]})", verdict
            yield other, f"more than in Table {short[0]} ({short[1]})", verdict


def mean_distances(numbers: Print) -> Found:
    """The weighted mean distance of Tables 2 and 4 is one of distances between cities of the province."""
    for cell in numbers.cells:
        if cell[0] == "4" and cell[2].startswith(INTERACTION) and cell[3] == "estimate":
            yield cell, "mean distance", mean_distance_verdict(numbers, cell)


def implied_distance(numbers: Print, cell: Cell) -> Interval:
    """The weighted mean distance (km) that a slope of Table 4 and its column of Table 2 imply."""
    short = numbers.of("2", "1" if int(cell[1]) % 2 else "2", "treat", "estimate")
    return regressions.mean_distance(short, numbers.of("4", cell[1], "treat", "estimate"), numbers.of(*cell))


def mean_distance_verdict(numbers: Print, cell: Cell) -> Verdict:
    """Whether the implied mean lies between the smallest and the largest distance of the 108 pairs."""
    column = f"dist_{cell[2].removeprefix(INTERACTION)}_km"
    km = facts.distances()[column] if column in DISTANCES else pd.Series(dtype=float)
    low, high = implied_distance(numbers, cell).ends()
    words = f"the mean distance of treated pairs is between {low:.1f} and {high:.1f} km"
    possible, certain = high >= km.min() and low <= km.max(), low >= km.min() and high <= km.max()
    return of_condition(possible, certain, f"{words}; pairs are {km.min():.0f} to {km.max():.0f} km apart")
