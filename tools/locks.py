"""Reading the locks: one entry per package and version, with the marker of its systems, and the hashes of its files."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?\n")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Entry:
    """One package as locked: `text` is its part of the file, `marker` is empty where it is for every system."""

    name: str
    version: str
    marker: str
    hashes: frozenset[str]
    text: str


def entries(lock: Path) -> list[Entry]:
    """The entries of a lock, in its order. Raises ValueError naming the line of one without version or hash."""
    parts = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8").strip())
    return [_entry(f"{part}\n", lock) for part in parts]


def normalized(name: str) -> str:
    """A package's name as locks and indexes spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entry(text: str, lock: Path) -> Entry:
    pin, hashes = PIN.match(text), frozenset(HASH.findall(text))
    if not pin or not hashes:
        raise ValueError(
            f"{lock.name}: {text.splitlines()[0]!r} has no version or no hash. Restore it: git checkout {lock.name}"
        )
    return Entry(normalized(pin[1]), pin[2], pin[3] or "", hashes, text)
