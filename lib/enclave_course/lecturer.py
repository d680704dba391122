"""What only the lecturer has: the key of the course, and the names of the class."""

import csv
import io
import secrets
from pathlib import Path

from enclave.base import files
from enclave.base.errors import EnclaveError, InputError
from enclave_course.counts import plain_name

SHORTEST = 16
NAME = "name"


def key(file: Path, *, make: bool = False) -> str:
    """The key of the course. With `make` a missing one is drawn and written, to be opened by its owner alone.

    Raises EnclaveError if there is none, or if it is too short to be a secret.
    """
    if make and not file.exists():
        file.touch(files.OWNER_FILE)
        file.write_text(secrets.token_urlsafe(24) + "\n", encoding="ascii", newline="\n")
        print(f"{file}: a new key. Keep a copy: without it nothing that was drawn with it can be marked.")
    if not file.is_file():
        raise EnclaveError(f"There is no key of the course in {file}. Put the file there that `handout` has made.")
    text = file.read_text(encoding="utf-8").strip()
    if len(text) < SHORTEST:
        raise EnclaveError(f"{file}: a key has {SHORTEST} letters or more. Delete the file to get a new one.")
    return text


def names(file: Path) -> list[str]:
    """The names of a class, from the column `name` of a CSV file.

    Raises InputError for a missing file or column, an empty name, or two names that differ in spaces or capitals only.
    """
    if not file.is_file():
        raise InputError(file, "is missing", "Name a CSV file with a column `name`: CLASS=class.csv.")
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows or NAME not in rows[0]:
        raise InputError(file, "has no names", "Write `name` in the first line, and a name in each other line.")
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        name = plain_name(row[NAME] or "")
        if not name:
            raise InputError(file, "has no name", "Write one, or delete the row.", column=NAME, row=number)
        if name in seen:
            problem = f"has the name of row {seen[name]} again"
            raise InputError(file, problem, "Add a number to one of them.", column=NAME, row=number)
        seen[name] = number
    return [row[NAME].strip() for row in rows]
