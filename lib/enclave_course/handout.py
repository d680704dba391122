"""From the texts of problem sets to what students get: a notebook, their own data, and the visible checks."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave_course import counts, visible
from enclave_course.sets import EVERY
from enclave_course.tasks import Function, Judgement, ProblemSet, Task

TASK = re.compile(r"^## (?P<number>\w\.\d) (?P<title>.+)$", re.MULTILINE)
CODE = re.compile(r"^```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
# the name and the key of the data that everyone may have
PRACTICE = "practice"
HOW = (
    "A function earns points call by call: some calls are visible, others are not. A number with another sign or unit, "
    "or rounded too early, earns half its points. Texts are marked by hand."
)
DATA_FOR = (
    "Data for: **{student}**. The files next to this notebook were drawn for you; other students have others.\n\n"
    "Put your answers in the place of the dots and texts between the quotes. Then restart the kernel, run all cells, "
    "save, and hand in this notebook alone."
)


@dataclass(frozen=True)
class Text:
    """The text of a problem set: what stands above the tasks, and the section of each task, by its number."""

    head: str
    sections: dict[str, str]


def text(problem_set: ProblemSet, folder: Path | None = None) -> Text:
    """The text of a problem set. Raises EnclaveError if a task and its check do not belong together."""
    file = (folder or paths.PROBLEM_SETS) / f"{problem_set.number}.md"
    whole = file.read_text(encoding="utf-8")
    starts = [*TASK.finditer(whole)]
    ends = [*(found.start() for found in starts[1:]), len(whole)]
    sections = {found["number"]: whole[found.start() : end] for found, end in zip(starts, ends, strict=True)}
    refuse_unchecked(problem_set, sections, file.name)
    return Text(whole[: starts[0].start()], sections)


def refuse_unchecked(problem_set: ProblemSet, sections: dict[str, str], file: str) -> None:
    """Raises EnclaveError for a task without a check, a check without a task, or a task that was changed after it."""
    tasks = {task.number: task for task in problem_set.tasks}
    module = f"set_{problem_set.number}.py"
    alone = sorted(sections.keys() ^ tasks.keys())
    if alone:
        where, other = (file, module) if alone[0] in sections else (module, file)
        raise EnclaveError(f"Task {alone[0]} is in {where} and not in {other}. A task needs a text and a check.")
    for number, task in tasks.items():
        now = checksum(sections[number])
        if task.step.name not in sections[number]:
            raise EnclaveError(f"{file}, task {number}: the text does not say `{task.step.name}`, which is marked.")
        if now != task.asked:
            raise EnclaveError(
                f"{file}, task {number}: the text was changed, and its check in {module} was not. See that the check "
                f'still marks what the text asks for; then write Task("{number}", "{now}", ...) there.'
            )


def checksum(section: str) -> str:
    """Eight letters that change with the words of a task."""
    return hashlib.sha256(" ".join(section.split()).encode()).hexdigest()[:8]


def notebook(problem_set: ProblemSet, student: str, folder: Path | None = None) -> str:
    """The notebook that a student gets, as the text of its file. Errors as `text`."""
    asked = text(problem_set, folder)
    parts = [f"{asked.head.rstrip()}\n\n{HOW}\n\n{DATA_FOR.format(student=student)}\n", *asked.sections.values()]
    tasks = [None, *problem_set.tasks]
    cells = [cell for part, task in zip(parts, tasks, strict=True) for cell in _cells(part, task)]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    metadata = {**KERNEL, "enclave": {"problem_set": problem_set.number, "student": student}}
    book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def page(problem_set: ProblemSet) -> str:
    """The problem set as a page of Markdown, with its points and criteria."""
    asked = text(problem_set)
    sections = [_with_points(asked.sections[task.number], task) for task in problem_set.tasks]
    return "\n".join([asked.head.rstrip(), f"\n{problem_set.points} points in all. {HOW}\n", *sections])


def write(problem_set: ProblemSet, student: str, key: str, folder: Path) -> None:
    """Write the notebook, the data of a student and the visible checks into `folder`."""
    made = counts_of(problem_set, student, key).files | checks(problem_set)
    made[f"{file_name(problem_set)}.ipynb"] = notebook(problem_set, student)
    for name, content in made.items():
        files.write_text(content, folder / name)


def file_name(problem_set: ProblemSet) -> str:
    """The name of the notebook, without its ending."""
    return "final_project" if problem_set.number == "project" else f"problem_set_{problem_set.number}"


def counts_of(problem_set: ProblemSet, student: str, key: str) -> counts.Drawn:
    """The data of a student, and their truth."""
    return problem_set.draw(counts.generator(key, student, problem_set.number))


def checks(problem_set: ProblemSet) -> dict[str, str]:
    """The files of the visible checks: the program, and the cases of this problem set."""
    functions = [task.step for task in problem_set.tasks if isinstance(task.step, Function)]
    cases = {
        function.name: [
            {"says": case.says, "given": case.given, "right": case.right, "hint": case.hint}
            for case in function.visible
        ]
        for function in functions
    }
    program = Path(visible.__spec__.origin or "").read_text(encoding="utf-8")
    return {"visible.py": program, "cases.json": json.dumps(cases, ensure_ascii=False, indent=1) + "\n"}


def write_class(students: list[str], key: str, folder: Path) -> None:
    """Write a folder for each student, with a folder for each problem set. Only the owner can open it."""
    with files.new_folder(folder, private=True) as fresh:
        for student in students:
            for problem_set in EVERY.values():
                write(problem_set, student, key, fresh / file_of(student) / file_name(problem_set))


def file_of(student: str) -> str:
    """The name of a student as the name of a file.

    >>> file_of("Li Wei"), file_of("../x")
    ('li_wei', 'x')
    """
    return counts.plain_name(student).replace(" ", "_") or "_"


def _with_points(section: str, task: Task) -> str:
    """The section of a task with its points, and for a judgement its criteria."""
    points = f"{task.step.points} point{'s' if task.step.points > 1 else ''}"
    section = TASK.sub(lambda found: f"{found[0]} ({points})", section, count=1)
    if isinstance(task.step, Judgement):
        criteria = "\n".join(f"- {each} point{'s' if each > 1 else ''}: {says}" for each, says in task.step.criteria)
        section = CODE.sub(lambda found: f"Marked by hand:\n\n{criteria}\n\n{found[0]}", section, count=1)
    return section


def _cells(part: str, task: Task | None) -> list[dict]:
    """Prose and code of a part, in turn."""
    part = _with_points(part, task) if task else part
    cells, last = [], 0
    for found in CODE.finditer(part):
        cells += _prose(part[last : found.start()])
        cells.append(
            {
                "cell_type": "code",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": found["code"].strip().splitlines(keepends=True),
            }
        )
        last = found.end()
    return cells + _prose(part[last:])


def _prose(words: str) -> list[dict]:
    lines = words.strip().splitlines(keepends=True)
    return [{"cell_type": "markdown", "metadata": {}, "source": lines}] if lines else []
