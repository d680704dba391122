import handed_in
import pytest

from enclave.base import paths
from enclave_book import cli
from enclave_course import grading, handout
from enclave_course.sandbox import Sandbox
from enclave_course.sets import EVERY


@pytest.fixture
def place(build_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "COURSE_KEY", tmp_path / "key.txt")
    monkeypatch.setattr(handout, "EVERY", {"1": EVERY["1"]})
    light = grading.grade
    monkeypatch.setattr(
        grading, "grade", lambda *given, **more: light(*given, **more, sandbox=lambda: Sandbox(("pandas",)))
    )
    (tmp_path / "class.csv").write_text("name\nLi Wei\nZhao\n", encoding="utf-8")
    return tmp_path


def test_problem_sets_are_handed_out_handed_in_and_graded_by_commands(place, capsys):
    assert cli.main(["handout", str(place / "class.csv")]) == 0
    assert sorted(folder.name for folder in paths.HANDED_OUT.iterdir()) == ["li_wei", "zhao"]
    assert cli.main(["grade", str(paths.HANDED_OUT), "--names", str(place / "class.csv")]) == 0
    said = capsys.readouterr().out
    assert "a new key" in said
    assert "2 of 2: Zhao" in said
    assert sorted(file.name for file in paths.GRADES.iterdir()) == [
        "answers.csv",
        "for_the_lecturer.md",
        "grades.csv",
        "li_wei.md",
        "zhao.md",
    ]
    report = (paths.GRADES / "zhao.md").read_text(encoding="utf-8")
    assert "# Problem set 1: Zhao" in report
    assert "**0 of 20 points.**" in report
    assert "handed out to" not in report


def test_grading_without_a_key_says_what_is_missing(place, capsys):
    (place / "submissions").mkdir()
    (place / "submissions" / "Zhao.ipynb").write_bytes(handed_in.notebook([], student="Zhao"))
    assert cli.main(["grade", str(place / "submissions")]) == 1
    assert "There is no key of the course" in capsys.readouterr().err


def test_a_missing_class_list_or_folder_is_one_message(place, capsys):
    assert cli.main(["handout", str(place / "none.csv")]) == 1
    assert cli.main(["grade", str(place / "none")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2
