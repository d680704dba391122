"""The commands of the course: problem sets for a class, grading, and the two editions of the book."""

import argparse
from pathlib import Path

from enclave.base import paths


def course(given: argparse.Namespace) -> None:
    """Build the student edition, the instructor edition and the problem sets to practise on, from the built book."""
    from enclave_book.render import editions

    for edition in editions.EVERY:
        print(editions.build(edition, given.source, lambda text: print(text, flush=True)))


def instructor(given: argparse.Namespace) -> None:
    """Build the instructor edition alone: with solutions, notes for the lecturer and answers to the practice sets."""
    from enclave_book.render import editions

    print(editions.build(editions.INSTRUCTOR, given.source, lambda text: print(text, flush=True)))


def handout(given: argparse.Namespace) -> None:
    """Write a folder for each student of a class: problem sets with data of their own."""
    from enclave_course import handout as problem_sets
    from enclave_course import lecturer

    students = lecturer.names(Path(given.names))
    problem_sets.write_class(students, lecturer.key(paths.COURSE_KEY, make=True), paths.HANDED_OUT)
    print(f"{len(students)} folders in {paths.HANDED_OUT}")


def grade(given: argparse.Namespace) -> None:
    """Run and mark what students have handed in, without a network; one report each, and one table."""
    from enclave_course import grading, lecturer, report, submissions

    names = lecturer.names(Path(given.names)) if given.names else None
    handed_in = submissions.read(Path(given.submissions), names)
    key = lecturer.key(paths.COURSE_KEY)
    result = grading.grade(handed_in, key, say=lambda text: print(f"  {text}", flush=True))
    report.write(result, paths.GRADES)
    print(f"{result.isolation}\n{len(handed_in)} submissions: {paths.GRADES}")
