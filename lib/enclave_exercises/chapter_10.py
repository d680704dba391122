"""Exercises of chapter 10: the audit of the printed tables."""

from scipy import stats

from enclave import facts
from enclave.audit import drift, regressions, whole_numbers
from enclave.audit.rounding import printed
from enclave.exhibits import audit_text
from enclave.exhibits.audit_tables import COUNT, INTERACTION, Print
from enclave_exercises.answers import Answers, Choice

LAST = 10
SLOPE = ("4", "3", f"{INTERACTION}centroid", "estimate")


def totals_behind_a_mean(source: str) -> Answers:
    """10.1: whole totals behind the mean of treated pairs if its last digit is a dropped zero."""
    numbers = Print(facts.published())
    n, text = numbers.whole("1", "treated", COUNT, "n"), numbers.text(("1", "treated", COUNT, "mean"))
    found = whole_numbers.totals(f"{text}0", n)
    wrong = {
        "You took the digits as they are printed. Add the zero first: the interval is ten times narrower.": len(
            whole_numbers.totals(text, n)
        ),
        "That is the mean times the rows. Which whole numbers are near enough to it?": float(text) * n,
        "That is the smallest total. Count them.": found[0],
        "That is the number of rows.": n,
    }
    return Answers(len(found), wrong)


def wrong_shares_that_pass(source: str) -> Answers:
    """10.2: the chance that five arbitrary shares of 79 all pass."""
    shares = facts.other_papers().query("check == 'percent' and n == '79'")
    passes = [whole_numbers.chance(row.printed, int(row.n), percent=True) for row in shares.itertuples()]
    one, together = passes[0], 1.0
    for each in passes:
        together *= each
    wrong = {
        "That is the chance of one share. They are five, and all have to pass.": one,
        "You added the chances. All five have to pass at once.": sum(passes),
        "That is the chance that at least one of them is found.": 1 - together,
        "A share in per cent with one decimal has three decimals as a number.": (79 / 10) ** len(passes),
    }
    return Answers(together, wrong)


def degrees_for_three_stars(source: str) -> Answers:
    """10.3: fewest whole degrees of freedom at which column (1) of Table 2 can have three stars."""
    numbers = Print(facts.published())
    cell = ("2", "1", "treat", "estimate")
    low, high = regressions.t_values(numbers.of(*cell), numbers.of(*cell[:3], "std_error"))

    def fewest(t: float, tail: float) -> int:
        return next(df for df in range(1, 1000) if stats.t.isf(tail, df) < t)

    wrong = {
        "You took the smallest t. Which t is the most favourable one that print leaves?": fewest(low, 0.005),
        "That is enough for two stars.": fewest(high, 0.025),
        "You tested one side. The stars are those of a two-sided test.": fewest(high, 0.01),
        "Those are the degrees of freedom of the paper: pairs less one.": numbers.whole("2", "1", "model", "n") // 19
        - 1,
    }
    return Answers(fewest(high, 0.005), wrong)


def width_with_a_further_digit(source: str) -> Answers:
    """10.4: how wide the mean distance of column (3) would be if its slope had a further zero, km."""
    numbers = Print(facts.published())
    short, treat = numbers.of("2", "1", "treat", "estimate"), numbers.of("4", "3", "treat", "estimate")
    text = numbers.text(SLOPE)

    def width(slope: str, one=short) -> float:
        low, high = regressions.mean_distance(one, treat, printed(slope)).ends()
        return high - low

    low, high = regressions.mean_distance(short, treat, printed(f"{text}0")).ends()
    wrong = {
        "That is the width with the digits that are printed.": width(text),
        "That is a distance and not the width of its interval.": (low + high) / 2,
        "That is half the width.": width(f"{text}0") / 2,
        "Take the effect of Table 2 without controls.": width(f"{text}0", numbers.of("2", "3", "treat", "estimate")),
    }
    return Answers(width(f"{text}0"), wrong)


def drift_behind_the_average(source: str) -> Answers:
    """10.5: the yearly difference that gives half of Post_avg over event times 0 to 10."""
    numbers = Print(facts.published())
    after = numbers.of(*audit_text.POST, "estimate")
    value = float(numbers.text((*audit_text.POST, "estimate")))

    def middle(last: int) -> float:
        return sum(drift.enough(after, last).ends()) / 4

    wrong = {
        "You took the last event time of the chapter.": middle(audit_text.LAST),
        "That would give all of the average.": 2 * middle(LAST),
        "You divided by the number of event times. What has a drift added by each of them?": value / 2 / (LAST + 1),
        "The park begins at event time zero, and the drift has already run for a year by then.": value / LAST,
        "That is what the difference before the parks adds. Which difference adds half of it?": float(
            drift.carried_on(numbers.of(*audit_text.PRE, "estimate"), LAST).low
        ),
    }
    return Answers(middle(LAST), wrong)


WHY_IT_RISES = {
    "a": "No treated pair is among those that are added, so the mean of the treated ones stays.",
    "c": "More rows change the error. What changes the estimate?",
    "d": "The treatment of the other pairs stays as it is. What is subtracted from their change?",
}
NOT_FOUND = {
    "a": "That is no product of pairs and years.",
    "c": "Compare it with the column that has more regressors.",
    "d": "Divide the estimate by its error.",
}
EXERCISES = [
    totals_behind_a_mean,
    wrong_shares_that_pass,
    degrees_for_three_stars,
    width_with_a_further_digit,
    drift_behind_the_average,
    Choice("b", WHY_IT_RISES).answers,
    Choice("b", NOT_FOUND).answers,
]
