"""All decks of slides, made from nothing and seen in a browser at 1280 by 720: nothing is cut, and all can be read."""

import os
import subprocess
import sys

import pytest
from pypdf import PdfReader

from enclave.base import paths
from enclave_book.browser import chromium, slides_paper
from enclave_book.slides import decks, page

pytestmark = pytest.mark.slow

MARGIN, SMALLEST = 40, 16
# in points of PDF, which are three quarters of the pixels of a page
SHEET = (0.75 * page.WIDTH, 0.75 * page.HEIGHT)
SHAPES = """(() => { const shapes = new Set(), canvas = document.createElement("canvas").getContext("2d");
  canvas.font = "40px " + getComputedStyle(document.querySelector(".reveal")).fontFamily;
  for (const letter of LETTERS) { canvas.clearRect(0, 0, 99, 99); canvas.fillText(letter, 10, 60);
    shapes.add(canvas.getImageData(0, 0, 99, 99).data.join()); }
  return shapes.size; })()"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of a build that has made and printed all decks."""
    folder = tmp_path_factory.mktemp("build")
    command = [sys.executable, "-m", "enclave_book", "slides", "--pdf"]
    environment = {**os.environ, "ENCLAVE_BUILD": str(folder), "ENCLAVE_SOURCE": "twin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "BUILD", folder)
        yield folder


@pytest.fixture(scope="module")
def seen(built):
    return slides_paper.measure("twin")


def test_every_slide_of_every_deck_is_measured(seen):
    lengths = {file.stem: 1 + len(decks.read(file).slides) for file in decks.every()}
    assert seen.groupby("deck").size().to_dict() == lengths


def test_nothing_on_a_slide_is_cut_or_reaches_into_its_foot(seen):
    over = seen[(seen["below"] > 0) | (seen["beside"] > -MARGIN)]
    assert over.to_dict("records") == []


def test_no_letters_are_small_and_every_picture_shows(seen):
    faults = seen[(seen["smallest"] < SMALLEST) | (seen["broken"] > 0)]
    assert faults.to_dict("records") == []


def test_each_slide_is_a_sheet_of_the_printed_deck_in_its_own_size(built):
    for file in decks.every():
        sheets = PdfReader(paths.slides("twin") / f"{file.stem}.pdf").pages
        assert len(sheets) == 1 + len(decks.read(file).slides)
        assert {tuple(round(float(side)) for side in sheet.mediabox[2:]) for sheet in sheets} == {SHEET}


def test_a_deck_asks_no_other_machine_and_its_script_has_no_fault(built):
    with chromium.tab() as tab:
        for file in decks.every():
            tab.open((paths.slides("twin") / f"{file.stem}.html").as_uri())
            tab.run(slides_paper.READY)
            asked = [
                event["params"]["request"]["url"] for event in tab.events if event["method"].endswith("WillBeSent")
            ]
            assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
            assert [event for event in tab.events if event["method"] == "Runtime.exceptionThrown"] == []


def test_each_chinese_letter_on_a_slide_has_a_shape_of_its_own(built):
    # letters that a font lacks all look the same
    text = "".join(file.read_text(encoding="utf-8") for file in decks.every())
    letters = "".join(sorted({letter for letter in text if "\u4e00" <= letter <= "\u9fff"}))
    assert len(letters) > 20
    with chromium.tab() as tab:
        tab.open((paths.slides("twin") / f"{decks.every()[0].stem}.html").as_uri())
        assert tab.run(SHAPES.replace("LETTERS", repr(letters))) == len(letters)
