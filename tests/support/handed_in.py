"""Submissions for the tests of the grading. The perfect one is a table of the answers: no worked solution is stored."""

import json

from enclave_course import counts, handout
from enclave_course.sets import EVERY
from enclave_course.tasks import Function, Judgement, Number
from enclave_course.visible import given_as, plain

KEY = "the key of the tests"
STUDENT = "Li Wei"
TABLE = """
import json
import pandas as pd
right_{name} = json.loads({table!r})


def {name}(*given):
    key = json.dumps([part.to_csv() if hasattr(part, "to_csv") else part for part in given])
    right = right_{name}[key]
    if isinstance(right, dict) and "rows" in right:
        return pd.DataFrame(right["rows"], columns=right["columns"])
    return right["entries"] if isinstance(right, dict) else right
"""
WORDS = "A zero is right where the register is complete, and a gap where it is not."


def perfect(number="1", student=STUDENT):
    """The cells of a submission that has every point, by the name of what they answer."""
    problem_set = EVERY[number]
    drawn = handout.counts_of(problem_set, student, KEY)
    tables = {name: given_as({"csv": text}) for name, text in drawn.files.items()}
    cells = {}
    for task in problem_set.tasks:
        step = task.step
        if isinstance(step, Number):
            cells[step.name] = f"{step.name} = {plain(step.solve(tables, drawn.truth).right)!r}"
        elif isinstance(step, Judgement):
            cells[step.name] = f"{step.name} = {WORDS!r}"
        elif isinstance(step, Function):
            hidden = step.hidden(counts.generator(KEY, "hidden calls", task.number), drawn)
            made = {_key(case.given): case.right for case in [*step.visible, *hidden]}
            cells[step.name] = TABLE.format(table=json.dumps(made), name=step.name)
    return cells


def notebook(cells, number="1", student=STUDENT, **metadata):
    """The bytes of a notebook with these cells of code, as it was handed out to a student."""
    book = json.loads(handout.notebook(EVERY[number], student))
    head, first = book["cells"][:2]
    made = [head, first, *({**first, "source": cell} for cell in cells)]
    book["metadata"] |= metadata
    return json.dumps({**book, "cells": made}).encode()


def _key(given):
    values = [given_as(value) for value in given]
    return json.dumps([value.to_csv() if hasattr(value, "to_csv") else value for value in values])
