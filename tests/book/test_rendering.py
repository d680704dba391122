"""Rendering the book: its folder of MyST files, the engine, and the checks of what the engine has written."""

import json
import sys
from types import SimpleNamespace

import pytest
import yaml
from sphinx.errors import ExtensionError

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave_book import cli, sphinx_ext
from enclave_book.build import steps
from enclave_book.notebooks import contents
from enclave_book.pages import downloads
from enclave_book.render import book_source, jupyter_book, rendering


@pytest.mark.parametrize(("found", "told"), [("2.1.7", "jupyter-book 2.1.7 is installed"), (None, "is not installed")])
def test_a_build_without_jupyter_book_1_ends_with_one_message_before_anything_runs(
    build_folder, capsys, monkeypatch, found, told
):
    monkeypatch.setattr(jupyter_book, "_installed", lambda: found)
    assert cli.main(["build"]) == 1
    streams = capsys.readouterr()
    assert told in streams.err
    assert "make book-next ALONE=1" in streams.err
    assert len(streams.err.splitlines()) == 1
    assert "start" not in streams.out
    assert steps.collect("twin", "pages")


def test_jupyter_book_1_is_what_is_installed_and_may_render():
    jupyter_book.refuse_other_engine()
    assert jupyter_book._installed().startswith("1.")


def test_an_engine_that_writes_no_page_and_says_nothing_is_a_fault_and_the_former_book_stays(build_folder, monkeypatch):
    monkeypatch.setattr(jupyter_book, "COMMAND", [sys.executable, "-c", "pass"])
    paths.html("twin").mkdir(parents=True)
    (paths.html("twin") / "index.html").write_text("former", encoding="utf-8")
    [step] = steps.book("twin")
    with pytest.raises(
        EnclaveError, match=r"jupyter-book reported no fault, but did not write index.html and \d+ further"
    ):
        step.run(print)
    assert (paths.html("twin") / "index.html").read_text(encoding="utf-8") == "former"


def test_the_pages_of_the_book_are_the_files_of_its_table_of_contents():
    names = rendering.documents()
    assert names[:2] == ["index", "notebooks/00_setting"]
    assert len(names) == len(set(names)) == paths.BOOK_TOC.read_text(encoding="utf-8").count("file:") + 1


@pytest.fixture
def written(build_folder, monkeypatch):
    """The folder of MyST files of a book with one notebook, which shows one figure."""
    notebook = paths.NOTEBOOKS / "02_baseline_did.ipynb"
    monkeypatch.setattr(contents, "every", lambda: [notebook])
    output = {"data": {downloads.SVG: "<svg/>", "image/png": "bytes"}, "output_type": "display_data"}
    cell = {"cell_type": "code", "metadata": {}, "outputs": [output], "source": ""}
    files.write_text(json.dumps({"cells": [cell]}), paths.executed("twin") / notebook.name)
    files.write_text("140 exact\n", paths.pages("twin") / "scorecard_line.md")
    files.write_text("table,value\n", paths.downloads("twin") / notebook.stem / "table_2_synthetic.csv")
    files.write_text("archive", paths.downloads("twin") / "enclave_synthetic.zip")
    files.write_text("panel,column\n", paths.class_data("twin") / "codebook.csv")
    book_source.write("twin")
    return paths.book_source("twin")


def test_the_folder_of_the_book_has_prose_executed_notebooks_generated_parts_and_what_pages_load(written):
    page = json.loads((written / "notebooks" / "02_baseline_did.ipynb").read_text(encoding="utf-8"))
    assert [list(cell["outputs"][0]["data"]) for cell in page["cells"][:1]] == [["image/png"]]
    assert "table_2_synthetic.csv" in page["cells"][-1]["source"]
    assert (written / "generated" / "scorecard_line.md").read_text(encoding="utf-8") == "140 exact\n"
    assert (written / "index.md").read_bytes() == paths.COVER.read_bytes()
    assert (written / "book" / "references.bib").is_file()
    static = written / "book" / "_static"
    assert (static / "math.woff").stat().st_size > 50_000
    assert (static / "downloads" / "panels" / "codebook.csv").is_file()
    assert (static / "downloads" / "02_baseline_did" / "table_2_synthetic.csv").is_file()
    assert (static / book_source.TIMES).is_file()


def test_what_left_the_repository_leaves_the_folder_of_the_book(written):
    files.write_text("former", written / "book" / "former.md")
    book_source.write("twin")
    assert not (written / "book" / "former.md").exists()
    assert (written / "book" / "data.md").is_file()


@pytest.mark.parametrize(("source", "kind"), [("twin", "synthetic"), ("licensed", "licensed"), ("mine", "unknown")])
def test_the_settings_in_the_folder_of_the_book_name_the_kind_of_its_data(build_folder, source, kind):
    settings = yaml.safe_load(book_source.config(source))["sphinx"]["config"]
    assert settings["enclave_kind"] == kind
    assert settings["html_theme_options"]["announcement"].startswith("<strong>")
    assert settings["html_theme_options"]["navbar_start"] == []
    assert settings["myst_substitutions"]["kind_of_check"]


def test_the_passages_for_the_kind_of_data_are_chosen_and_a_folder_without_results_is_refused():
    tags = set()
    app = SimpleNamespace(tags=tags)
    sphinx_ext.choose_passages(app, SimpleNamespace(enclave_kind="licensed"))
    assert tags == {"licensed"}
    with pytest.raises(ExtensionError, match=r"lack their results\. Run `python3? run\.py book`"):
        sphinx_ext.choose_passages(app, SimpleNamespace(enclave_kind=""))


def test_a_warning_names_the_file_of_the_repository_that_an_author_changes(build_folder):
    place = paths.book_source("twin") / "book" / "data.md"
    fake = f"print({f'{place}:7: WARNING: a link leads nowhere'!r}); raise SystemExit(1)"
    with pytest.raises(EnclaveError) as fault:
        rendering.run([sys.executable, "-c", fake], "twin", lambda text: None)
    assert f"{paths.BOOK / 'data.md'}:7: WARNING: a link leads nowhere" in str(fault.value)
