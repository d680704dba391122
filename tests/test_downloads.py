"""What pages offer for download: the drawings that leave the page, the links that come in, and one archive."""

import json
import zipfile

import pytest

from enclave import files, paths
from enclave.tasks import downloads, notebooks

DRAWING = "<svg>a</svg>"


def executed(name="fig-one"):
    output = {"data": {downloads.SVG: DRAWING, "image/png": "bytes"}, "output_type": "display_data"}
    named = {"mystnb": {"figure": {"name": name}}} if name else {}
    return json.dumps({"cells": [{"cell_type": "code", "metadata": named, "outputs": [output], "source": ""}]})


@pytest.fixture
def one_notebook(build_folder, monkeypatch):
    """A build with one executed notebook that shows one figure and writes one exhibit."""
    notebook = paths.NOTEBOOKS / "02_baseline_did.ipynb"
    monkeypatch.setattr(notebooks, "every", lambda: [notebook])
    files.write_text(executed(), paths.executed("twin") / notebook.name)
    files.write_text("table,value\n2,1.5\n", paths.results("twin") / "table_2.csv")
    return notebook


def test_figures_and_results_of_a_notebook_lie_in_its_folder(one_notebook):
    downloads.write("twin")
    folder = paths.downloads("twin") / one_notebook.stem
    assert (folder / "fig-one.svg").read_text(encoding="utf-8") == DRAWING
    assert (folder / "table_2.csv").read_text(encoding="utf-8") == "table,value\n2,1.5\n"


def test_the_archive_holds_all_files_and_is_the_same_each_time(one_notebook):
    downloads.write("twin")
    archive = paths.downloads("twin") / downloads.EVERYTHING
    first = archive.read_bytes()
    assert sorted(zipfile.ZipFile(archive).namelist()) == [
        "02_baseline_did/fig-one.svg",
        "02_baseline_did/table_2.csv",
    ]
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


def test_a_figure_without_a_name_and_a_page_without_files_offer_nothing(one_notebook):
    unnamed = paths.executed("twin") / "unnamed.ipynb"
    files.write_text(executed(name=None), unnamed)
    assert list(downloads.drawings(unnamed)) == []
    assert len(json.loads(downloads.page(executed(), "99_nothing", "twin"))["cells"]) == 1
