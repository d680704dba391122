"""What pages offer for download: the drawings that leave the page, the links that come in, and one archive."""

import json
import zipfile

import pytest

from enclave.base import files, paths
from enclave_book.notebooks import contents
from enclave_book.pages import downloads

DRAWING = "<svg>a</svg>"


def executed(name="fig-one"):
    output = {"data": {downloads.SVG: DRAWING, "image/png": "bytes"}, "output_type": "display_data"}
    named = {"mystnb": {"figure": {"name": name}}} if name else {}
    return json.dumps({"cells": [{"cell_type": "code", "metadata": named, "outputs": [output], "source": ""}]})


@pytest.fixture
def one_notebook(build_folder, monkeypatch):
    """A build with one executed notebook that shows one figure and writes one exhibit."""
    notebook = paths.NOTEBOOKS / "02_baseline_did.ipynb"
    monkeypatch.setattr(contents, "every", lambda: [notebook])
    files.write_text(executed(), paths.executed("twin") / notebook.name)
    files.write_text("table,value\n2,1.5\n", paths.results("twin") / "table_2.csv")
    for name in ("scorecard", "claims"):
        files.write_text("grade\n", paths.results("twin") / f"{name}.csv")
    return notebook


def test_figures_and_results_of_a_notebook_lie_in_its_folder(one_notebook):
    downloads.write("twin")
    folder = paths.downloads("twin") / one_notebook.stem
    assert (folder / "fig-one.svg").read_text(encoding="utf-8") == DRAWING
    assert (folder / "table_2_synthetic.csv").read_text(encoding="utf-8") == "table,value\n2,1.5\n"


def test_the_archive_holds_all_files_and_is_the_same_each_time(one_notebook):
    downloads.write("twin")
    archive = paths.downloads("twin") / "enclave_synthetic.zip"
    first = archive.read_bytes()
    assert zipfile.ZipFile(archive).namelist() == [
        "02_baseline_did/fig-one.svg",
        "02_baseline_did/table_2_synthetic.csv",
        "README.txt",
        "scorecard/claims_synthetic.csv",
        "scorecard/scorecard_synthetic.csv",
    ]
    assert b"\nSynthetic data: pipeline check. " in zipfile.ZipFile(archive).read("README.txt")
    assert {oct(member.external_attr >> 16) for member in zipfile.ZipFile(archive).infolist()} == {"0o644"}
    archive.unlink()
    downloads.write("twin")
    assert archive.read_bytes() == first


def test_the_page_keeps_the_picture_and_links_to_the_drawing(one_notebook):
    downloads.write("twin")
    page = json.loads(downloads.page(executed(), one_notebook.stem, "twin"))
    assert list(page["cells"][0]["outputs"][0]["data"]) == ["image/png"]
    links = page["cells"][-1]["source"]
    assert 'href="../_static/downloads/02_baseline_did/fig-one.svg"' in links
    assert links.startswith("## Downloads\n\nSynthetic")


@pytest.mark.parametrize(("source", "word"), [("twin", "synthetic"), ("demo", "unknown"), ("licensed", "licensed")])
def test_the_name_of_a_result_says_what_its_data_are(source, word):
    assert downloads.file_name("table_2", source) == f"table_2_{word}.csv"
    assert downloads.archive_name(source) == f"enclave_{word}.zip"


def test_what_is_no_longer_offered_goes(one_notebook):
    downloads.write("twin")
    former = paths.downloads("twin") / one_notebook.stem / "table_9_synthetic.csv"
    files.write_text("table,value\n", former)
    downloads.write("twin")
    assert not former.exists()
    assert (former.parent / "table_2_synthetic.csv").exists()


def test_the_scorecard_offers_its_grades_and_the_archive(one_notebook):
    downloads.write("twin")
    links = downloads.offer("scorecard", "twin")
    for name in ("scorecard/scorecard_synthetic.csv", "scorecard/claims_synthetic.csv", "enclave_synthetic.zip"):
        assert f'href="../_static/downloads/{name}"' in links


def test_a_figure_without_a_name_and_a_page_without_files_offer_nothing(one_notebook):
    unnamed = paths.executed("twin") / "unnamed.ipynb"
    files.write_text(executed(name=None), unnamed)
    assert list(downloads.drawings(unnamed)) == []
    assert len(json.loads(downloads.page(executed(), "99_nothing", "twin"))["cells"]) == 1
