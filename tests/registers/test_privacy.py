"""A fault that a private record caused is told without the record, in messages and in what is written down of it."""

import marked
import pytest
import toys

from enclave.base import paths, privacy, sources
from enclave.base.errors import EnclaveError, InputError
from enclave_book import cli
from enclave_book.build import runner
from enclave_book.notebooks import execute
from enclave_registers.intake import completeness

SECRET = marked.FIRM
BREAKS = f"raise ValueError('{SECRET}')".replace(SECRET, "' + chr(0x9b51) + chr(0x9b45) + '")
WARNS = "import warnings\n" + BREAKS.replace("raise ValueError(", "warnings.warn(")


@pytest.fixture
def page(tmp_path, build_folder):
    """A function that runs a notebook of one cell on a source and returns the fault it ends in."""

    def run(cell, source):
        notebook = tmp_path / "01_page.ipynb"
        notebook.write_text(toys.notebook(('source = "twin"', ["parameters"]), cell), encoding="utf-8")
        with pytest.raises(EnclaveError) as caught:
            execute.run(notebook, tmp_path / "out.ipynb", {"source": source}, lambda text: None)
        return str(caught.value)

    return run


def test_all_registers_are_private_but_the_twin_and_those_with_a_record_of_their_making(build_folder):
    assert not sources.is_private("twin")
    assert sources.is_private("mine")
    for source in ("mine", "licensed"):
        paths.ground_truth(source).mkdir(parents=True)
    assert not sources.is_private("mine")
    assert sources.is_private("licensed")


def test_a_cell_that_fails_on_private_data_is_told_by_place_and_kind_alone(page):
    told = page(BREAKS, "licensed")
    assert told.startswith("01_page.ipynb, cell 2: ValueError\n")
    assert marked.marks_in(told) == []
    assert (paths.FAILURES / "01_page.txt").exists()
    assert marked.leaks(paths.BUILD) == []


def test_a_cell_that_fails_on_synthetic_data_is_told_in_full(page):
    told = page(BREAKS, "twin")
    assert f"cell 2: ValueError: {SECRET}" in told
    assert marked.leaks(paths.BUILD) != []


def test_a_warning_on_private_data_is_not_quoted(page):
    assert marked.marks_in(page(WARNS, "licensed")) == []
    assert marked.marks_in(page(WARNS, "twin")) != []


def test_a_message_of_our_own_is_told_on_private_data_too(page):
    told = page("from enclave import panels\npanels.read('manufacturing', source)", "licensed")
    assert "EnclaveError: No panel 'manufacturing' of source 'licensed'" in told


def failing(kind):
    """A fault with a record in its text, and the way to it."""
    try:
        raise kind(f"cannot convert {SECRET}")
    except kind as fault:
        return fault


def test_a_failed_step_on_private_data_leaves_a_record_without_its_text(build_folder):
    told = runner._message("panels", failing(ValueError), "licensed")
    assert "ValueError (test_privacy.py, line" in told
    record = (paths.FAILURES / "panels.txt").read_text(encoding="utf-8")
    assert "in failing" in record
    assert marked.marks_in(told + record) == []
    assert SECRET in runner._message("panels", failing(ValueError), "twin")


def test_a_fault_behind_a_fault_is_not_told_either(build_folder):
    outer = failing(KeyError)
    outer.__cause__ = failing(ValueError)
    assert marked.marks_in(privacy.traceback_of(outer, "licensed")) == []
    assert SECRET in privacy.traceback_of(outer, "twin")


def test_a_command_that_breaks_on_private_data_shows_no_traceback(build_folder, monkeypatch, capsys):
    def broken(source, report):
        raise failing(ValueError)

    monkeypatch.setattr(completeness, "check", broken)
    assert cli.main(["check", "--source", "licensed"]) == 1
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert marked.marks_in(said) == []
    with pytest.raises(ValueError, match=SECRET):
        cli.main(["check", "--source", "twin"])


def test_our_kinds_of_fault_are_those_of_the_project():
    assert set(privacy.OURS) == {EnclaveError.__name__, InputError.__name__}
