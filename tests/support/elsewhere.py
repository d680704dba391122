"""Lets the packages of this project run as on Windows, in a process of its own.

Modules and functions that Windows lacks are missing for our code only: other libraries can do without them, and look
for them when they are loaded. A file that is open cannot be moved, replaced or removed.
"""

import builtins
import os
from pathlib import Path
from types import ModuleType

import psutil

MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "select", "syslog", "termios", "tty"}
FUNCTIONS = {
    *("chown", "chroot", "confstr", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups"),
    *("getloadavg", "getpgid", "getuid", "kill", "killpg", "lchown", "lockf", "mkfifo", "nice", "pathconf", "setsid"),
    *("sched_getaffinity", "sched_setaffinity", "statvfs", "fstatvfs", "sysconf", "uname", "wait", "waitpid"),
}
OURS = {file.parent.name for file in (Path(__file__).parents[2] / "lib").glob("*/__init__.py")}
# one line for each part of the memory, on Linux
MAPS = Path("/proc/self/maps")
HELD = "The process cannot access the file because it is being used by another process"


class Less(ModuleType):
    """The module `os` without the functions that Windows lacks."""

    name = "nt"

    def __getattr__(self, name: str) -> object:
        """An attribute of the real module, unless Windows lacks it."""
        if name in FUNCTIONS:
            raise AttributeError(f"module 'os' has no attribute {name!r}")
        return getattr(os, name)


def begin() -> None:
    """From now on our packages run as on Windows."""
    load, less = builtins.__import__, Less("os")

    def importing(name, globals=None, locals=None, fromlist=(), level=0):
        ours = (globals or {}).get("__name__", "").split(".")[0] in OURS
        if ours and name.split(".")[0] in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        found = load(name, globals, locals, fromlist, level)
        return less if ours and found is os else found

    builtins.__import__ = importing
    for change in ("rename", "replace", "unlink", "rmdir"):
        setattr(Path, change, refusing(getattr(Path, change), change))


def refusing(change, name: str):
    """A method of Path that refuses a file that is open; `rename` also refuses to replace one."""

    def guarded(place: Path, *target, **options):
        for one in (place, *map(Path, target)):
            if held(one):
                raise PermissionError(13, HELD, str(one))
        if target and (Path(target[0]).is_dir() or (name == "rename" and Path(target[0]).exists())):
            raise PermissionError(13, "Access is denied", str(target[0]))
        return change(place, *target, **options)

    return guarded


def held(place: Path) -> bool:
    """Whether this process has a file open, or mapped into its memory, or one in a folder of that name."""
    own = str(place.absolute())
    below = own + os.sep
    opened = {file.path for file in psutil.Process().open_files()} | mapped()
    return any(file == own or file.startswith(below) for file in opened)


def mapped() -> set[str]:
    """The files that are mapped into the memory of this process."""
    if not MAPS.exists():
        return {area.path for area in psutil.Process().memory_maps()}
    # psutil would let Linux count the pages of each
    lines = MAPS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return {line[line.index("/") :].removesuffix(" (deleted)") for line in lines if "/" in line}
