"""Measured figures with their limits, and a description of the machine."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ["numpy", "pandas", "pyfixest", "duckdb", "ibis-framework"]
MEGABYTE = 2**20

Row = dict[str, object]


def row(what: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None) -> Row:
    """One measured figure, and whether it keeps the limit that the book promises, if there is one."""
    measured = {"what": what, "value": float(value), "unit": unit}
    if at_most is not None:
        return measured | {"limit": f"at most {at_most:g}", "kept": bool(value <= at_most)}
    if at_least is not None:
        return measured | {"limit": f"at least {at_least:g}", "kept": bool(value >= at_least)}
    return measured | {"limit": "", "kept": None}


def machine() -> dict[str, object]:
    """Kind of machine and versions, without names of host or user."""
    return {
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "load": round(psutil.getloadavg()[0], 2),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
