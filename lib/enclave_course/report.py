"""Reports of a grading: one text for each student, one table for the class, one text for the lecturer."""

import csv
import io
import re
from pathlib import Path

from enclave.base import files
from enclave_course import grading, handout
from enclave_course.grading import Graded, Result
from enclave_course.sets import EVERY
from enclave_course.tasks import Mark

TABLE, ANSWERS, LECTURER = "grades.csv", "answers.csv", "for_the_lecturer.md"
# a table program would take a cell that begins so for a formula
FORMULA = re.compile(r"^[=+\-@\t\r]")
HEAD = ["student", "problem_set", "points", "of", "by_hand_of", "fault", "notes", "place"]


def write(result: Result, folder: Path) -> None:
    """Write all reports. The folder is replaced as a whole, and only its owner can open it."""
    students: dict[str, list[Graded]] = {}
    for one in result.graded:
        students.setdefault(handout.file_of(one.submission.student), []).append(one)
    with files.new_folder(folder, private=True) as fresh:
        for name, graded in students.items():
            files.write_text("\n".join(map(of_student, graded)), fresh / f"{name}.md")
        files.write_text(table(result.graded), fresh / TABLE)
        files.write_text(answers(result.graded), fresh / ANSWERS)
        files.write_text(for_lecturer(result), fresh / LECTURER)


def of_student(one: Graded) -> str:
    """The report of a submission as Markdown: points, what to know, each step of the rubric with its message."""
    submission = one.submission
    title = EVERY[submission.number].title if submission.number in EVERY else "Submission"
    of = sum(mark.of for mark in one.marks if not mark.by_hand)
    more = f" {one.by_hand} more points are given by hand." if one.by_hand else ""
    lines = [f"# {title}: {plain(submission.student)}", "", f"**{one.points} of {of} points.**{more}", ""]
    lines += [f"- {plain(note)}" for note in submission.notes]
    lines += ["", "| Task | Step | Points | |", "|---|---|---|---|", *map(_row, one.marks)]
    texts = {name: text for name, text in one.ran.answers.items() if isinstance(text, str) and " " in text.strip()}
    if texts:
        lines += ["", "## Texts to mark by hand"]
    for name, text in texts.items():
        lines += ["", f"`{name}`", "", *(f"> {plain(line)}" for line in text.strip().splitlines())]
    return "\n".join(lines) + "\n"


def _row(mark: Mark) -> str:
    points = f"__ / {mark.of}" if mark.by_hand else f"{mark.points} / {mark.of}"
    return f"| {mark.task} | {plain(mark.step)} | {points} | {plain(mark.text)} |"


def plain(text: str) -> str:
    """A text in a line of Markdown: what a submission wrote can make no table, link or tag."""
    line = " ".join(text.split())
    return re.sub(r"([|<>\[\]])", r"\\\1", line)


def table(graded: list[Graded]) -> str:
    """The class as CSV, a row for each submission."""
    rows = []
    for one in graded:
        sent, of = one.submission, sum(mark.of for mark in one.marks if not mark.by_hand)
        rows.append(
            [sent.student, sent.number, one.points, of, one.by_hand, sent.fault, " ".join(sent.notes), sent.place]
        )
    return _csv(HEAD, rows)


def answers(graded: list[Graded]) -> str:
    """Each number that was asked for, as given and as it is right for the student's data, as CSV."""
    rows = [
        [one.submission.student, one.submission.number, name, grading.answer(one.ran, name), answers.right]
        for one in graded
        for name, answers in one.right.items()
    ]
    return _csv(["student", "problem_set", "name", "given", "right"], rows)


def _csv(head: list[str], rows: list[list]) -> str:
    """A table as CSV. A byte order mark tells table programs that it is UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return "\ufeff" + text.getvalue()


def _cell(value: object) -> object:
    return FORMULA.sub(r"'\g<0>", value) if isinstance(value, str) else value


def for_lecturer(result: Result) -> str:
    """How the run was closed off, what could not be marked, and what students have in common."""
    faults = [
        f"- {plain(one.submission.place)}: {plain(one.submission.fault)}" for one in result.graded if not one.right
    ]
    shared = [f"- {plain(sentence)}" for sentence in result.shared]
    lines = ["# For the lecturer", "", "## How the notebooks were run", "", result.isolation, ""]
    lines += ["## Not marked", "", *(faults or ["None."]), ""]
    lines += ["## In common", "", "Facts about two submissions. They say nothing about who wrote what.", ""]
    lines += shared or ["Nothing was found."]
    open_ = sum(one.by_hand for one in result.graded)
    lines += ["", "## Still to do", "", f"{open_} points are given by hand: fill in `__` in the reports."]
    return "\n".join(lines) + "\n"
