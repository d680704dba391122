import json
import re

import handed_in
import nbformat
import pytest

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_course import counts, handout
from enclave_course.sets import EVERY
from enclave_course.tasks import Function, Judgement
from enclave_course.visible import agree, given_as, plain


def drawn(student, number="1", key=handed_in.KEY):
    return handout.counts_of(EVERY[number], student, key)


@pytest.mark.parametrize("number", EVERY)
def test_data_belong_to_a_name_a_key_and_a_problem_set(number):
    mine = drawn("Li Wei", number).files
    assert mine == drawn(" li_wei", number).files
    assert mine != drawn("Li Wei", number, "another key of the course").files
    # the truth is in no file of a student
    assert all("added" not in text.partition("\n")[0] for text in mine.values())


def test_another_name_gets_other_data():
    assert drawn("Li Wei").files != drawn("Li Wei 2").files


def test_names_of_chinese_students_make_different_data_and_files():
    assert drawn("王芳").files != drawn("王方").files
    assert handout.file_of("王 芳") == "王_芳"


@pytest.mark.parametrize("problem_set", EVERY.values(), ids=EVERY.keys())
def test_a_notebook_is_valid_and_says_the_points_and_the_criteria_of_each_task(problem_set):
    book = nbformat.reads(handout.notebook(problem_set, "Zhao"), as_version=4)
    nbformat.validate(book)
    prose = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    code = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    assert sum(map(int, re.findall(r"^## .*\((\d+) points?\)$", prose, re.MULTILINE))) == problem_set.points
    for task in problem_set.tasks:
        name = task.step.name
        assert (f"def {name}(" if isinstance(task.step, Function) else f"{name} = ") in code
        if isinstance(task.step, Judgement):
            assert all(says in prose for _, says in task.step.criteria)


@pytest.mark.parametrize("problem_set", EVERY.values(), ids=EVERY.keys())
def test_a_problem_set_ends_with_a_judgement_and_has_functions_to_write(problem_set):
    kinds = [type(task.step) for task in problem_set.tasks]
    assert kinds[-1] is Judgement
    assert Function in kinds


def test_a_text_that_was_changed_without_its_check_stops_the_build_with_one_message(tmp_path):
    text = (paths.PROBLEM_SETS / "1.md").read_text(encoding="utf-8")
    (tmp_path / "1.md").write_text(text.replace("which share of the rows", "how many of the rows"), encoding="utf-8")
    with pytest.raises(EnclaveError, match=r"^1\.md, task 1\.3: the text was changed, and its check in set_1\.py"):
        handout.notebook(EVERY["1"], "Zhao", tmp_path)


def test_a_task_without_a_check_and_a_check_without_a_task_stop_the_build(tmp_path):
    text = (paths.PROBLEM_SETS / "1.md").read_text(encoding="utf-8")
    (tmp_path / "1.md").write_text(text + "\n## 1.7 More\n\n`answer_1_7`\n", encoding="utf-8")
    with pytest.raises(EnclaveError, match=r"Task 1\.7 is in 1\.md and not in set_1\.py"):
        handout.notebook(EVERY["1"], "Zhao", tmp_path)
    (tmp_path / "1.md").write_text(re.sub(r"## 1\.3.*?(?=## 1\.4)", "", text, flags=re.DOTALL), encoding="utf-8")
    with pytest.raises(EnclaveError, match=r"Task 1\.3 is in set_1\.py and not in 1\.md"):
        handout.notebook(EVERY["1"], "Zhao", tmp_path)


def test_spaces_and_line_breaks_may_change_without_the_check():
    assert handout.checksum("## 1.1 A\n\nHow  many?\n") == handout.checksum("## 1.1 A\nHow many?")
    assert handout.checksum("## 1.1 A\n\nHow many?") != handout.checksum("## 1.1 A\n\nHow much?")


def test_a_student_gets_a_notebook_data_and_visible_cases_and_no_hidden_one(tmp_path, monkeypatch):
    monkeypatch.setattr(handout, "EVERY", {"1": EVERY["1"]})
    handout.write_class(["Li Wei", "Zhao"], handed_in.KEY, tmp_path / "class")
    mine = tmp_path / "class" / "li_wei" / "problem_set_1"
    names = ["cases.json", "links.csv", "pairs.csv", "problem_set_1.ipynb", "visible.py"]
    assert sorted(file.name for file in mine.iterdir()) == names
    cases = json.loads((mine / "cases.json").read_text(encoding="utf-8"))
    functions = {task.step.name: task.step for task in EVERY["1"].tasks if isinstance(task.step, Function)}
    assert {name: len(made) for name, made in cases.items()} == {name: len(f.visible) for name, f in functions.items()}
    rng = counts.generator(handed_in.KEY, "hidden calls", "1.2")
    hidden = functions["count_links"].hidden(rng, drawn("Li Wei"))
    whole = "".join(file.read_text(encoding="utf-8") for file in mine.iterdir())
    assert [case for case in hidden if json.dumps(case.given[0])[1:-1] in whole] == []


def test_the_visible_check_says_right_or_what_to_look_at(tmp_path, monkeypatch, capsys):
    from enclave_course import visible

    for name, text in handout.checks(EVERY["2"]).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    visible.check("two_by_two", lambda table: 3.0)
    visible.check("two_by_two", lambda table: 4.0)
    visible.check("two_by_two", lambda table: table["none"])
    right, wrong, stopped = capsys.readouterr().out.splitlines()
    assert right == "Right: four means."
    assert wrong.startswith("Not yet, four means: it returns 4.0. Treated rows rise from 5 to 10")
    assert "it stops with KeyError" in stopped


def test_tables_agree_in_any_order_of_rows_and_with_further_columns():
    right = {"columns": ["a", "b"], "rows": [[1, "x"], [2, None]]}
    table = given_as({"csv": "c,b,a\n9,,2\n9,x,1\n"})
    assert agree(plain(table), right)
    assert not agree(plain(table.assign(a=1)), right)
    assert not agree(plain(table.head(1)), right)
    assert not agree(plain(table.drop(columns="b")), right)


def test_values_agree_within_a_ten_thousandth_and_only_with_their_kind():
    assert agree(1.00001, 1.0)
    assert not agree(1.001, 1.0)
    assert not agree(True, 1)
    assert not agree("1", 1)
    assert agree(plain({2001.0: 1}), {"entries": {"2001": 1.0}})
    assert plain([float("nan"), float("inf"), 10**400, object()]) == [None, None, None, {"type": "object"}]


def test_hidden_calls_are_worth_the_points_that_the_rubric_says():
    for number, problem_set in EVERY.items():
        if number in {"1", "3", "4", "5", "6"}:
            for task in problem_set.tasks:
                if isinstance(task.step, Function):
                    rng = counts.generator(handed_in.KEY, "hidden calls", task.number)
                    made = task.step.hidden(rng, drawn("Zhao", number))
                    assert tuple(case.points for case in made) == task.step.hidden_points
