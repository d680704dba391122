"""The three words of the audit, and what is said with each of them."""

from typing import NamedTuple

CONSISTENT, ONLY_IF, IMPOSSIBLE = "consistent", "consistent only if", "impossible"
# from the mildest to the gravest
VERDICTS = [CONSISTENT, ONLY_IF, IMPOSSIBLE]


class Verdict(NamedTuple):
    """A verdict on a printed number.

    Attributes
    ----------
    word : one of `VERDICTS`
    reason : the numbers that it follows from; after "consistent only if", the condition
    """

    word: str
    reason: str


def gravest(words: list[str]) -> str:
    """The gravest of some verdicts; "consistent" if there is none.

    >>> gravest(["consistent", "impossible", "consistent only if"])
    'impossible'
    """
    return max(words, key=VERDICTS.index, default=CONSISTENT)


def of_condition(possible: bool, certain: bool, reason: str, condition: str = "") -> Verdict:
    """The verdict where a condition is met by all, by some or by none of the values that print allows."""
    if not possible:
        return Verdict(IMPOSSIBLE, reason)
    return Verdict(CONSISTENT, reason) if certain else Verdict(ONLY_IF, condition or reason)
