"""Sessions of the course, the lecture, the seminar and the syllabus: their times, slides, exercises and links."""

import importlib
import importlib.util
import re

import course_pages
import pytest
from pybtex.database import parse_file

from enclave.base import paths
from enclave.facts import treated_pairs
from enclave_book.render import book_source, citations
from enclave_book.slides import decks, page

LECTURE = 90
PLANS = [*sorted((paths.LECTURER / "sessions").glob("*.md")), paths.LECTURER / "one_lecture.md"]
LECTURERS = sorted(paths.LECTURER.rglob("*.md"))
EVERY = [*book_source.course(), *LECTURERS]
LINK = re.compile(r"\{doc\}`(?:[^`<]*<)?([^`<>]+)>?`")
INCLUDED = re.compile(r"^```\{include\} (\S+)$", re.MULTILINE)
# an estimate with its digits, or with stars
RESULT = re.compile(r"\d+\.\d|\d\*")
# what students ask and think is for the lecturer
LECTURERS_WORDS = ("Typical answer", "Why it is wrong", "If time is short")
# pages of the instructor edition that are made when it is built
MADE = {"private", "answers"}
ANSWERED = ("*Typical answer:*", "*Why it is wrong:*")


def read(file):
    return file.read_text(encoding="utf-8")


def places(text):
    """The numbers in texts such as 3, 6-8 and 10."""
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", text):
        yield from range(int(first), int(last or first) + 1)


@pytest.fixture(params=PLANS, ids=lambda file: file.stem)
def plan(request):
    return request.param


@pytest.fixture(params=EVERY, ids=lambda file: file.relative_to(paths.COURSE).as_posix())
def any_page(request):
    return request.param


def test_each_session_has_a_page_a_plan_and_a_deck():
    names = [file.stem for file in sorted(paths.SESSIONS.glob("*.md"))]
    assert len(names) == 6
    assert [file.stem for file in PLANS] == [*names, "one_lecture"] == [file.stem for file in decks.every()]


def test_the_minutes_of_a_plan_add_up(plan):
    assert sum(int(row[0]) for row in course_pages.table(read(plan), "## Minutes")) == LECTURE


def test_the_minutes_of_each_meeting_of_the_seminar_add_up():
    text = read(paths.LECTURER / "seminar.md")
    for meeting in re.findall(r"^## Meeting \d.*$", text, re.MULTILINE):
        assert sum(int(row[0]) for row in course_pages.table(text, meeting)) == LECTURE


def test_a_plan_goes_through_all_slides_of_its_deck_in_order(plan):
    deck = decks.read(paths.DECKS / plan.name)
    shown = [place for row in course_pages.table(read(plan), "## Minutes") for place in places(row[2])]
    assert shown == list(range(1, len(deck.slides) + 2))


def test_every_row_of_a_plan_leads_to_a_page(plan):
    rows = course_pages.table(read(plan), "## Minutes")
    assert [row for row in rows if not LINK.search(row[3])] == []


def test_each_question_has_the_typical_answer_and_why_it_is_wrong(plan):
    asked = read(plan).partition("## Questions for the class")[2].partition("## If time is short")[0]
    questions = re.split(r"^\*\*.+\*\*$", asked, flags=re.MULTILINE)[1:]
    assert len(questions) >= 3
    assert [one for one in questions if not all(word in one for word in ANSWERED)] == []


def test_what_is_left_out_when_time_is_short_is_told(plan):
    assert re.search(r"## If time is short\n\n(?:Leave out|Show one).+slides?\b", read(plan))


@pytest.mark.parametrize("file", sorted(paths.SESSIONS.glob("*.md")), ids=lambda file: file.stem)
def test_the_homework_of_a_session_is_that_of_its_last_slide_and_exists(file):
    text, deck = read(file), decks.read(paths.DECKS / file.name)
    named = course_pages.exercises(text.partition("**Homework.**")[2])
    assert len(named) >= 4
    assert set(named) <= course_pages.every_exercise()
    assert named == course_pages.exercises(deck.slides[-1].text.partition("**Homework:**")[2])
    assert f"problem set {deck.session}" in text
    assert f"problem set {deck.session}" in deck.slides[-1].text


@pytest.mark.parametrize("file", sorted(paths.SESSIONS.glob("*.md")), ids=lambda file: file.stem)
def test_a_session_says_goals_needs_preparation_reading_and_homework(file):
    text = read(file)
    parts = ["**Goals.**", "**You need**", "**Before class.**", "**Read.**", "**Homework.**"]
    assert sorted(parts, key=text.index) == parts
    assert text.startswith(f"## Session {file.stem[0]}. {decks.read(paths.DECKS / file.name).title}\n")


def test_every_page_that_a_page_of_the_course_links_to_exists(any_page):
    top = {"book": paths.BOOK, "notebooks": paths.NOTEBOOKS, "course": paths.COURSE}
    lost = []
    for link in LINK.findall(read(any_page)):
        folder, _, name = link.removeprefix("/").partition("/")
        if link == "/index" or (link in MADE and any_page in LECTURERS):
            continue
        # parts of the syllabus are read from there
        own = paths.COURSE if any_page.parent == paths.SESSIONS else any_page.parent
        place = top[folder] / name if link.startswith("/") else own / link
        if not any(place.with_name(f"{place.name}.{ending}").is_file() for ending in ("md", "ipynb")):
            lost.append(link)
    assert lost == []


def test_the_parts_that_a_page_includes_exist(any_page):
    # the instructor edition has the lecturer's pages beside the folder of the course
    inside = any_page in LECTURERS
    top = paths.COURSE / any_page.relative_to(paths.COURSE)
    for name in INCLUDED.findall(read(any_page)):
        assert inside == name.startswith("../../course/")
        assert (paths.ROOT / name.removeprefix("../../") if inside else top.parent / name).is_file()


def test_the_works_that_a_page_cites_are_in_the_list_of_references(any_page):
    works = parse_file(str(paths.BOOK / citations.REFERENCES)).entries
    cited = [key for found in page.CITED.finditer(read(any_page)) for key in found["keys"].split(",")]
    assert [key for key in cited if key not in works] == []


def test_no_result_is_typed_on_a_page_of_the_course(any_page):
    assert [word for word in course_pages.typed(read(any_page)) if RESULT.search(word)] == []


@pytest.mark.parametrize("file", book_source.course(), ids=lambda file: file.stem)
def test_what_students_get_has_no_word_that_is_for_the_lecturer(file):
    assert paths.LECTURER not in file.parents
    assert [word for word in LECTURERS_WORDS if word in read(file)] == []


def test_the_readings_of_the_seminar_are_in_the_list_of_ambiguities_and_in_the_code():
    headings = re.findall(r"^### (.+)$", read(paths.BOOK / "ambiguities.md"), re.MULTILINE)
    rows = course_pages.table(read(paths.SEMINAR), "## Choose a reading")
    assert len(rows) >= 8
    assert [row[1] for row in rows if row[1].removesuffix(" (land)") not in headings] == []
    for name in re.findall(r"`([\w.]+)`", " ".join(row[2] for row in rows)):
        if name not in treated_pairs.RULES:
            assert exists(name), name


def exists(name):
    """Whether a module of the packages, or a function of an estimator, has this name."""
    if name.startswith("enclave"):
        return importlib.util.find_spec(name) is not None
    module, _, function = name.partition(".")
    return hasattr(importlib.import_module(f"enclave.estimators.{module}"), function)


def test_the_syllabus_has_all_sessions_in_order():
    included = INCLUDED.findall(read(paths.SYLLABUS))
    assert included == [f"sessions/{file.name}" for file in sorted(paths.SESSIONS.glob("*.md"))]
