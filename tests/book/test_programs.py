"""Programs in R and Stata: each is linked and shown, each number of R is ours, and stale output is not shown."""

import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave.exhibits import MAKERS
from enclave.exhibits.columns import RESULTS
from enclave.panels import targets
from enclave_book.notebooks import contents
from enclave_book.pages import class_data, programs
from enclave_book.programs import records, run
from enclave_book.render import program_tabs

CELLS = pd.DataFrame(
    {
        "table": "2",
        "column": ["1", "1", "1"],
        "row": ["treat", "treat", "model"],
        "statistic": ["estimate", "std_error", "n"],
        "value": [1 / 3, 0.25, 40.0],
        "stars": ["***", "", ""],
    }
)
PRINTED = (
    "column,row,statistic,value,stars\n1,treat,estimate,0.3333333333,***\n1,treat,std_error,0.25,\n1,model,n,40,\n"
)
PATH = pd.DataFrame({"event_time": [-1, 0], "estimate": [0.0, 2.5], "std_error": [None, 1.0]})
REMEDY = "Run `make programs` (it needs R) and commit data/programs"


@pytest.fixture(scope="module")
def data():
    return targets.of("twin")


def agree(printed, ours=CELLS):
    return run.compare(printed, ours)["agree"].tolist()


def test_numbers_that_agree_in_ten_digits_agree():
    assert agree(PRINTED) == [True, True, True]
    assert agree("event_time,estimate,std_error\n0,2.5,1\n-1,0,\n", PATH) == [True] * 4


def test_a_number_that_differs_in_its_ninth_digit_is_found_and_named():
    wrong = run.compare(PRINTED.replace("0.3333333333", "0.3333333353"), CELLS)
    assert wrong["agree"].sum() == 2
    with pytest.raises(EnclaveError, match=r"table_2: 1 of 3 numbers differ.*1 treat estimate.*R 0\.3333333353"):
        run.refuse_differences("table_2", wrong)


def test_a_number_that_only_one_program_has_is_a_difference():
    assert agree("event_time,estimate,std_error\n0,2.5,\n-1,0,\n", PATH).count(False) == 1
    assert agree("event_time,estimate,std_error\n0,2.5,1\n-1,0,0\n", PATH).count(False) == 1


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        (PRINTED.replace("***", "**"), "same rows: 1 treat estimate"),
        (PRINTED.replace("1,model,n,40,\n", ""), "same rows: 1 model n"),
        (PRINTED + "2,model,n,40,\n", "same rows: 2 model n"),
        (PRINTED.replace("value", "number"), "not column, row, statistic, value, stars"),
    ],
)
def test_other_stars_rows_and_columns_are_refused(printed, message):
    with pytest.raises(EnclaveError, match=message):
        run.compare(printed, CELLS)


def test_without_r_a_message_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(run, "find", lambda: None)
    with pytest.raises(EnclaveError, match=r"apt install r-base-core r-cran-sandwich.*ENCLAVE_RSCRIPT="):
        run.evaluate(["r/table_1.R"], tmp_path)


def test_an_r_without_its_package_gives_one_message_with_the_remedy(monkeypatch, tmp_path):
    """The package is looked for in an empty folder: that of the user, that of the system, and that of R itself."""
    if run.find() is None:
        pytest.skip(f"R is not installed on this machine; the weekly job has it. {run.REMEDY}")
    shutil.copytree(records.r_script("table_1").parent, tmp_path / "r")
    for folder in ("R_LIBS", "R_LIBS_SITE", "R_LIBS_USER"):
        monkeypatch.setenv(folder, str(tmp_path))
    # where R keeps the package among its own, nothing can be hidden
    if run.evaluate(["-e", "cat(nzchar(system.file(package = 'sandwich')))"], tmp_path) == "TRUE":
        return
    for words in (["-e", run.VERSION], ["r/table_1.R"]):
        with pytest.raises(EnclaveError, match=r"^R has no package sandwich\. Install it .*again\.$"):
            run.evaluate(words, tmp_path)


def test_the_output_of_r_that_is_kept_comes_from_the_present_panels_and_scripts(data):
    states = {exhibit: records.state(exhibit, data) for exhibit in records.EXHIBITS}
    assert set(states.values()) == {records.RUN}, f"{states}. {REMEDY}"


def test_the_output_of_r_that_is_kept_is_what_the_makers_give_now(data):
    columns = {file.stem: file.headers for file in RESULTS}
    for exhibit in records.EXHIBITS:
        record = records.read(exhibit)
        compared = run.compare(record.printed, MAKERS[exhibit](data)[columns[exhibit]])
        assert (compared["agree"].all(), len(compared)) == (True, record.numbers), f"{exhibit}. {REMEDY}"


def test_output_of_other_panels_or_an_older_script_is_not_shown(data, monkeypatch):
    monkeypatch.setattr(program_tabs.panels, "of", lambda source: data)
    assert "```text\ncolumn,row" in program_tabs.tabs("table_2", "twin")
    found = records.read("table_2")
    for name in found.inputs:
        old = replace(found, inputs={**found.inputs, name: "0" * 64})
        monkeypatch.setattr(records, "read", lambda exhibit, old=old: old)
        shown = program_tabs.tabs("table_2", "twin")
        assert "```text" not in shown
        assert "recorded on other panels or with another script. No output is shown" in shown
        assert found.printed.splitlines()[1] not in shown


def test_a_program_that_has_never_run_is_not_claimed(data, monkeypatch):
    monkeypatch.setattr(program_tabs.panels, "of", lambda source: data)
    monkeypatch.setattr(records, "read", lambda exhibit: None)
    assert "table_2.R</a> with" in program_tabs.tabs("table_2", "twin")
    assert ": not run. No output is shown" in program_tabs.tabs("table_2", "twin")
    assert "R has not run on the panels of this book" in programs.page("twin")


def test_every_exhibit_has_both_programs_and_its_page_links_to_them_once():
    names = {file.name for file in class_data.scripts().values()}
    ends = {f"{exhibit}.{end}" for exhibit in records.EXHIBITS for end in ("R", "do")}
    assert names == ends | {records.SHARED}
    for notebook in contents.every():
        made = [exhibit for exhibit in contents.made(notebook) if exhibit in records.EXHIBITS]
        assert program_tabs.linked(notebook) == made


def test_a_long_output_is_shown_by_its_beginning(data, monkeypatch):
    monkeypatch.setattr(program_tabs.panels, "of", lambda source: data)
    shown = program_tabs.tabs("figure_2", "twin").partition("```text\n")[2].partition("```")[0].splitlines()
    assert len(shown) == program_tabs.SHOWN + 1
    assert re.fullmatch(r"\.\.\. \d+ more lines", shown[-1])


def test_programs_in_stata_read_files_and_columns_that_the_archive_has():
    files = {panel.stem: set(panel.headers) for panel in [*class_data.OFFERED, class_data.DRAWS]}
    for exhibit in records.EXHIBITS:
        text = records.stata_script(exhibit).read_text(encoding="utf-8")
        used = set(re.findall(r"\b(\w+)\.dta", text)) or {"all_industry", "branches", "yearbook"}
        assert used <= set(files), exhibit
        known = set().union(*(files[name] for name in used))
        named = set(re.findall(r"\b(?:dist|revenue|expenditure|phones|hospital|freight|area)_\w+", text))
        assert {name for name in named if not name.startswith("dist_")} <= known | {"log_area"}, exhibit
        assert "We could not run this program" in text


@pytest.mark.slow
def test_r_prints_the_numbers_of_every_exhibit(data):
    if run.find() is None:
        pytest.skip(f"R is not installed on this machine; the weekly job has it. {run.REMEDY}")
    said = []
    made = run.run(data, lambda exhibit: MAKERS[exhibit](data), said.append, keep=False)
    assert list(made) == records.EXHIBITS
    assert sum(record.numbers for record in made.values()) > 700
    assert len(said) == len(made)


@pytest.mark.slow
def test_a_script_that_computes_something_else_is_found(data, tmp_path):
    if run.find() is None:
        pytest.skip(f"R is not installed on this machine; the weekly job has it. {run.REMEDY}")
    run.prepare(data, tmp_path)
    script = tmp_path / "r" / "table_2.R"
    script.write_text(
        script.read_text(encoding="utf-8").replace("nested = pairs", "nested = pairs - 1"), encoding="utf-8"
    )
    compared = run.compare(run.evaluate(["r/table_2.R"], tmp_path), MAKERS["table_2"](data))
    wrong = compared.loc[~compared["agree"], "key"]
    assert set(wrong.str.split().str[2]) == {"std_error"}
    script.write_text("stop('as in class')", encoding="utf-8")
    with pytest.raises(EnclaveError, match=r"R stopped at r/table_2\.R.*as in class"):
        run.evaluate(["r/table_2.R"], tmp_path)
