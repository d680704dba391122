"""Numbers of chapters, equations and figures, and labels of citations."""

import json
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document
from pybtex.database import Entry, Person

from enclave.base import paths
from enclave_book.notebooks import contents
from enclave_book.render import numbers


def entry(*authors, year="2024"):
    return Entry("article", fields={"year": year}, persons={"author": [Person(author) for author in authors]})


@pytest.mark.parametrize(
    ("page", "chapter", "prefix"),
    [
        ("notebooks/02_baseline_did", "02", "2"),
        ("notebooks/00_setting", "00", "0"),
        ("notebooks/A_unbalanced_panel", "A", "A"),
        ("book/methods", "", "Me"),
    ],
)
def test_a_chapter_has_the_number_of_its_file(page, chapter, prefix):
    assert numbers.chapter(page) == chapter
    assert numbers.prefix(page) == prefix


def equations(page, *labels):
    document = new_document("page")
    document += [nodes.math_block("", "a", label=label, number=9) for label in labels]
    known = dict.fromkeys(labels, (page, 9))
    math = SimpleNamespace(data={"objects": known})
    app = SimpleNamespace(env=SimpleNamespace(docname=page, domains={"math": math}))
    numbers.number_equations(app, document)
    return [node["number"] for node in document.findall(nodes.math_block)], known


def test_equations_of_the_paper_keep_its_numbers_and_ours_count_within_the_chapter():
    shown, known = equations("notebooks/02_baseline_did", "eq-baseline", "eq-one", "eq-two")
    assert shown == ["1 of the paper", "2.1", "2.2"]
    assert known["eq-two"] == ("notebooks/02_baseline_did", "2.2")


def test_every_equation_of_the_paper_is_in_the_book():
    texts = [cell.text for notebook in contents.every() for cell in contents.cells(notebook)]
    missing = [label for label in numbers.OF_PAPER if not any(f"% {label}\n" in text for text in texts)]
    assert missing == []


def test_figures_count_within_the_chapter_in_their_order():
    found = {"notebooks/05_placebo": {"figure": {"second": (12,), "first": (11,)}}}
    numbers.number_figures(None, SimpleNamespace(toc_fignumbers=found))
    assert found["notebooks/05_placebo"]["figure"] == {"first": ("5", 1), "second": ("5", 2)}


def test_figures_of_the_paper_keep_its_numbers_and_are_not_counted():
    found = {"notebooks/05_placebo": {"figure": {"first": (11,), "fig-placebo": (12,), "second": (13,)}}}
    numbers.number_figures(None, SimpleNamespace(toc_fignumbers=found))
    made = found["notebooks/05_placebo"]["figure"]
    assert made == {"first": ("5", 1), "second": ("5", 2), "fig-placebo": ("2 of the paper",)}


def test_every_figure_of_the_paper_is_in_the_book_and_its_caption_does_not_repeat_the_number():
    book = [json.loads(notebook.read_text(encoding="utf-8")) for notebook in contents.every()]
    figures = [cell["metadata"].get("mystnb", {}).get("figure", {}) for one in book for cell in one["cells"]]
    captions = {figure["name"]: figure["caption"] for figure in figures if figure}
    assert [name for name in numbers.FIGURES_OF_PAPER if name not in captions] == []
    assert [text for text in captions.values() if "of the paper" in text] == []


def test_a_label_of_the_list_has_the_words_of_the_text():
    assert numbers.label(entry("Tang, Yugang", "Zhang, Hehe")) == "Tang and Zhang, 2024"
    assert numbers.label(entry("Bergé, Laurent")) == "Bergé, 2024"
    assert (
        numbers.label(entry("Cameron, Colin", "Gelbach, Jonah", "Miller, Doug", year="2008")) == "Cameron et al., 2008"
    )
    assert numbers.label(entry("{Ministry of Civil Affairs}")) == "Ministry of Civil Affairs, 2024"


def test_no_two_pages_have_one_title():
    titles = [contents.title(notebook).partition(". ")[2] or contents.title(notebook) for notebook in contents.every()]
    titles += [
        page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") for page in paths.BOOK.glob("*.md")
    ]
    assert sorted(title for title in set(titles) if titles.count(title) > 1) == []
