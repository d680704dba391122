"""The book as one PDF: order of the sheets, outline, and links that lead inside the file."""

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from enclave_book.browser import paper

ADDRESS = "http://127.0.0.1:1"


def sheets(count, uri=""):
    writer = PdfWriter()
    for _ in range(count):
        writer.add_blank_page(100, 100)
    if uri:
        note = Link(rect=(0, 0, 10, 10), url=uri)
        note[NameObject("/A")] = DictionaryObject(
            {NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject(uri)}
        )
        writer.add_annotation(0, note)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


@pytest.fixture
def whole(monkeypatch):
    """A book of a cover with two sheets and two chapters; the cover links to the second chapter and to a download."""
    monkeypatch.setattr(paper, "chapters", lambda: [("", ["index"]), ("The study", ["notebooks/a", "notebooks/b"])])
    parts = [
        paper.Part("index", "Enclave", sheets(2, f"{ADDRESS}/notebooks/b.html")),
        paper.Part("notebooks/a", "00 First", sheets(1, f"{ADDRESS}/_static/downloads/table.csv")),
        paper.Part("notebooks/b", "01 Second", sheets(3, "https://doi.org/10")),
    ]
    return PdfReader(io.BytesIO(paper.assemble(sheets(1), parts, ADDRESS, sheets(6))))


def notes(page):
    return [entry.get_object() for entry in page.get("/Annots", [])]


def test_all_sheets_stand_in_the_order_of_the_book_with_an_outline(whole):
    assert len(whole.pages) == 7
    first, study, inside = whole.outline
    assert (first.title, whole.get_destination_page_number(first)) == ("Enclave", 1)
    assert (study.title, whole.get_destination_page_number(study)) == ("The study", 3)
    assert [(one.title, whole.get_destination_page_number(one)) for one in inside] == [
        ("00 First", 3),
        ("01 Second", 4),
    ]


def test_a_link_to_a_page_leads_to_its_sheet_one_to_a_download_goes_and_others_stay(whole):
    (inside,) = notes(whole.pages[1])
    assert whole.get_page_number(inside["/Dest"][0].get_object()) == 4
    assert "/A" not in inside
    assert notes(whole.pages[3]) == []
    (outside,) = notes(whole.pages[4])
    assert outside["/A"]["/URI"] == "https://doi.org/10"


def test_places_that_other_pages_lead_to_are_known(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "index.html").write_text('<a href="notebooks/a.html#one">x</a><a href="#here">x</a>', encoding="utf-8")
    (tmp_path / "notebooks" / "a.html").write_text('<a href="../index.html#top">x</a>', encoding="utf-8")
    assert paper.anchors(tmp_path, ["index", "notebooks/a"]) == {"notebooks/a": {"one"}, "index": {"top"}}


def test_a_title_is_plain_text():
    assert paper.plain("The <em>model</em>\n&amp; more") == "The model & more"
