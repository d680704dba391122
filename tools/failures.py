"""Why packages could not be installed, in one line with the remedy."""

import json
import platform
import re
import sys
from pathlib import Path

from tools import locks

PACKED = re.compile(r"^[^-]+-[^-]+.*\.whl$|^[^-]+-[^-]+\.tar\.gz$")
WHEELS_RECORD = "wheels.json"
RUN = "python run.py" if sys.platform == "win32" else "python3 run.py"
OTHER_BYTES = re.compile(
    r"Hash mismatch for `?([\w.-]+)|([\w.-]+)==\S+[^\n]*\n\s+Expected sha256|DO NOT MATCH THE HASHES", re.IGNORECASE
)
NO_SPACE = re.compile(
    r"No space left on device|os error 28\b|Errno 28\b|(?:os error|WinError) 112\b|not enough space|"
    r"Disk quota exceeded|(?:os error|Errno) 122\b",
    re.IGNORECASE,
)
NO_NETWORK = re.compile(
    r"error sending request|tcp connect error|dns error|NewConnectionError|ConnectTimeout|name resolution|"
    r"Connection (?:refused|reset|aborted)|RemoteDisconnected|Network is unreachable|ProxyError|SSLError|"
    r"invalid peer certificate|timed out|error decoding response body|WinError 1006?[015]|"
    r"(?:HTTP error|HTTP status|status code)\D{0,40}[45]\d\d|\b[45]\d\d (?:Client|Server) Error|"
    r"network (?:connectivity|was) ?(?:is )?disabled",
    re.IGNORECASE,
)
NOT_ALLOWED = re.compile(
    r"Permission denied|Read-only file system|Access is denied|os error (?:13|30|5|32)\b|WinError (?:5|32)\b",
    re.IGNORECASE,
)
TOO_LONG = re.compile(r"File name too long|os error (?:36|206)\b|WinError (?:206|3)\b", re.IGNORECASE)
MISSING = re.compile(
    r"Because ([\w.-]+)(?:==\S+)? (?:was not found|has no wheels|has no usable wheels)|"
    r"there is no version of ([\w.-]+)==|"
    r"No matching distribution found for ([\w.-]+)|no wheels? (?:with|for)[^\n]*?`?([\w.-]+)==",
    re.IGNORECASE,
)


def remedy(printed: str, wheels: Path | None = None) -> str:
    """One line that says what to do about a failure, from what the installer printed."""
    if lacks_file(printed):
        return _missing(_name(MISSING, printed), wheels)
    if NO_SPACE.search(printed):
        return "The disk is full: the environment takes two gigabytes, and the installer's cache as much again."
    if OTHER_BYTES.search(printed):
        return _other_bytes(printed, wheels)
    if NO_NETWORK.search(printed):
        return (
            "The package index does not answer: check the network and the proxy (HTTPS_PROXY), or install from a "
            "folder without a network: WHEELS=folder."
        )
    if TOO_LONG.search(printed):
        return "A path is too long: move the book into a folder with a short path."
    if NOT_ALLOWED.search(printed):
        return "A file cannot be written: copy the book into a folder of yours, and close programs that use it."
    return "Read the end of the output and type the command again."


def lacks_file(printed: str) -> bool:
    """Whether it failed because there is no file of a package for this system, with an index that answered."""
    others = (NO_SPACE, OTHER_BYTES, NO_NETWORK, TOO_LONG, NOT_ALLOWED)
    return bool(MISSING.search(printed)) and not any(one.search(printed) for one in others)


def of_wheels(folder: Path, lock: Path) -> str | None:
    """What is wrong with a folder of wheels: empty, for another system, or other bytes than locked; None if nothing."""
    files = sorted(file for file in folder.iterdir() if PACKED.search(file.name)) if folder.is_dir() else []
    if not files:
        return f"There are no wheels in {folder}. Fill it on a machine with a network: {RUN} wheels WHEELS=folder."
    return _for_another_system(folder) or _with_other_bytes(files, lock)


def _for_another_system(folder: Path) -> str | None:
    """One line if the folder says that it was filled for another system or Python."""
    record = folder / WHEELS_RECORD
    if not record.exists():
        return None
    try:
        wanted = dict(json.loads(record.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return f"{record} cannot be read. Delete it, and fill the folder again: {RUN} wheels."
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    here = {"sys_platform": sys.platform, "machine": platform.machine(), "python": python}
    if all(wanted.get(key) == value for key, value in here.items()):
        return None
    return (
        f"{folder} was filled for {wanted.get('system')} and Python {wanted.get('python')}, and this is {sys.platform} "
        f"({platform.machine()}) and Python {python}. Fill one for it: {RUN} wheels PLATFORM=... PYTHON=..."
    )


def _with_other_bytes(files: list[Path], lock: Path) -> str | None:
    """One line if a file has other bytes than the lock names."""
    locked = {(entry.name, entry.version): entry.hashes for entry in locks.entries(lock)}
    for file in files:
        name, version = file.name.removesuffix(".tar.gz").split("-")[:2]
        hashes = locked.get((locks.normalized(name), version))
        if hashes and locks.checksum(file) not in hashes:
            return f"{file} does not have the bytes that {lock.name} names. Delete it and fetch it again: {RUN} wheels."
    return None


def _other_bytes(printed: str, wheels: Path | None) -> str:
    name = _name(OTHER_BYTES, printed)
    place = f"in {wheels}" if wheels else "from the index"
    return (
        f"The file of {name} {place} does not have the bytes that the lock names, and was not installed: a proxy or a "
        "mirror may have changed it. Fetch it over another network, or from a folder: WHEELS=folder."
    )


def _name(pattern: re.Pattern[str], printed: str) -> str:
    """The package that an installer names in a message of such a pattern."""
    found = pattern.search(printed)
    return next(filter(None, found.groups()), "a package") if found else "a package"


def _missing(name: str, wheels: Path | None) -> str:
    if wheels:
        return (
            f"{wheels} has no file of {name} for this system and Python. Fill a folder for them: "
            f"{RUN} wheels WHEELS=folder PLATFORM=windows PYTHON=3.12."
        )
    return (
        f"The index has no file of {name} that the lock names for this system: a mirror may be behind, a proxy or a "
        "login page may answer in its place, or the system is none of those in the README. Try another index or "
        "network, or install from a folder: WHEELS=folder."
    )
