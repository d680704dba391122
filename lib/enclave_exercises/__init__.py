"""Exercises of the book: `check("2.1", answer)` says whether an answer is right, or what its mistake may be."""

from enclave_exercises.checking import check

__all__ = ["check"]
