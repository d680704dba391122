"""Sample submissions for problem set 1, each with the points that the rubric says: 16 by the program, 4 by hand."""

import handed_in
import pytest

from enclave.base import paths
from enclave_course import grading, submissions
from enclave_course.sandbox import Sandbox

PERFECT = handed_in.perfect()
ALL = 16
ELSEWHERE = f"from pathlib import Path\nfound = [*Path({str(paths.LIB)!r}).rglob('set_1.py')][0].read_text()"
READS = "import enclave_course.sets.set_1 as answers\nfor name in dir(answers):\n    print(name)"
REDEFINES = """
import builtins, json, math, sys
import visible
visible.check = visible.agree = lambda *_: True
math.isclose = lambda *_, **__: True
builtins.abs = lambda *_: 0
check = lambda *_: print("Right")
for module in list(sys.modules.values()):
    if hasattr(module, "agree"):
        module.agree = lambda *_: True
"""


def cells(**changed):
    """The perfect cells with other ones in their place; None leaves one out."""
    return [cell for cell in (PERFECT | changed).values() if cell is not None]


SAMPLES = {
    # what is handed in, its points, what its report must say
    "perfect": (cells(), ALL, "Right."),
    "nothing but the dots": (
        [f"{name} = ..." for name in PERFECT if name.startswith("answer")],
        0,
        "There is no answer",
    ),
    "an empty notebook": ([], 0, "There is no function `count_links`."),
    # without 1.4 (3 points) and 1.5 (3 points)
    "half done": (cells(answer_1_4=None, first_treated=None, answer_1_6=None), ALL - 6, "There is no text"),
    # 1.4 is one per cent away: one of three points
    "rounded too early": (cells(answer_1_4=PERFECT["answer_1_4"] + " * 1.01"), ALL - 2, "do not round before the end"),
    # 1.4 with another sign: one of three points
    "the other sign": (cells(answer_1_4=PERFECT["answer_1_4"].replace("= ", "= -")), ALL - 2, "Look at the sign"),
    # 1.3 in per cent: one of two points
    "in per cent": (cells(answer_1_3=PERFECT["answer_1_3"] + " * 100"), ALL - 1, "per cent, or a share"),
    "a typical mistake": (cells(answer_1_1="answer_1_1 = len(links)"), ALL - 2, "You counted all rows of the file."),
    "a function that returns nothing": (
        cells(first_treated="def first_treated(a, b):\n    pass"),
        ALL - 3,
        "something else",
    ),
    "a function with another name": (cells(count_links="def links_count(*given):\n    pass"), ALL - 6, "no function"),
    "a function that stops": (cells(first_treated="def first_treated(a, b):\n    return a + 1"), ALL - 3, "TypeError"),
    "hangs": (cells(answer_1_3="while True:\n    pass"), ALL - 2, "ran longer than"),
    "hangs in a function": (
        cells(first_treated="def first_treated(a, b):\n    while True: pass"),
        ALL - 3,
        "ran longer",
    ),
    "crashes": (cells(answer_1_3="answer_1_3 = 1 / 0"), ALL - 2, "ZeroDivisionError"),
    "has an error of syntax": (cells(answer_1_3="answer_1_3 = = 2"), ALL - 2, "SyntaxError"),
    # the points of what came before stay; functions are called at the end
    "kills itself": (cells(answer_1_6="import os\nos.kill(os.getpid(), 9)"), 2 + 2 + 3, "was ended"),
    "prints a gigabyte": (cells(answer_1_3="for _ in range(10**6):\n    print('x' * 1000)"), ALL - 2, "printed more"),
    "deletes all files": (["import shutil\nshutil.rmtree('.', ignore_errors=True)", *cells()], ALL, "Right."),
    "reads the solution's place": ([READS, ELSEWHERE, *cells(answer_1_1=None)], ALL - 2, "There is no answer"),
    "redefines the checker": (
        [REDEFINES, "answer_1_1 = 1", "def count_links(*given):\n    return 1"],
        0,
        "something else",
    ),
    "claims points": (["points = 100\nanswer_1_1 = {'right': True}", *cells(answer_1_1=None)], ALL - 2, "one number"),
    "an answer that is huge": (["answer_1_1 = 10**5000", *cells(answer_1_1=None)], ALL - 2, "no answer"),
}


@pytest.fixture(scope="module")
def graded():
    """All samples, run one after the other."""
    made = [
        submissions.parsed(handed_in.STUDENT, f"{name}.ipynb", handed_in.notebook(sample[0]))
        for name, sample in SAMPLES.items()
    ]
    result = grading.grade(made, handed_in.KEY, sandbox=lambda: Sandbox(("pandas",)), seconds=30, seconds_of_a_cell=0.4)
    return dict(zip(SAMPLES, result.graded, strict=True))


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_gets_the_points_of_the_rubric_and_a_message_that_says_why(graded, sample):
    _, points, message = SAMPLES[sample]
    one = graded[sample]
    said = [*one.submission.notes, *(mark.text for mark in one.marks)]
    assert one.points == points, said
    assert any(message in text for text in said), said
    assert sum(mark.of for mark in one.marks) == 20


def test_what_is_marked_by_hand_is_open_if_there_is_a_text_and_lost_if_there_is_none(graded):
    assert graded["perfect"].by_hand == 4
    assert graded["half done"].by_hand == 0
    assert [mark.points for mark in graded["perfect"].marks if mark.by_hand] == [0, 0, 0]


def test_no_message_to_a_student_has_a_right_answer_or_a_hidden_panel(graded):
    """A typical mistake gets a hint; what is right is nowhere in the report of a submission without answers."""
    right = [PERFECT[name].partition("= ")[2] for name in ("answer_1_1", "answer_1_3", "answer_1_4")]
    for name in ("nothing but the dots", "an empty notebook", "redefines the checker"):
        said = " ".join(mark.text for mark in graded[name].marks)
        assert [value for value in right if value in said] == []
