"""A fault that a private record caused is told without the record, in messages and in what is written down of it."""

import os
import subprocess
import sys

import hand
import marked
import pytest
import toys

from enclave.base import paths, privacy, sources
from enclave.base.errors import EnclaveError, InputError
from enclave_book import cli
from enclave_book.build import runner
from enclave_book.notebooks import execute
from enclave_registers.cleaning import land_plots
from enclave_registers.cleaning.row_counts import RowCounts
from enclave_registers.intake import completeness
from enclave_twin import rehearsal

SECRET = marked.FIRM
BREAKS = f"raise ValueError('{SECRET}')".replace(SECRET, "' + chr(0x9b51) + chr(0x9b45) + '")
WARNS = "import warnings\n" + BREAKS.replace("raise ValueError(", "warnings.warn(")

COPY = """
import os, shutil
from pathlib import Path
os.umask(0)
from enclave.base import paths
from enclave_registers.cleaning import pipeline
from enclave_registers.intake import cache, completeness, validate
from enclave_twin import write
cache.KEEP_FROM = 0
for source in ("open", "mine"):
    write.registers(source, firms=1600, seed=3, counts=Path({counts!r}))
    if source == "mine":
        shutil.rmtree(paths.ground_truth(source))
    validate.store(source)
    pipeline.build(source)
    completeness.check(source)
"""


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


def test_a_land_use_that_stops_the_cleaning_is_told_without_a_record(build_folder):
    plot = {"supervision_number": f"4418022014B{marked.NUMBER}", "land_use": SECRET, "location": marked.ADDRESS}
    with pytest.raises(InputError) as caught:
        land_plots.clean(hand.raw(plots=[plot]), RowCounts())
    assert 'land, column "land_use"' in str(caught.value)
    assert marked.marks_in(str(caught.value)) == []


def test_what_a_check_does_not_understand_is_in_a_private_file_and_in_no_message(build_folder):
    tables = marked.excerpt(marked.tables())
    for table, column in {"firms": "province", "branches": "city", "land": "land_use"}.items():
        tables[table] = tables[table].assign(**{column: SECRET})
    tables["land"] = tables["land"].assign(land_use=SECRET + tables["land"]["supervision_number"].str[:6])
    rehearsal.write(tables, paths.registers("mine"))
    said = []
    problems = completeness.check("mine", said.append)
    with pytest.raises(EnclaveError) as caught:
        completeness.store("mine", said.append)
    for told in ('land, column "land_use": ', 'branches, column "city": '):
        assert any(message.startswith(told) for message in problems)
        assert told in str(caught.value)
    assert marked.marks_in("\n".join([*said, *problems, str(caught.value)])) == []
    listed = paths.not_understood("mine")
    assert str(listed) in "\n".join(said)
    assert marked.marks_in(listed.read_bytes()) != []
    assert marked.leaks(paths.BUILD, but=paths.registers("mine")) == [
        f"{listed.relative_to(paths.BUILD)}: {marked.marks_in(listed.read_bytes())}"
    ]


def test_copies_of_private_records_are_closed_to_others_whatever_the_process_allows(tmp_path, small_counts):
    build = tmp_path / "build"
    build.mkdir()
    build.chmod(0o755)
    code = COPY.format(counts=str(small_counts))
    subprocess.run([sys.executable, "-c", code], env=os.environ | {"ENCLAVE_BUILD": str(build)}, check=True)
    copies = [build / "validated" / "mine", build / "panels" / "mine", build / "intake-cache" / "mine"]
    modes = {place: place.stat().st_mode & 0o777 for copy in copies for place in [copy, *copy.rglob("*")]}
    assert len(modes) > 20
    assert {place: oct(mode) for place, mode in modes.items() if mode != (0o700 if place.is_dir() else 0o600)} == {}
    # without a private source nothing is closed
    assert (build / "validated").stat().st_mode & 0o777 == 0o777
    assert {file.stat().st_mode & 0o777 for file in (build / "panels" / "open").iterdir()} == {0o666}
