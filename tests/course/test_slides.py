"""Slides of the course: their sources, what they show of the chapters, and the pages that are made of them."""

import json

import course_pages
import pytest
from bs4 import BeautifulSoup
from pybtex.database import parse_file

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_book.build import slides_step
from enclave_book.notebooks import contents
from enclave_book.render import citations
from enclave_book.slides import chapters, decks, fields, page

SESSIONS = 6
FEWEST, MOST = 12, 20
HAND = """---
title: A deck
session: 1
notes: Say hello.
---
## Two numbers

One is {02.before} and ours is {obtained.2.1.treat.estimate}.

Note: Look at both.
---
## A real one

Data: real

From {00.n_parks} parks.

Note: Count them.
"""


@pytest.fixture(params=decks.every(), ids=lambda file: file.stem)
def deck(request):
    return decks.read(request.param)


def texts(deck):
    """Where each text stands, and the text: of the slides and of the notes."""
    yield "notes of the title", deck.notes
    for number, slide in enumerate(deck.slides, start=2):
        yield f"slide {number}", slide.text
        yield f"notes of slide {number}", slide.notes


def test_there_is_a_deck_for_each_session_and_one_for_a_single_lecture():
    named = [decks.read(file).session for file in decks.every()]
    assert named == [*map(str, range(1, SESSIONS + 1)), "One lecture"]


def test_a_deck_is_neither_short_nor_long(deck):
    assert FEWEST <= 1 + len(deck.slides) <= MOST


def test_what_a_slide_shows_is_in_its_chapter(deck):
    missing = []
    for number, slide in enumerate(deck.slides, start=2):
        for shown in slide.exhibits:
            notebook = chapters.notebook(shown.chapter)
            if shown.kind == "equation":
                assert chapters.equation(notebook, shown.name)
            elif shown.name not in chapters.names(notebook):
                missing.append(f"slide {number}: {shown.chapter}#{shown.name}")
            if shown.kind == "figure" and not shown.name.startswith("fig-"):
                missing.append(f"slide {number}: {shown.name} is no figure")
    assert missing == []


def test_a_cell_that_is_tagged_for_slides_is_on_one():
    shown = {
        (part.chapter, part.name)
        for file in decks.every()
        for slide in decks.read(file).slides
        for part in slide.exhibits
    }
    tagged = {
        (file.stem.partition("_")[0], tag.removeprefix(chapters.TAG))
        for file in contents.every()
        for cell in contents.cells(file)
        for tag in cell.tags
        if tag.startswith(chapters.TAG)
    }
    assert len(tagged) > 20
    assert tagged - shown == set()


def test_every_number_of_a_slide_is_said_by_its_chapter_or_printed_in_the_paper(deck):
    missing = []
    for place, text in texts(deck):
        for where, key in fields.places(text):
            if where in slides_step.OF_CHAPTERS:
                assert fields.printed(key)
            elif key not in chapters.said_names(chapters.notebook(where)):
                missing.append(f"{place}: {where}.{key}")
    assert missing == []


def test_no_slide_has_a_typed_number(deck):
    assert [(place, found) for place, text in texts(deck) for found in course_pages.typed(text)] == []


@pytest.mark.parametrize("text", ["1.46 links", "an effect of 3", "**0.3**", "88 pairs", "12 per cent", "0.295***"])
def test_a_number_typed_on_a_slide_would_be_seen(text):
    assert len(course_pages.typed(text)) == 1


@pytest.mark.parametrize(
    "text", ["Table 2", "columns (1) and (3)", "exercises 2.1, 2.2 and D.3", "in 2013", "$s = -1$", "{02.before} links"]
)
def test_names_with_numbers_are_no_typed_numbers(text):
    assert course_pages.typed(text) == []


def test_the_exercises_of_the_homework_exist(deck):
    named = {number for _, text in texts(deck) for number in course_pages.exercises(text)}
    assert named
    assert named - course_pages.every_exercise() == set()


def test_the_works_that_a_slide_cites_are_in_the_list_of_references(deck):
    works = parse_file(str(paths.BOOK / citations.REFERENCES)).entries
    cited = [
        key.strip()
        for _, text in texts(deck)
        for found in page.CITED.finditer(text)
        for key in found["keys"].split(",")
    ]
    assert [key for key in cited if key not in works] == []


def test_values_are_read_from_the_finished_sentence():
    template = "\n  From {low:.2f} to {high:.2f},\n  and $x_{i}$ of {low:.2f}; `{code}`.\n"
    said = "From 0.25 to 4.00,\nand $x_{i}$ of 0.25; `{code}`."
    assert chapters.values(template, said) == {"low": "0.25", "high": "4.00"}


def test_a_sentence_that_does_not_fit_gives_no_value():
    assert chapters.values("From {low} to {high}.", "Nothing was found.") == {}


def test_what_the_data_of_a_cell_are_is_the_word_that_it_gives():
    assert chapters.data_of('figures.finish(fig, "real")', "twin") == "real"
    assert chapters.data_of('tables.frame(a, "Title", source="invented")', "twin") == "invented"
    assert chapters.data_of('tables.frame(a, "real", source)', "twin") == "twin"


def table_of(rows):
    body = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in rows)
    head = '<thead><tr><th scope="col">City</th><th scope="col" class="number">Links</th></tr></thead>'
    table = f"<div><table>{head}<tbody>{body}</tbody></table></div>"
    return f'<style>x</style>\n<div class="enclave-table"><p class="title">T</p>{table}</div>'


def shown(rows):
    return chapters.Shown("t", "", {chapters.HTML: table_of(rows)}, "Real data")


def cells(html):
    return [
        [cell.get_text() for cell in row.find_all(["td", "th"])]
        for row in BeautifulSoup(html, "html.parser").find_all("tr")
    ]


def test_a_slide_shows_as_many_rows_and_such_columns_as_it_asks_for_and_says_how_many_there_are():
    rows = [("Meizhou", 3), ("Heyuan", 2), ("Yunfu", 1)]
    made = page._table(shown(rows), decks.Exhibit("table", "02", "t", {"rows": "2", "columns": "City"}))
    assert cells(made) == [["City"], ["Meizhou"], ["Heyuan"]]
    assert "The first 2 of 3 rows" in made


def test_a_column_that_a_table_does_not_have_is_refused_with_those_that_it_has():
    with pytest.raises(EnclaveError, match=r"no column 'Town'. It has City, Links"):
        page._table(shown([("Meizhou", 3)]), decks.Exhibit("table", "02", "t", {"columns": "Town"}))


@pytest.mark.parametrize(
    ("rows", "size"),
    [(5, "largest"), (7, "large"), (9, "middle"), (11, "small"), (13, "small"), (16, "compact"), (30, "smallest")],
)
def test_the_more_rows_a_table_has_the_smaller_are_its_letters(rows, size):
    made = page._table(shown([("Meizhou", 3)] * rows), decks.Exhibit("table", "02", "t", {}))
    assert f"enclave-table {size}" in made


def written(folder, text):
    file = folder / "hand.md"
    file.write_text(text, encoding="utf-8")
    return file


def run_by_hand(chapter, name, template, said):
    """An executed chapter with one sentence."""
    cell = {
        "cell_type": "code",
        "metadata": {},
        "source": f'say("""{template}""")',
        "outputs": [{"data": {"text/markdown": said}}],
    }
    file = paths.executed("twin") / chapters.notebook(chapter).name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")


@pytest.fixture
def made(build_folder, tmp_path):
    """The deck `HAND`, made from two chapters and one result written by hand."""
    run_by_hand("02", "before", "It had {before:.2f} links.", "It had 0.75 links.")
    run_by_hand("00", "n_parks", "Of {n_parks} parks.", "Of 7 parks.")
    table = paths.results("twin") / "table_2.csv"
    table.parent.mkdir(parents=True)
    table.write_text("table,column,row,statistic,value,stars\n2,1,treat,estimate,1.23456,**\n", encoding="utf-8")
    page._chapter.cache_clear()
    yield BeautifulSoup(page.Builder("twin").page(decks.read(written(tmp_path, HAND))), "html.parser")
    page._chapter.cache_clear()


def test_numbers_of_a_slide_are_those_of_chapter_and_result(made):
    # the paper prints three decimals there
    assert "One is 0.75 and ours is 1.235**." in made.get_text()


def test_a_deck_warns_of_synthetic_data_on_its_title_and_wherever_a_number_of_them_stands(made):
    first, numbers, real = made.select("section")
    assert "Synthetic data" in first.select_one(".warning").get_text()
    assert "no result is evidence on Guangdong" in numbers.select_one(".foot .warned").get_text()
    assert real.select_one(".foot .told").get_text() == "Real data."


def test_notes_of_the_lecturer_are_with_each_slide(made):
    assert [note.get_text().strip() for note in made.select("aside.notes")] == [
        "Say hello.",
        "Look at both.",
        "Count them.",
    ]


def test_a_deck_loads_nothing(made):
    loaded = made.select("script[src], link[href], iframe, img:not([src^='data:'])")
    assert loaded == []
    assert (paths.REVEAL / "LICENSE").read_text(encoding="utf-8").rstrip().endswith("THE SOFTWARE.")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("## Two numbers", "Two numbers"), r"hand.md, slide 2: a slide begins with a title"),
        (("Note: Look at both.", ""), r"slide 2: .* ends with notes"),
        (("Data: real", "Data: true"), r"slide 3: Data: true is not known"),
        (("session: 1\n", ""), r"the settings lack 'session'"),
        (("One is", "![film](02#fig)\n\nOne is"), r"slide 2: 'film' is no kind"),
        (("One is", '![table](02#fig "row 5")\n\nOne is'), r"slide 2: 'row 5' is not understood"),
        (("One is", "See ![table](02#fig)\n\nOne is"), r"slide 2: an exhibit is not understood"),
    ],
)
def test_what_a_deck_says_wrongly_is_refused_with_file_and_slide(tmp_path, change, message):
    with pytest.raises(EnclaveError, match=message):
        decks.read(written(tmp_path, HAND.replace(*change)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("02.before", "02.behind"), r"hand.md, slide 2: No sentence of chapter 02 says 'behind'. They say: before"),
        (("obtained.2.1", "obtained.2.9"), r"slide 2: The paper prints no number '2.9.treat.estimate'"),
        (("00.n_parks", "99.n_parks"), r"slide 3: There is no chapter '99'"),
        (("One is", "![figure](02#fig-none)\n\nOne is"), r"slide 2: Chapter 02 has no cell 'fig-none'"),
        (("One is", "{cite}`nobody1900` One is"), r"slide 2: No work 'nobody1900'"),
    ],
)
def test_what_no_chapter_has_is_refused_with_file_and_slide(made, tmp_path, change, message):
    with pytest.raises(EnclaveError, match=message):
        page.Builder("twin").page(decks.read(written(tmp_path, HAND.replace(*change))))


def test_a_deck_is_made_again_when_a_chapter_that_only_its_notes_name_has_changed(tmp_path):
    named = HAND.replace("Count them.", "Or {09.before}.")
    assert slides_step.chapters_of(decks.read(written(tmp_path, named))) == ["00", "02", "09"]
