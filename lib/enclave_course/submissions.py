"""Reading what was handed in: folders, archives and notebooks, whatever state they are in.

Each student has a folder, an archive (.zip) or a notebook in the folder of submissions, named as the student. Nothing
is unpacked to disk, and no link is followed.
"""

import difflib
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from enclave.base.errors import EnclaveError
from enclave_course.counts import plain_name
from enclave_course.sets import EVERY

MOST_BYTES = 20 * 1024 * 1024
LARGE = "It is larger than 20 MB. Clear its outputs, save it and hand it in again."
NOTEBOOK = ".ipynb"
UNSEEN = ("__MACOSX", ".ipynb_checkpoints")
HEADING = re.compile(r"^# (?:Problem set (?P<number>\d)|(?P<project>Final project))\b", re.MULTILINE | re.IGNORECASE)
IN_NAME = re.compile(r"problem_?set_?(?P<number>\d)|(?P<project>final_?project)", re.IGNORECASE)
MERGE = re.compile(r"^[ \"]*(?:<{7}|>{7}|={7})(?: |\\n|\"|$)", re.MULTILINE)
MERGED = "It has marks of a merge in line {line} (<<<<<<<, =======, >>>>>>>). Keep one version and hand it in again."
PYTHON = ("python", "python3", "ipython")


@dataclass
class Submission:
    """A notebook that was handed in.

    student : the name for which its data were drawn, as the notebook says it, else the name of the folder
    place : folder, archive or file, and the notebook in it
    number : of the problem set; empty if it is not known
    cells : the code of its cells; empty if it cannot be run
    fault : why it cannot be run, in words for the student; empty if it can
    notes : what the student should know although it was run
    """

    student: str
    place: str
    number: str = ""
    cells: list[str] = field(default_factory=list)
    fault: str = ""
    notes: list[str] = field(default_factory=list)


def read(folder: Path, names: list[str] | None = None) -> list[Submission]:
    """All submissions, sorted by student. `names` are those of the class, if they are known.

    Two notebooks of one student for the same problem set get a fault each. Raises EnclaveError for a folder that does
    not exist or is empty.
    """
    if not folder.is_dir():
        raise EnclaveError(f"There is no folder {folder}. Name the one that has the submissions: SUBMISSIONS=folder.")
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", *UNSEEN))]
    if not entries:
        raise EnclaveError(f"{folder} is empty. Put a folder, an archive or a notebook of each student there.")
    found = [one for entry in entries for one in of_student(entry)]
    for one in found:
        _match(one, names)
    return sorted(_once(found), key=lambda one: (plain_name(one.student), one.number, one.place))


def of_student(entry: Path) -> Iterator[Submission]:
    """The notebooks in the folder or archive of a student, or the notebook itself."""
    student = entry.name if entry.is_dir() else entry.stem
    notebooks = 0
    try:
        for place, data in _files(entry):
            notebooks += 1
            yield parsed(student, place, data)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as fault:
        notebooks += 1
        yield Submission(student, entry.name, fault=f"The archive cannot be read ({fault}). Hand in the notebook.")
    if not notebooks:
        yield Submission(student, entry.name, fault="There is no notebook. Hand in the file that ends with .ipynb.")


def _files(entry: Path) -> Iterator[tuple[str, bytes | None]]:
    """Place and bytes of each notebook, None if it is too large. Archives in a folder are looked into as well."""
    if entry.is_symlink():
        return
    if entry.is_dir():
        for file in sorted(entry.iterdir()):
            if not file.name.startswith((".", *UNSEEN)):
                yield from ((f"{entry.name}/{place}", data) for place, data in _files(file))
    elif zipfile.is_zipfile(entry) or entry.suffix == ".zip":
        yield from _packed(entry)
    elif entry.suffix == NOTEBOOK:
        yield entry.name, entry.read_bytes() if entry.stat().st_size <= MOST_BYTES else None


def _packed(entry: Path) -> Iterator[tuple[str, bytes | None]]:
    with zipfile.ZipFile(entry) as archive:
        for member in archive.infolist():
            parts = PurePosixPath(member.filename).parts
            if member.filename.endswith(NOTEBOOK) and not any(part.startswith((".", *UNSEEN)) for part in parts):
                with archive.open(member) as packed:
                    # what the archive says of a size may be wrong
                    data = packed.read(MOST_BYTES + 1)
                yield f"{entry.name}/{member.filename}", data if len(data) <= MOST_BYTES else None


def parsed(student: str, place: str, data: bytes | None) -> Submission:
    """A submission from the bytes of its notebook."""
    one = Submission(student, place, number=_number(IN_NAME.search(Path(place).stem)))
    if data is None:
        one.fault = LARGE
        return one
    whole = _decoded(data, one)
    try:
        book = json.loads(whole)
        cells = [(cell["cell_type"], _source(cell["source"])) for cell in book["cells"]]
        metadata = book.get("metadata", {})
        language = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name")
        ours = metadata.get("enclave", {})
        said = ours.get("student"), ours.get("problem_set")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        marks = MERGE.search(whole)
        line = whole[: marks.start()].count("\n") + 1 if marks else 0
        one.fault = (
            MERGED.format(line=line) if marks else "The file is no notebook. Open it, save it, hand it in again."
        )
        return one
    headings = [HEADING.search(source) for kind, source in cells if kind == "markdown"]
    numbers = [said[1], *map(_number, headings), one.number]
    one.number = next((str(number) for number in numbers if number in EVERY), "")
    one.student = said[0] if isinstance(said[0], str) and plain_name(said[0]) else student
    one.cells = [source for kind, source in cells if kind == "code"]
    one.fault = _fault(one, str(language or "python").lower(), one.cells)
    if plain_name(one.student) != plain_name(student):
        one.notes.append(f"The notebook was handed out to {one.student}; it was handed in as {student}.")
    return one


def _fault(one: Submission, language: str, code: list[str]) -> str:
    if language not in PYTHON:
        return f"Its kernel is {language}, and tasks are marked in Python. Choose a Python kernel and save it again."
    for number, cell in enumerate(code, start=1):
        if MERGE.search(cell):
            return f"Its code cell {number} has marks of a merge (<<<<<<<, =======, >>>>>>>). Keep one version."
    if not one.number:
        return "Nothing says which problem set it is. Keep the heading `# Problem set 1` or the name of the file."
    return ""


def _decoded(data: bytes, one: Submission) -> str:
    """The text of a notebook. Some editors save Chinese text in GBK; GB18030 contains it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            whole = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "utf-8-sig":
            one.notes.append("The file is not in UTF-8. It was read as GBK; save it as UTF-8 next time.")
        return whole
    return data.decode("utf-8", errors="replace")


def _source(source: object) -> str:
    return "".join(source) if isinstance(source, list) else str(source)


def _number(found: re.Match | None) -> str:
    return "" if found is None else "project" if found["project"] else found["number"]


def with_names_of_files(cells: list[str], names: list[str]) -> tuple[list[str], bool]:
    """Cells in which a path to one of the files that were handed out is its name; whether there was such a path."""
    given = "|".join(map(re.escape, names))
    path = re.compile(rf"""[rR]?(?P<quote>['"])[^'"\n]*[\\/](?P<name>{given})(?P=quote)""")
    changed = [path.sub(lambda found: repr(found["name"]), cell) for cell in cells]
    return changed, changed != cells


def _match(one: Submission, names: list[str] | None) -> None:
    """Give a submission the name of the class list, or say that it is not there."""
    if names is None:
        return
    known = {plain_name(name): name for name in names}
    name = plain_name(one.student)
    if name in known:
        one.student = known[name]
        return
    near = difflib.get_close_matches(name, known, n=1)
    one.notes.append(f"The name {one.student} is not in the class list.{f' Is it {known[near[0]]}?' if near else ''}")


def _once(found: list[Submission]) -> list[Submission]:
    """Two notebooks of one student for one problem set are both not marked: nobody knows which one counts."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in found:
        places.setdefault((plain_name(one.student), one.number), []).append(one.place)
    for one in found:
        same = places[plain_name(one.student), one.number]
        if len(same) > 1:
            one.fault = f"There are {len(same)} submissions of this name: {', '.join(sorted(same))}. Keep one."
    return found
