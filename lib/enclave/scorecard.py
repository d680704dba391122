"""`enclave.exhibits.scorecard` under its short name."""

from enclave.exhibits.scorecard import compare, grade, moved, stars, summary, supported_stars, unstated

__all__ = ["compare", "grade", "moved", "stars", "summary", "supported_stars", "unstated"]
