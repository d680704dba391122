"""`enclave.exhibits.scorecard` under its short name."""

from enclave.exhibits.scorecard import (
    close_without_cause,
    compare,
    compare_stars,
    grade,
    stale_deviations,
    summary,
    supported_stars,
)

__all__ = [
    "close_without_cause",
    "compare",
    "compare_stars",
    "grade",
    "stale_deviations",
    "summary",
    "supported_stars",
]
