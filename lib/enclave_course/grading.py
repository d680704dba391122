"""Marking submissions: each notebook runs in a process that has no answers, and its values are compared here."""

import ast
import io
import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import permutations
from queue import Queue

import pandas as pd

from enclave.base.errors import EnclaveError
from enclave_course import counts, handout, submissions, tasks
from enclave_course.sandbox import Ran, Sandbox
from enclave_course.sets import EVERY
from enclave_course.submissions import Submission
from enclave_course.tasks import Case, Function, Judgement, Mark, Number, ProblemSet
from enclave_exercises.answers import Answers

PATHS = "A path of your own machine was read as the name of the file. Read files by their names: `panel.csv`."
ENDED = "The notebook was ended: it did not finish in time, or it ended itself. What it had done until then counts."
# a text or function of at least so many letters that two students share is no chance
LONG = 120
SAME_NUMBER = 1e-6
MOST_WORKERS = 8


@dataclass
class Graded:
    """A submission with its marks, its values, and what is right for its data (by the name of the answer)."""

    submission: Submission
    marks: list[Mark] = field(default_factory=list)
    ran: Ran = field(default_factory=Ran)
    right: dict[str, Answers] = field(default_factory=dict)

    @property
    def points(self) -> int:
        return sum(mark.points for mark in self.marks if not mark.by_hand)

    @property
    def by_hand(self) -> int:
        return sum(mark.of for mark in self.marks if mark.by_hand)


@dataclass
class Result:
    """All submissions, how they were closed off, and what two students have in common, each in a sentence."""

    graded: list[Graded]
    isolation: str
    shared: list[str]


@dataclass(frozen=True)
class Prepared:
    """What a submission is run with, and what its values are compared with."""

    problem_set: ProblemSet
    drawn: counts.Drawn
    cases: list[tuple[str, Function, Case]]
    cells: list[str]

    @property
    def calls(self) -> list[dict]:
        return [{"function": step.name, "given": case.given} for _, step, case in self.cases]

    @property
    def answers(self) -> list[str]:
        return [task.step.name for task in self.problem_set.tasks if not isinstance(task.step, Function)]


def grade(
    handed_in: list[Submission],
    key: str,
    *,
    say: Callable[[str], object] = lambda text: None,
    sandbox: Callable[[], Sandbox] = Sandbox,
    **limits: float,
) -> Result:
    """Run and mark submissions (see `submissions.read`), several at a time.

    key : what the data of the students were drawn with
    limits : `seconds` of a notebook, `seconds_of_a_cell`
    """
    workers = max(1, min(MOST_WORKERS, os.cpu_count() or 1, len(handed_in)))
    prepared = [prepare(one, key) for one in handed_in]
    boxes: Queue[Sandbox] = Queue()

    def run(one: Prepared | None) -> Ran:
        box = boxes.get()
        try:
            return Ran() if one is None else _run(box, one, limits)
        except EnclaveError:
            # a submission that was not closed off has ended the process that runs them
            box.end()
            box = sandbox()
            return Ran()
        finally:
            boxes.put(box)

    graded = []
    with ThreadPoolExecutor(workers) as pool:
        try:
            for box in pool.map(lambda _: sandbox(), range(workers)):
                boxes.put(box)
            isolation = boxes.queue[0].isolation()
            for one, ready, ran in zip(handed_in, prepared, pool.map(run, prepared), strict=True):
                graded.append(marked(one, ready, ran))
                say(f"{len(graded)} of {len(handed_in)}: {one.student}")
        finally:
            pool.shutdown(cancel_futures=True)
            while not boxes.empty():
                boxes.get().end()
    return Result(graded, isolation, list(shared(graded)))


def prepare(one: Submission, key: str) -> Prepared | None:
    """Data and calls of a submission; None if it cannot be run."""
    if one.fault:
        return None
    problem_set = EVERY[one.number]
    drawn = handout.counts_of(problem_set, one.student, key)
    cases = []
    for task in problem_set.tasks:
        if isinstance(task.step, Function):
            rng = counts.generator(key, "hidden calls", task.number)
            hidden = task.step.hidden(rng, drawn)
            cases += [(task.number, task.step, case) for case in [*task.step.visible, *hidden]]
    cells, had_paths = submissions.with_names_of_files(one.cells, list(drawn.files))
    one.notes += [PATHS] if had_paths else []
    return Prepared(problem_set, drawn, cases, cells)


def _run(box: Sandbox, one: Prepared, limits: dict[str, float]) -> Ran:
    files = one.drawn.files | handout.checks(one.problem_set)
    return box.run(one.cells, one.answers, one.calls, files, **limits)


def marked(one: Submission, ready: Prepared | None, ran: Ran) -> Graded:
    """The marks of a submission, in the order of its tasks."""
    if ready is None:
        of = sum(task.step.points for task in EVERY[one.number].tasks) if one.number in EVERY else 0
        return Graded(one, [Mark("all", "a notebook that can be run", 0, of, one.fault)])
    one.notes += [f"Code cell {number} stopped: {fault}." for number, fault in ran.faults.items()]
    one.notes += [ENDED] if ran.ended else []
    tables = {name: pd.read_csv(io.StringIO(text)) for name, text in ready.drawn.files.items()}
    made = Graded(one, ran=ran)
    for task in ready.problem_set.tasks:
        step = task.step
        if isinstance(step, Number):
            made.right[step.name] = step.solve(tables, ready.drawn.truth)
            made.marks.append(tasks.of_number(task.number, step, answer(ran, step.name), made.right[step.name]))
        elif isinstance(step, Judgement):
            made.marks += tasks.of_judgement(task.number, step, answer(ran, step.name))
        else:
            calls = [(place, case) for place, (_, of, case) in enumerate(ready.cases) if of is step]
            made.marks += [tasks.of_case(task.number, step, case, ran.calls.get(place)) for place, case in calls]
    return made


def answer(ran: Ran, name: str) -> object:
    """The value of an answer; the dots of the notebook are none."""
    value = ran.answers.get(name)
    return None if value == {"type": "ellipsis"} else value


def shared(graded: list[Graded]) -> Iterator[str]:
    """What students have in common although their data differ: facts, from which nothing follows by itself."""
    run = [one for one in graded if one.right]
    for one, other in permutations(run, 2):
        if one.submission.number == other.submission.number:
            yield from _of_another(one, other)
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in run:
        for sentence, content in _long(one):
            groups.setdefault((one.submission.number, sentence, content), []).append(one.submission.student)
    for (_, sentence, _), names in groups.items():
        if len(names) > 1:
            yield f"{', '.join(names[:-1])} and {names[-1]}: {sentence}"


def _of_another(one: Graded, other: Graded) -> Iterator[str]:
    """Numbers of `one` that are right for the data of `other` and not for its own."""
    for name, answers in one.right.items():
        right = other.right[name].right
        if _near(answer(one.ran, name), right) and not _near(answers.right, right):
            yield (
                f"{one.submission.student}: `{name}` is the number that is right for the data of "
                f"{other.submission.student}."
            )


def _long(one: Graded) -> Iterator[tuple[str, str]]:
    """Texts and functions that are too long to be the same by chance, each with what is said of the same ones."""
    for name, text in one.ran.answers.items():
        if isinstance(text, str) and len(text) >= LONG:
            yield f"the texts of `{name}` are the same.", " ".join(text.split())
    for name, code in functions(one.submission.cells).items():
        if len(code) >= LONG:
            yield f"the functions `{name}` are the same but for comments and spaces.", code


def _near(given: object, right: object) -> bool:
    """Whether a number with decimals is nearly another one. Whole numbers agree by chance."""
    if not (isinstance(given, float) and isinstance(right, float)):
        return False
    return math.isclose(given, right, rel_tol=SAME_NUMBER)


def functions(cells: list[str]) -> dict[str, str]:
    """The functions in cells, by their names, as Python reads them: without comments and spaces."""
    found = {}
    for cell in cells:
        try:
            body = ast.parse(cell).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        found |= {node.name: ast.unparse(node) for node in body if isinstance(node, ast.FunctionDef)}
    return found
