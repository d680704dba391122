"""What an exercise takes for right, and the typical mistakes, each with the answer that it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answers:
    """The answers to one exercise.

    right : a number, a whole number, a word, a city by its code, or a pair of cities
    wrong : hint by hint the answer of a typical mistake; a hint says what to look at and not what is right
    also : further right answers, where several tie
    tolerance : how far a number may be from the right one, as a share of it
    """

    right: object
    wrong: Mapping[str, object]
    also: tuple = ()
    tolerance: float = 0.005


@dataclass(frozen=True)
class Choice:
    """The right letter of a question with choices, and a hint for each wrong one."""

    right: str
    hints: dict[str, str] = field(default_factory=dict)

    def answers(self, source: str) -> Answers:
        """As those of other exercises; `source` is not used."""
        return Answers(self.right, {hint: letter for letter, hint in self.hints.items()})


# from the data of a source, recomputed at each check
Maker = Callable[[str], Answers]
