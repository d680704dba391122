import ast
import inspect
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest

from enclave import panels
from enclave.base.errors import EnclaveError
from enclave.base.terms import OURS, PAIR
from enclave.estimators import did, distance
from enclave.panels import targets
from enclave.panels.collection import Panels
from enclave_book.notebooks import contents
from enclave_exercises import chapter_02, chapter_06, check, checking
from enclave_exercises.answers import Answers, Choice
from enclave_exercises.appendix_b import ONCE
from enclave_exercises.chapter_01 import NAMES, pipeline
from enclave_registers.cleaning import city_from_text

EXERCISE = re.compile(r"^#### Exercise (\w+\.\d)$", re.MULTILINE)
LETTERS = re.compile(r"^- \((\w)\) ", re.MULTILINE)
FEWEST = 3


def readings(panel):
    """Manufacturing links under three readings: ours, one with few links less, and one with many less."""
    counts = panel[[*PAIR, "year", "count"]]
    fewer = {OURS: counts["count"], "large cells halved": counts["count"] // 2, ONCE: counts["count"].clip(upper=1)}
    return pd.concat([counts.assign(count=count, reading=name) for name, count in fewer.items()], ignore_index=True)


@pytest.fixture(autouse=True)
def panels_without_a_build(monkeypatch):
    """The panels of the committed twin, readings made from them, and twenty firms of four cities."""
    twin = targets.of("twin")
    whole = Panels("twin", lambda name: readings(twin.manufacturing) if name == "alternatives" else twin[name])
    monkeypatch.setattr(panels, "of", lambda source: whole)
    numbers = {"440100": (3, 4), "440300": (2, 7), "441800": (1, 0), "441900": (0, 3)}
    rows = [
        (city, by)
        for city, counts in numbers.items()
        for by, n in zip(("name", "city"), counts, strict=True)
        for _ in range(n)
    ]
    seats = pd.DataFrame(rows, columns=["located", "located_by"])
    monkeypatch.setattr(pipeline, "seats", lambda source: seats)


@cache
def made(number):
    """The answers to an exercise on the committed twin, made once."""
    return checking.every()[number]("twin")


@pytest.mark.parametrize("number", list(checking.every()))
def test_the_right_answer_is_right_and_each_mistake_gets_the_hint_that_is_for_it(number):
    answers = made(number)
    assert all(checking.judged(right, answers).right for right in (answers.right, *answers.also))
    wrong = [(hint, value) for hint, value in answers.wrong.items() if not is_right(value, answers)]
    assert len({str(value) for _, value in wrong}) >= FEWEST, wrong
    for hint, value in wrong:
        alike = {other for other, same in wrong if checking.same(checking.plain(value), checking.plain(same), 0.01)}
        said = checking.judged(value, answers)
        assert not said.right
        assert said.text in alike, (hint, value)


def is_right(value, answers):
    return checking.judged(value, answers).right


@pytest.mark.parametrize("number", list(checking.every()))
def test_no_hint_has_the_right_answer_in_it(number):
    answers = made(number)
    right = checking.plain(answers.right)
    if isinstance(right, (int, float)):
        shown = {f"{right:.{digits}f}" for digits in (2, 3, 4)} | ({str(right)} if isinstance(right, int) else set())
        words = [set(re.findall(r"-?\d+(?:\.\d+)?", hint)) for hint in answers.wrong]
        assert not any(shown & found for found in words)
    elif isinstance(right, str) and len(right) > 1:
        assert not any(right in hint.casefold() for hint in answers.wrong)
    elif isinstance(right, tuple):
        assert not any(city in hint for city in right for hint in answers.wrong)


def test_each_exercise_of_the_book_has_a_check_and_a_cell_to_work_in():
    asked = [
        (number, notebook.stem)
        for notebook in contents.every()
        for cell in contents.cells(notebook)
        for number in EXERCISE.findall(cell.prose)
    ]
    assert [number for number, _ in asked] == list(checking.every())
    called = [
        str(call.args[0].value)
        for notebook in contents.every()
        for cell, tree in contents.code(notebook)
        if "exercise" in cell.tags
        for call in checks_in(tree)
    ]
    assert called == list(checking.every())


def checks_in(tree):
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func) == "check"]


def test_a_question_with_choices_offers_each_letter_that_the_check_knows():
    texts = {
        EXERCISE.search(cell.prose)[1]: cell.prose
        for notebook in contents.every()
        for cell in contents.cells(notebook)
        if EXERCISE.search(cell.prose)
    }
    choices = {number: maker.__self__ for number, maker in checking.every().items() if inspect.ismethod(maker)}
    assert len(choices) > FEWEST
    for number, choice in choices.items():
        assert LETTERS.findall(texts[number]) == sorted([choice.right, *choice.hints]), number


def test_the_names_of_a_question_are_placed_as_its_hints_say():
    placed = city_from_text.cities_of_names(pd.Series(NAMES))
    assert placed.isna().to_dict() == {"a": True, "b": False, "c": False, "d": True}
    assert placed["c"] == placed["b"] == "440600"


def test_right_answers_are_recomputed_from_the_data_of_the_day(monkeypatch):
    panel = targets.of("twin").manufacturing
    ever = panel["cohort"].notna()
    [before] = [
        check("1.3", panel.loc[~ever & (panel["count"] > 0), "count"].mean() / panel.loc[~ever, "count"].mean())
    ]
    other = panel.assign(count=panel["count"].where(ever, 1) * (1 - (panel["year"] % 2) * ~ever))
    monkeypatch.setattr(panels, "of", lambda source: Panels(source, lambda name: other))
    assert before.right
    assert check("1.3", 19 / 10).right


@pytest.mark.parametrize(
    "given",
    [
        2,
        2.0,
        np.float64(2),
        np.array([2.0]),
        pd.Series([2.004]),
        pd.DataFrame({"a": [2]}),
        [2.0],
        pd.Series({"estimate": 2.0}),
    ],
)
def test_a_number_may_have_any_type_that_holds_one(given):
    assert checking.judged(given, Answers(2.0, {})).right


@pytest.mark.parametrize(
    "given",
    [
        ("440100", "441800"),
        ["Guangzhou", "qingyuan"],
        "Guangzhou–Qingyuan",
        "广州市→清远",
        pd.Series({"helper": "440100", "recipient": "441800"}),
    ],
)
def test_a_pair_may_be_codes_or_names_in_either_language(given):
    assert checking.judged(given, Answers(("440100", "441800"), {})).right


@pytest.mark.parametrize(
    ("given", "right", "hint"),
    [
        (-2.5, 2.5, checking.SIGN),
        (250.0, 2.5, checking.UNIT),
        (0.025, 2.5, checking.UNIT),
        (2.53, 2.5, checking.CLOSE),
        (7.0, 2.5, checking.NOTHING),
        ("two", 2.5, "The answer is one number."),
        (True, 1.0, "The answer is one number."),
        (3, "b", "The answer is a text in quotes: a letter, a name or a code."),
        ("440100", ("440100", "441800"), "The answer is a pair: (helper, recipient)."),
        (("441800", "440100"), ("440100", "441800"), "Look at the order: the helper comes first."),
        (float("nan"), 2.5, checking.NOTHING),
        (4, 5, checking.NOTHING),
    ],
)
def test_what_is_wrong_in_general_is_told_without_the_answer(given, right, hint):
    said = checking.judged(given, Answers(right, {}))
    assert (said.right, said.text) == (False, hint)


def test_a_whole_number_must_be_met_exactly_and_any_other_within_half_a_per_cent():
    assert not checking.judged(10_001, Answers(10_000, {})).right
    assert checking.judged(1.004, Answers(1.0, {})).right
    assert not checking.judged(1.006, Answers(1.0, {})).right


def test_an_empty_cell_is_told_where_the_answer_goes_and_nothing_is_computed(monkeypatch):
    monkeypatch.setattr(panels, "of", None)
    assert repr(check("2.1")) == check("2.1")._repr_markdown_() == checking.DOTS


@pytest.mark.parametrize("number", ["02.1", "2.1", " 2.1 ", 2.1])
def test_an_exercise_may_be_named_with_or_without_the_zero_of_its_file(number):
    assert check(number, 2).right


@pytest.mark.parametrize("number", ["a.1", "A.1"])
def test_an_exercise_of_an_appendix_may_be_named_in_small_letters(number):
    assert check(number, "A").right


@pytest.mark.parametrize(
    ("number", "named"),
    [
        ("2.9", "chapter are 2.1, "),
        ("a.17", "chapter are A.1, "),
        ("18.1", "0.1 to 0"),
        ("", "0.1 to 0"),
        (None, "D.1"),
    ],
)
def test_an_exercise_that_does_not_exist_is_refused_and_those_that_do_are_named(number, named):
    with pytest.raises(EnclaveError, match=rf"There is no exercise .*{named}"):
        check(number, 1)


def test_quick_forms_of_the_regressions_are_those_of_the_book():
    data = panels.of("twin")
    km = distance.km(data.pairs, "boundary")
    short = data.manufacturing[data.manufacturing["recipient"] != data.manufacturing["recipient"].iloc[0]]
    for panel in (data.manufacturing, short):
        whole = did.twfe(panel, "count", interaction=km)["estimate"]
        assert chapter_06._slope(panel, km) == pytest.approx(whole.iloc[1], rel=1e-9)
        assert chapter_02._quick(panel) == pytest.approx(chapter_02.estimate(panel), rel=1e-9)


def test_letters_of_a_choice_each_have_their_hint():
    choice = Choice("b", {"a": "no", "c": "never"})
    assert [checking.judged(letter, choice.answers("twin")).text for letter in "abc"] == ["no", "", "never"]
