"""Compares an answer with the right one and with those of typical mistakes. It knows no variable of a solution."""

import importlib
import math
import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enclave import facts
from enclave.base import sources
from enclave.base.errors import EnclaveError
from enclave_exercises.answers import Answers, Maker

CHAPTERS = [*(str(number) for number in range(18)), *"ABCD"]
NUMBER = re.compile(r"0*(?P<chapter>\d{1,2}|[A-D])\.(?P<exercise>\d)", re.IGNORECASE)
NEAR = 0.02
DOTS = "Put your answer in the place of the dots, and run the cell again."
CLOSE = "Close, but not close enough: do not round before the end."
SIGN = "Look at the sign: which is taken from which?"
UNIT = "Look at the unit: per cent, or a share?"
NOTHING = "Not yet. Read the last line of the exercise again: is this the quantity that it asks for?"


@dataclass(frozen=True, repr=False)
class Verdict:
    """Whether an answer is right, or None where there is none, and what is said about it."""

    right: bool | None
    text: str

    def _repr_markdown_(self) -> str:
        return f"**{self._word()}** {self.text}".strip() if self._word() else self.text

    def __repr__(self) -> str:
        return f"{self._word()} {self.text}".strip()

    def _word(self) -> str:
        return "" if self.right is None else "Right." if self.right else "Not right."


def check(number: str, answer: object = ..., source: str = "twin") -> Verdict:
    """Say whether `answer` is right for the exercise of this number, such as "2.1" or "02.1".

    The right answer is computed from the panels of `source`. Numbers may have any type that holds one number; cities
    are codes or names, pairs of cities two of them, the helper first.

    Raises EnclaveError for an exercise that does not exist, or a source without panels.
    """
    if answer is ...:
        return Verdict(right=None, text=DOTS)
    name = _name(number)
    maker = of_chapter(name.partition(".")[0]).get(name) if name else None
    if maker is None:
        raise EnclaveError(f"There is no exercise {number!r}. {_those_near(number)}")
    sources.name_checked(source)
    return judged(answer, maker(source))


def every() -> dict[str, Maker]:
    """Each exercise of the book by its number, in order."""
    return {number: maker for chapter in CHAPTERS for number, maker in of_chapter(chapter).items()}


def of_chapter(chapter: str) -> dict[str, Maker]:
    """The exercises of one chapter. Its module is loaded here: those of others may need libraries that take long."""
    name = f"chapter_{int(chapter):02}" if chapter.isdigit() else f"appendix_{chapter.lower()}"
    makers = importlib.import_module(f"enclave_exercises.{name}").EXERCISES
    return {f"{chapter}.{number}": maker for number, maker in enumerate(makers, start=1)}


def judged(answer: object, answers: Answers) -> Verdict:
    """The verdict on an answer."""
    given = plain(answer)
    if any(same(given, plain(right), answers.tolerance) for right in (answers.right, *answers.also)):
        return Verdict(right=True, text="")
    right = plain(answers.right)
    if (fault := other_form(given, right)) is not None:
        return Verdict(right=False, text=fault)
    hints = [hint for hint, wrong in answers.wrong.items() if same(given, plain(wrong), answers.tolerance)]
    return Verdict(right=False, text=[*hints, *general(given, right), NOTHING][0])


def plain(answer: Any) -> Any:
    """An answer without its wrapping: a number, a word in small letters, the code of a city, or a tuple of these."""
    if hasattr(answer, "to_numpy"):
        answer = answer.to_numpy()
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    if isinstance(answer, Mapping):
        answer = list(answer.values())
    if isinstance(answer, (list, tuple)):
        return plain(answer[0]) if len(answer) == 1 else tuple(plain(part) for part in answer)
    if isinstance(answer, str):
        parts = re.split(r"\s*(?:–|→|->|,|\band\b)\s*", answer.strip())
        return _word(answer) if len(parts) == 1 else tuple(_word(part) for part in parts)
    return answer


def same(given: Any, other: Any, tolerance: float) -> bool:
    """Whether two plain answers agree: whole numbers and words exactly, other numbers within the tolerance."""
    if isinstance(given, tuple) and isinstance(other, tuple):
        pairs = zip(given, other, strict=False)
        return len(given) == len(other) and all(same(one, two, tolerance) for one, two in pairs)
    if _is_number(given) and _is_number(other):
        share = 0 if isinstance(other, numbers.Integral) else tolerance
        return math.isclose(given, other, rel_tol=share, abs_tol=1e-6 if share and not other else 1e-9)
    return type(given) is type(other) and given == other


def other_form(given: Any, right: Any) -> str | None:
    """What is wrong with the form of an answer, if it is no such thing as the right one."""
    if _is_number(right):
        return None if _is_number(given) else "The answer is one number."
    if isinstance(right, tuple):
        return None if isinstance(given, tuple) and len(given) == 2 else "The answer is a pair: (helper, recipient)."
    if not isinstance(given, str):
        return "The answer is a text in quotes: a letter, a name or a code."
    return None


def general(given: Any, right: Any) -> list[str]:
    """Hints that hold for every number or pair."""
    if isinstance(right, tuple):
        return ["Look at the order: the helper comes first."] if given == right[::-1] else []
    if not (_is_number(given) and _is_number(right)) or isinstance(right, numbers.Integral):
        return []
    cases = {SIGN: -right, UNIT: 100 * right, f"{UNIT} ": right / 100}
    found = [hint.strip() for hint, value in cases.items() if right and math.isclose(given, value, rel_tol=1e-3)]
    return found or ([CLOSE] if math.isclose(given, right, rel_tol=NEAR) else [])


def _name(number: object) -> str:
    found = NUMBER.fullmatch(str(number).strip())
    known = found and found["chapter"].upper() in CHAPTERS
    return f"{found['chapter'].upper()}.{found['exercise']}" if known else ""


def _those_near(number: object) -> str:
    """The numbers of the exercises of the chapter that was meant, or of the first and last of each chapter."""
    given = f"{number}".strip()
    chapter = given.partition(".")[0].lstrip("0").upper() or "0"
    if given and chapter in CHAPTERS:
        return f"Those of its chapter are {', '.join(of_chapter(chapter))}."
    return f"The exercises are: {'; '.join(_span(list(of_chapter(chapter))) for chapter in CHAPTERS)}."


def _span(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _word(text: str) -> str:
    """A word in small letters; the name of a city becomes its code."""
    word = " ".join(text.split()).casefold()
    return _cities().get(word.removesuffix("市"), word)


def _cities() -> dict[str, str]:
    cities = facts.cities()
    named = [cities["name"].str.casefold(), cities["name_zh"].str.removesuffix("市")]
    return {name: code for names in named for name, code in zip(names, cities["code"].astype(str), strict=True)}
