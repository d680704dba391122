"""The systems and Pythons that the locks are for: how each names itself, and which wheels it takes."""

import platform
import sys
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.tags import mac_platforms

from tools.locks import Entry

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# the oldest C library of the Linux systems that are promised: Debian 10, Ubuntu 20.04, Red Hat 8
GLIBC_MINOR = 28
MACOS = (14, 0)
LEGACY = ("manylinux2014", "manylinux2010", "manylinux1")


@dataclass(frozen=True)
class System:
    """An operating system and processor: the words that markers use for it, and the platform tags of its wheels."""

    sys_platform: str
    os_name: str
    platform_system: str
    machine: str
    tags: tuple[str, ...]


def _linux(machine: str) -> System:
    newer = tuple(f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC_MINOR, 4, -1))
    tags = newer + tuple(f"{name}_{machine}" for name in LEGACY)
    return System("linux", "posix", "Linux", machine, tags)


SYSTEMS = {
    "linux": _linux("x86_64"),
    "linux-arm": _linux("aarch64"),
    "macos": System("darwin", "posix", "Darwin", "arm64", tuple(mac_platforms(MACOS, "arm64"))),
    "windows": System("win32", "nt", "Windows", "AMD64", ("win_amd64",)),
}


@dataclass(frozen=True)
class Target:
    """A system and a version of Python, such as `windows` and `3.12`."""

    system: str
    python: str

    def wants(self, entry: Entry) -> bool:
        """Whether an entry of a lock is for this target."""
        return not entry.marker or Marker(entry.marker).evaluate(self.environment())

    def environment(self) -> dict[str, str]:
        """The values that markers of requirements are compared with."""
        system = SYSTEMS[self.system]
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": system.os_name,
            "platform_machine": system.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": system.platform_system,
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": system.sys_platform,
            "extra": "",
        }

    def for_pip(self) -> list[str]:
        """Options by which pip takes the wheels of this target, on any machine."""
        platforms = [word for tag in SYSTEMS[self.system].tags for word in ("--platform", tag)]
        return ["--implementation", "cp", "--python-version", self.python, *platforms]


def every() -> list[Target]:
    """All targets that the project promises."""
    return [Target(system, python) for system in SYSTEMS for python in PYTHONS]


def here() -> Target | None:
    """The target that this program runs on; None if it is not supported."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    for name, system in SYSTEMS.items():
        if (sys.platform, platform.machine()) == (system.sys_platform, system.machine) and python in PYTHONS:
            return Target(name, python)
    return None
