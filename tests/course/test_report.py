import csv
import io

import handed_in
import pytest

from enclave_course import grading, report, submissions
from enclave_course.sandbox import Ran, Sandbox


def graded(student, **changed):
    """A submission with these answers, marked without running it."""
    one = submissions.parsed(student, f"{student}.ipynb", handed_in.notebook([], student=student))
    one.cells.append(changed.pop("code", ""))
    return grading.marked(one, grading.prepare(one, handed_in.KEY), Ran(answers=changed, ended=False))


def right(student, name):
    """What is right for the data of a student."""
    return graded(student).right[name].right


def test_an_answer_that_is_right_for_the_data_of_another_student_is_reported_as_a_fact():
    theirs = right("Zhao", "answer_1_4")
    mine = [graded("Li Wei", answer_1_4=theirs), graded("Zhao", answer_1_4=theirs)]
    assert list(grading.shared(mine)) == ["Li Wei: `answer_1_4` is the number that is right for the data of Zhao."]
    assert [one.points for one in mine] == [0, 3]


def test_whole_numbers_and_own_answers_are_no_sign_of_copying():
    own = {name: right("Li Wei", name) for name in ("answer_1_1", "answer_1_3")}
    other = {"answer_1_1": own["answer_1_1"], "answer_1_3": right("Zhao", "answer_1_3")}
    assert list(grading.shared([graded("Li Wei", **own), graded("Zhao", **other)])) == []


def test_equal_texts_and_functions_are_reported_whatever_their_spaces_and_comments():
    text = "A zero is right where the register is complete. " * 4
    body = "".join(f"    value_{number} = {number}\n" for number in range(10))
    first = graded("Li Wei", answer_1_6=text, code=f"def count_links(a, b, c, d):\n{body}    return 1\n")
    second = graded("Zhao", answer_1_6=f" {text}\n", code=f"def count_links(a,b,c,d):\n{body}    return 1 # mine\n")
    assert list(grading.shared([first, second])) == [
        "Li Wei and Zhao: the texts of `answer_1_6` are the same.",
        "Li Wei and Zhao: the functions `count_links` are the same but for comments and spaces.",
    ]


def result(*made):
    return grading.Result(list(made), "How they ran.", [])


def test_each_student_has_one_report_and_the_class_one_table(tmp_path):
    report.write(result(graded("Li Wei"), graded("王芳")), tmp_path / "grades")
    made = tmp_path / "grades"
    assert sorted(file.name for file in made.iterdir()) == [
        "answers.csv",
        "for_the_lecturer.md",
        "grades.csv",
        "li_wei.md",
        "王芳.md",
    ]
    assert made.stat().st_mode & 0o077 == 0
    rows = list(csv.DictReader(io.StringIO((made / "grades.csv").read_text(encoding="utf-8-sig"))))
    assert [(row["student"], row["points"], row["of"]) for row in rows] == [("Li Wei", "0", "20"), ("王芳", "0", "20")]
    assert "How they ran." in (made / "for_the_lecturer.md").read_text(encoding="utf-8")


def test_the_lecturer_sees_what_was_given_and_what_is_right():
    text = report.answers([graded("Li Wei", answer_1_1=5, answer_1_3="=1+1")])
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))}
    assert (rows["answer_1_1"]["given"], rows["answer_1_1"]["right"]) == ("5", str(right("Li Wei", "answer_1_1")))
    assert rows["answer_1_3"]["given"] == "'=1+1"
    assert rows["answer_1_4"]["given"] == ""


def test_a_run_that_is_stopped_leaves_the_former_reports(tmp_path, monkeypatch):
    report.write(result(graded("Li Wei")), tmp_path / "grades")
    monkeypatch.setattr(report, "table", lambda graded: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        report.write(result(graded("Zhao")), tmp_path / "grades")
    assert (tmp_path / "grades" / "li_wei.md").is_file()
    assert [place.name for place in tmp_path.iterdir()] == ["grades"]


def test_a_report_leaves_room_for_what_is_marked_by_hand():
    text = report.of_student(graded("Li Wei", answer_1_6="A zero is right if | the register <b>is</b> complete."))
    assert "**0 of 16 points.** 4 more points are given by hand." in text
    assert text.count("__ / ") == 3
    assert r"> A zero is right if \| the register \<b\>is\</b\> complete." in text


def test_what_a_submission_writes_makes_no_table_no_tag_and_no_formula():
    one = graded("=SUM(A1)")
    one.submission.notes.append("Code cell 2 stopped: a | b\n# <script>")
    assert r"a \| b # \<script\>" in report.of_student(one)
    row = next(csv.DictReader(io.StringIO(report.table([one]).lstrip("\ufeff"))))
    assert row["student"] == "'=SUM(A1)"


def test_a_submission_that_ends_its_server_or_cannot_be_run_costs_itself_alone():
    """As one can that is not closed off: the next one gets another server."""
    kill = handed_in.notebook(["import os\nos.kill(os.getppid(), 9)", "answer_1_1 = 1"])
    sent = [submissions.parsed("A", "A.ipynb", kill), submissions.parsed("B", "B.ipynb", b"no notebook")]
    sent += [submissions.parsed("C", "C.ipynb", handed_in.notebook([handed_in.perfect()["answer_1_1"]]))]
    made = grading.grade(sent, handed_in.KEY, sandbox=lambda: Sandbox(("json",), close=False), seconds=30)
    assert [one.points for one in made.graded] == [0, 0, 2]
    text = report.of_student(made.graded[1])
    assert "# Submission: B" in text
    assert "The file is no notebook." in text
    assert "B.ipynb: The file is no notebook." in report.for_lecturer(made)
