"""Which engine may render the book, and what is believed of it."""

import sys

import pytest

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_book import cli
from enclave_book.build import book_step, runner
from enclave_book.render import rendering


@pytest.mark.parametrize(("found", "told"), [("2.1.7", "jupyter-book 2.1.7 is installed"), (None, "is not installed")])
def test_a_build_without_jupyter_book_1_ends_with_one_message_before_anything_runs(
    build_folder, capsys, monkeypatch, found, told
):
    monkeypatch.setattr(book_step, "_installed", lambda: found)
    assert cli.main(["build"]) == 1
    streams = capsys.readouterr()
    assert told in streams.err
    assert "make book-next ALONE=1" in streams.err
    assert len(streams.err.splitlines()) == 1
    assert "start" not in streams.out
    assert runner.collect("twin", "pages")


def test_jupyter_book_1_is_what_is_installed_and_may_render():
    book_step.refuse_other_engine()
    assert book_step._installed().startswith("1.")


def test_an_engine_that_writes_no_page_and_says_nothing_is_a_fault_and_the_former_book_stays(build_folder, monkeypatch):
    monkeypatch.setattr(book_step, "COMMAND", [sys.executable, "-c", "pass"])
    paths.html("twin").mkdir(parents=True)
    (paths.html("twin") / "index.html").write_text("former", encoding="utf-8")
    [step] = book_step.steps("twin")
    with pytest.raises(
        EnclaveError, match=r"jupyter-book told of no fault, but did not write index.html and \d+ further"
    ):
        step.run(print)
    assert (paths.html("twin") / "index.html").read_text(encoding="utf-8") == "former"


def test_the_pages_of_the_book_are_the_files_of_its_table_of_contents():
    names = rendering.documents()
    assert names[:2] == ["index", "book/how_to_use"]
    assert len(names) == len(set(names)) == paths.BOOK_TOC.read_text(encoding="utf-8").count("file:") + 1
