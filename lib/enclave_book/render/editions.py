"""Two editions of the book from the folder that the build has made: for students, and for the lecturer.

Both have the problem sets. The student edition lacks every cell of a solution, so that no page, no search and no
notebook that a page offers has one. The instructor edition has them, what is in `course/instructor`, and what the
checks take for right in the data to practise on.
"""

import io
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import yaml

from enclave.base import files, paths
from enclave.base.errors import EnclaveError, command
from enclave_book.notebooks import contents, copies
from enclave_book.pages import downloads
from enclave_book.pages.markdown import table
from enclave_book.render import jupyter_book
from enclave_course import handout
from enclave_course.sets import EVERY as PROBLEM_SETS
from enclave_course.tasks import Function, Number, ProblemSet

STUDENT, INSTRUCTOR = EVERY = ("student", "instructor")
SETS, LECTURER = "problem_sets", "instructor"
WHERE = Path("book", "_static", "downloads")
CHAPTERS = "chapters_to_work_in.zip"
OFFER = """
## Files

- <a href="../_static/downloads/{archive}" download>{archive}</a>: the notebook, with data to practise on
- <a href="../_static/downloads/{chapters}" download>{chapters}</a>: the chapters of the book, to work in

For a course, each student gets a folder with data of their own. Tasks that name `enclave` need the book's environment.
"""
Say = Callable[[str], object]


def build(edition: str, source: str, say: Say) -> Path:
    """Render an edition into `paths.COURSE_BUILD`; returns its first page. Raises EnclaveError without a built book."""
    if not paths.book_source(source).is_dir():
        raise EnclaveError(f"There is no book of {source} to make an edition of. Type {command('course')}.")
    target = paths.COURSE_BUILD / edition
    say(f"  {edition} edition")
    with tempfile.TemporaryDirectory(dir=_stage(), ignore_cleanup_errors=True) as stage:
        folder = Path(stage) / "source"
        write_source(edition, source, folder)
        jupyter_book.render_folder(folder, target, source, lambda text: None)
    for problem_set in PROBLEM_SETS.values():
        place = paths.COURSE_BUILD / SETS / handout.file_name(problem_set)
        handout.write(problem_set, handout.PRACTICE, handout.PRACTICE, place)
    return target / "index.html"


def write_source(edition: str, source: str, folder: Path) -> None:
    """Write the MyST files of an edition into a new folder."""
    shutil.copytree(paths.book_source(source), folder)
    if edition == STUDENT:
        for notebook in (folder / paths.NOTEBOOKS.name).glob("*.ipynb"):
            files.write_text(copies.without_solutions(notebook.read_text(encoding="utf-8")), notebook)
    for problem_set in PROBLEM_SETS.values():
        offer = OFFER.format(archive=_archive(problem_set), chapters=CHAPTERS)
        text = handout.page(problem_set) + offer
        files.write_text(text, folder / SETS / f"{handout.file_name(problem_set)}.md")
        files.write_bytes(_packed(problem_set), folder / WHERE / _archive(problem_set))
    files.write_bytes(_chapters(), folder / WHERE / CHAPTERS)
    parts = {"Problem sets": [f"{SETS}/{handout.file_name(one)}" for one in PROBLEM_SETS.values()]}
    if edition == INSTRUCTOR:
        parts["For the lecturer"] = _write_notes(folder)
    _add_parts(folder, edition, parts)


def answers(problem_set: ProblemSet, student: str, key: str) -> str:
    """What the checks take for right in the data of a student, as Markdown: answers, mistakes, kinds of calls."""
    drawn = handout.counts_of(problem_set, student, key)
    tables = {name: pd.read_csv(io.StringIO(text)) for name, text in drawn.files.items()}
    rows = []
    for task in problem_set.tasks:
        step = task.step
        if isinstance(step, Number):
            solved = step.solve(tables, drawn.truth)
            rows.append((task.number, f"`{step.name}`", _shown(solved.right), "right"))
            rows += [(task.number, "", _shown(wrong), hint) for hint, wrong in solved.wrong.items()]
        elif isinstance(step, Function):
            rows += [(task.number, f"`{step.name}`", "", f"{case.says} (visible)") for case in step.visible]
            worth = ", ".join(map(str, step.hidden_points))
            rows.append((task.number, "", "", f"hidden calls, drawn with the key, for {worth} points"))
    frame = pd.DataFrame(rows, columns=["Task", "Name", "Value", "What it is"])
    return f"## {problem_set.title}\n\n{table(frame)}\n"


def _write_notes(folder: Path) -> list[str]:
    """The pages for the lecturer; returns their places."""
    made = {"answers": "# Answers to the data for practice\n\n"}
    made["answers"] += "\n".join(
        answers(problem_set, handout.PRACTICE, handout.PRACTICE) for problem_set in PROBLEM_SETS.values()
    )
    made["private"] = (paths.COURSE / "private.md").read_text(encoding="utf-8")
    for name, text in made.items():
        files.write_text(text, folder / LECTURER / f"{name}.md")
    further = sorted((paths.COURSE / LECTURER).rglob("*.md"))
    for page in further:
        files.write_text(page.read_text(encoding="utf-8"), folder / page.relative_to(paths.COURSE))
    places = [page.relative_to(paths.COURSE).with_suffix("").as_posix() for page in further]
    return [*places, *(f"{LECTURER}/{name}" for name in made)]


def _add_parts(folder: Path, edition: str, parts: dict[str, list[str]]) -> None:
    contents_, config = folder / paths.BOOK_TOC.name, folder / paths.BOOK_CONFIG.name
    toc = yaml.safe_load(contents_.read_text(encoding="utf-8"))
    toc["parts"] += [
        {"caption": caption, "chapters": [{"file": page} for page in pages]} for caption, pages in parts.items()
    ]
    files.write_text(yaml.safe_dump(toc, sort_keys=False), contents_)
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    settings["title"] += f" ({edition} edition)"
    settings["sphinx"]["config"]["enclave_solutions"] = edition != STUDENT
    files.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), config)


def _archive(problem_set: ProblemSet) -> str:
    return f"{handout.file_name(problem_set)}.zip"


def _packed(problem_set: ProblemSet) -> bytes:
    with tempfile.TemporaryDirectory(dir=_stage()) as stage:
        handout.write(problem_set, handout.PRACTICE, handout.PRACTICE, Path(stage))
        made = {f"{handout.file_name(problem_set)}/{file.name}": file.read_bytes() for file in Path(stage).iterdir()}
    return downloads.archive(made)


def _chapters() -> bytes:
    """The chapters without solutions in one archive."""
    made = {one.name: copies.without_solutions(one.read_text(encoding="utf-8")) for one in contents.every()}
    return downloads.archive({f"chapters/{name}": json.dumps(json.loads(text)).encode() for name, text in made.items()})


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _stage() -> Path:
    paths.STAGE.mkdir(parents=True, exist_ok=True)
    return paths.STAGE
