"""Closes the present process off, so that a submission can harm nothing.

On Linux with user namespaces (`enter`): no network, no process but its own, no file but the libraries and its own
folder in memory, and no rights over any of this. Everywhere with limits of resources (`limit`): processor time, memory,
size and number of files, number of processes. `FULL` and `LIMITS_ONLY` say in words which of the two a run had.
"""

import ctypes
import errno
import os
import signal
from pathlib import Path

FULL = (
    "Each notebook ran in a process of its own without a network, other processes or other files (Linux namespaces), "
    "with limits on time, memory, output and files."
)
LIMITS_ONLY = (
    "This system refuses namespaces, so each notebook ran in a process of its own with limits on time, memory, output "
    "and files alone. It could read what you can read, write where you can write, and use the network. For notebooks "
    "that you do not trust, grade on a Linux machine that allows user namespaces, or in a container without a network."
)
# flags of unshare(2): mounts, host names, messages, users, processes, network
NAMESPACES = 0x00020000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
# flags of mount(2) and umount2(2)
BIND, RECURSIVE, PRIVATE, DETACH = 4096, 16384, 1 << 18, 2
# mount_setattr(2) has this number on every machine; its flags: all below, read only
MOUNT_SETATTR, ALL_BELOW, READ_ONLY, HERE = 442, 0x8000, 1, -100
# prctl(2): end with the parent; gain no rights
END_WITH_PARENT, NO_NEW_RIGHTS = 1, 38
CAPABILITIES = 0x20080522
SYSTEM = ["/usr", "/lib", "/lib32", "/lib64", "/bin"]
DEVICES = ["/dev/null", "/dev/zero", "/dev/urandom"]
# what its folder in memory may hold
FOLDER_BYTES = 256 * 1024 * 1024
PROCESSES, OPEN_FILES = 16, 256


def enter(root: Path, readable: list[Path]) -> None:
    """Leave all that is not in `readable`; `root` is an empty folder. Afterwards `/tmp` is the only place to write.

    The process must have one thread. A process that it starts is the first of its own processes. Raises OSError where
    the system refuses.
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", NAMESPACES)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    _mount(None, Path("/"), RECURSIVE | PRIVATE)
    _mount("tmpfs", root, 0, "tmpfs", f"size={FOLDER_BYTES},mode=755")
    for place in _outermost([Path(name) for name in [*SYSTEM, *DEVICES]] + readable):
        _show(place, root)
    (root / "tmp").mkdir(exist_ok=True)
    (root / "old").mkdir()
    _call("pivot_root", _bytes(root), _bytes(root / "old"))
    os.chdir("/tmp")
    _call("umount2", b"/old", DETACH)
    Path("/old").rmdir()


def give_up_rights() -> None:
    """Give up the rights over the namespaces, for ever. The process ends with its parent."""
    end_with_parent()
    _call("prctl", NO_NEW_RIGHTS, 1, 0, 0, 0)
    head = (ctypes.c_uint32 * 2)(CAPABILITIES, 0)
    _call("capset", head, (ctypes.c_uint32 * 6)())


def end_with_parent() -> None:
    """Let the system end this process when the one that has started it ends. Raises OSError where it cannot."""
    _call("prctl", END_WITH_PARENT, signal.SIGKILL, 0, 0, 0)


def memory() -> int:
    """Bytes of memory that this process has mapped; to be asked before `enter`, which hides where it is written."""
    import resource

    size = Path("/proc/self/statm")
    return int(size.read_text(encoding="ascii").split()[0]) * resource.getpagesize() if size.exists() else 0


def limit(seconds: int, memory_bytes: int, file_bytes: int) -> None:
    """Limit the process: seconds of processor time, bytes of memory in all, bytes of a file."""
    import resource

    for what, most in {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(what, (most, most))


def limit_processes() -> None:
    """Let the process start few others. Only within its own users: elsewhere all processes of the user would count."""
    import resource

    resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))


def _show(place: Path, root: Path) -> None:
    """Let `place` be seen below `root` as well, to be read only. A link is made again as a link."""
    target = root / place.relative_to("/")
    if not place.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        target.symlink_to(place.readlink())
        return
    target.mkdir(exist_ok=True) if place.is_dir() else target.touch()
    _mount(str(place), target, BIND | RECURSIVE)
    if place.is_dir():
        change = (ctypes.c_uint64 * 4)(READ_ONLY, 0, 0, 0)
        _call("syscall", MOUNT_SETATTR, HERE, _bytes(target), ALL_BELOW, change, ctypes.sizeof(change))


def _outermost(places: list[Path]) -> list[Path]:
    """Without places that lie in another one."""
    return sorted({place for place in places if not any(other in place.parents for other in places)})


def _mount(what: str | None, target: Path, flags: int, kind: str | None = None, options: str | None = None) -> None:
    given = [None if text is None else text.encode() for text in (what, kind, options)]
    _call("mount", given[0], _bytes(target), given[1], ctypes.c_ulong(flags), given[2])


def _call(name: str, *given: object) -> None:
    """Call a function of the C library. Raises OSError for a fault, or where there is no such function."""
    library = ctypes.CDLL(None, use_errno=True)
    if name != "pivot_root" and not hasattr(library, name):
        raise OSError(errno.ENOSYS, f"{name}: not on this system")
    function = library.syscall if name == "pivot_root" else getattr(library, name)
    if name == "pivot_root":
        given = (_pivot_number(), *given)
    if function(*given) != 0:
        fault = ctypes.get_errno()
        raise OSError(fault, f"{name}: {os.strerror(fault)}")


def _pivot_number() -> int:
    """The C library has no function of that name. The number is that of the kind of machine."""
    return {"x86_64": 155, "aarch64": 41}.get(os.uname().machine, 41)


def _write(place: str, text: str) -> None:
    Path(place).write_text(text, encoding="ascii", newline="\n")


def _bytes(place: Path) -> bytes:
    return os.fsencode(place)
