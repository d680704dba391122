"""Tasks with points: what is asked for, the steps of the rubric that earn points, and how each is marked.

Three kinds of steps are marked by the program or by hand:

Number     an answer compared with the right one, computed from the student's own data; a mistake that is typical gets
           its hint, and an answer of the right size with another sign or unit, or rounded too early, half the points
Function   a function that the student writes, called on panels that are visible or hidden
Judgement  a text, marked by hand with the criteria that the task prints
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from enclave_course.counts import Drawn
from enclave_course.visible import agree
from enclave_exercises import checking
from enclave_exercises.answers import Answers

HALF = (checking.CLOSE, checking.SIGN, checking.UNIT)
OTHER = "Not yet. Read the task again: is this the number that it asks for, from your own data, with its conventions?"
# the tables that a student has, by the names of their files, and the truth
Solve = Callable[[dict[str, pd.DataFrame], dict], Answers]


@dataclass(frozen=True)
class Case:
    """A call of a function, what it must return (plain, see `visible.plain`), and what to look at if it does not."""

    points: int
    says: str
    given: list
    right: Any
    hint: str


@dataclass(frozen=True)
class Number:
    """An answer; `solve` computes the right one and those of typical mistakes."""

    name: str
    points: int
    says: str
    solve: Solve


@dataclass(frozen=True)
class Function:
    """A function to write. `hidden` draws cases from a generator: they are others for each course."""

    name: str
    visible: list[Case]
    hidden: Callable[[np.random.Generator, Drawn], list[Case]]
    # what the cases of `hidden` are worth, in order
    hidden_points: tuple[int, ...]

    @property
    def points(self) -> int:
        return sum(case.points for case in self.visible) + sum(self.hidden_points)


@dataclass(frozen=True)
class Judgement:
    """A text of the student, and the criteria by which it is marked by hand, with their points."""

    name: str
    criteria: list[tuple[int, str]]

    @property
    def points(self) -> int:
        return sum(points for points, _ in self.criteria)


@dataclass(frozen=True)
class Task:
    """A task. `asked` is the checksum of the text for which its steps were written: see `handout.refuse_unchecked`."""

    number: str
    asked: str
    step: Number | Function | Judgement


@dataclass(frozen=True)
class ProblemSet:
    """A problem set: its number ("1" to "6", "project"), the data of a student, and its tasks."""

    number: str
    draw: Callable[[np.random.Generator], Drawn]
    tasks: list[Task]

    @property
    def points(self) -> int:
        return sum(task.step.points for task in self.tasks)

    @property
    def title(self) -> str:
        """As a report names it."""
        return "Final project" if self.number == "project" else f"Problem set {self.number}"


@dataclass(frozen=True)
class Mark:
    """A step of the rubric as it was marked: points of how many, and a sentence. `by_hand`: the lecturer decides."""

    task: str
    step: str
    points: int
    of: int
    text: str
    by_hand: bool = False


def of_number(task: str, step: Number, given: object, answers: Answers) -> Mark:
    """The mark of an answer; None is no answer."""
    if given is None:
        return Mark(task, step.says, 0, step.points, f"There is no answer: `{step.name}` has no value.")
    verdict = checking.judged(given, answers)
    if verdict.right:
        return Mark(task, step.says, step.points, step.points, "Right.")
    points = step.points // 2 if verdict.text in HALF else 0
    return Mark(task, step.says, points, step.points, OTHER if verdict.text == checking.NOTHING else verdict.text)


def of_case(task: str, step: Function, case: Case, called: dict | None) -> Mark:
    """The mark of a call: `called` has its value or its fault (see `sandbox.Ran`), or is None if it was not reached."""
    says = f"`{step.name}`: {case.says}"
    if called is None:
        text = "The notebook ended before this function could be called."
    elif "missing" in called:
        text = f"There is no function `{step.name}`."
    elif "fault" in called:
        text = f"It stops here: {called['fault']}."
    elif agree(called.get("value"), case.right):
        return Mark(task, says, case.points, case.points, "Right.")
    else:
        text = f"It returns something else. {case.hint}"
    return Mark(task, says, 0, case.points, text)


def of_judgement(task: str, step: Judgement, given: object) -> list[Mark]:
    """One mark for each criterion: open if there is a text, none if there is not."""
    written = isinstance(given, str) and len(given.split()) >= 5
    text = "" if written else f"There is no text: `{step.name}` is empty."
    return [Mark(task, says, 0, points, text, by_hand=written) for points, says in step.criteria]
