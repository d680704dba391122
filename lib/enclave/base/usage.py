"""Memory and CPU time that a process has used."""

import re
import sys
from pathlib import Path

import psutil

HIGH_WATER = re.compile(r"VmHWM:\s+(\d+) kB")


def own() -> dict[str, float]:
    """CPU time (`cpu`, in seconds) and peak memory (`peak`, in bytes) of this process."""
    return {"cpu": seconds(psutil.Process()), "peak": _own_peak()}


def seconds(process: psutil.Process) -> float:
    """CPU time of a process in seconds, in user mode and in system mode."""
    times = process.cpu_times()
    return times.user + times.system


def peak_of(process: int) -> int:
    """Peak memory in bytes of another process by its number; 0 where the system does not give it, as on macOS."""
    status = Path(f"/proc/{process}/status")
    found = HIGH_WATER.search(status.read_text(encoding="utf-8")) if status.is_file() else None
    if found:
        return int(found[1]) * 1024
    try:
        return getattr(psutil.Process(process).memory_info(), "peak_wset", 0)
    except psutil.Error:
        return 0


def _own_peak() -> int:
    try:
        import resource
    except ImportError:
        # Windows has no such module, but gives the peak
        return getattr(psutil.Process().memory_info(), "peak_wset", 0)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
