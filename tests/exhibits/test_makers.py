"""The makers of the exhibits: what they read, what they return, and how the chapters use them."""

import ast
import re

import pandas as pd
import pytest
import shown_calls

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.exhibits import MAKERS, READS, figure_1, figure_2, figure_3, figure_5, results, table_2
from enclave.facts import treated_pairs
from enclave.panels import Panels, targets
from enclave_book.notebooks import contents

# other readings need registers, so target counts do not give them
READINGS = "appendix_b"
# exhibits of the chapters beyond the paper
BEYOND = {
    *("audit", "many_estimators", "inference", "parallel_trends", "diversion", "laboratory", "real_data"),
    *("counts", "counts_unit", "counts_simulated", "counts_land"),
}
PAGES = [notebook for notebook in contents.every() if contents.made(notebook)]
# numbers and pairs of numbers that a maker chooses and no chapter may repeat outside the call that it shows in full
CHOICES = [figure_2.SEED, figure_2.N_DRAWS, figure_1.WINDOW, figure_3.THRESHOLDS, figure_5.WINDOW]


@pytest.fixture(scope="module")
def data():
    """The panels of the default twin; other readings are its own counts alone, under two names."""
    made = targets.of("twin")
    keys = ["helper", "recipient", "year", "count"]
    readings = [made.manufacturing[keys].assign(reading=name) for name in ("ours", "other")]
    alternatives = pd.concat(readings, ignore_index=True)
    alternatives.attrs["source"] = "twin"
    extra = {"alternatives": alternatives, "land_elsewhere": outsides(made.land)}
    return Panels("twin", lambda name: extra[name] if name in extra else made[name])


def outsides(land):
    """The outsides of parks in the place of counties without a park, which target counts do not have."""
    counties = land[land["park"] == 0].assign(county="other " + land["county"])
    return counties[["county", "year", "area_ha"]]


@pytest.fixture(scope="module")
def frames(data):
    """Exhibit -> its frame and the names of the panels that its maker has read."""
    return {exhibit: made_with_record(exhibit, data) for exhibit in READS}


def made_with_record(exhibit, data):
    read = []

    def recorded(name):
        read.append(name)
        return data[name]

    return MAKERS[exhibit](Panels(data.source, recorded)), sorted(read)


@pytest.fixture(autouse=True, scope="module")
def _one_rule_is_enough():
    with pytest.MonkeyPatch.context() as patch:
        rules = {name: treated_pairs.RULES[name] for name in (treated_pairs.DEFAULT_RULE,)}
        patch.setattr(treated_pairs, "RULES", rules)
        yield


@pytest.mark.parametrize("exhibit", READS)
def test_a_maker_reads_the_panels_that_are_listed_and_no_others(frames, exhibit):
    assert frames[exhibit][1] == sorted(READS[exhibit])


@pytest.mark.parametrize("exhibit", READS)
def test_a_maker_returns_the_columns_of_the_contract_and_the_source(frames, exhibit):
    frame = frames[exhibit][0]
    assert frame.attrs["source"] == "twin"
    assert set(results.COLUMNS[exhibit]) <= set(frame.columns)


def test_every_result_but_the_scorecard_and_the_claims_has_a_maker():
    assert set(results.COLUMNS) - set(MAKERS) == {"scorecard", "claims"}
    folder = paths.LIB / "enclave" / "exhibits"
    modules = {file.stem for kind in ("table", "figure", "appendix") for file in folder.glob(f"{kind}_*.py")}
    # Appendix D shows several twins and writes no result
    assert modules - {"appendix_d"} == set(READS) - BEYOND


def test_a_choice_can_be_changed_where_a_maker_is_called(data):
    assert len(MAKERS["figure_2"](data, n_draws=7)) == 7
    path = MAKERS["figure_1"](data, window=(-2, 3))
    assert path["event_time"].tolist() == [-2, -1, 0, 1, 2, 3]


def test_other_readings_are_no_panel_of_target_counts():
    with pytest.raises(EnclaveError, match=r"Target counts give no panel 'alternatives'\. Build the book"):
        MAKERS[READINGS](targets.of("twin"))


def test_every_exhibit_is_on_one_page():
    shown = [exhibit for notebook in contents.every() for exhibit in contents.made(notebook)]
    assert sorted(shown) == sorted(READS)


def test_no_chapter_writes_a_result():
    assert [notebook.stem for notebook in contents.every() if contents.written(notebook)] == []


def test_only_the_chapter_on_cleaning_needs_the_registers():
    imported = {
        notebook.stem: {name for _, tree in contents.code(notebook) for name in shown_calls.packages(tree)}
        for notebook in contents.every()
    }
    others = {page for page, names in imported.items() if names & {"enclave_registers", "enclave_twin", "enclave_book"}}
    assert others == {"01_data_cleaning"}


@pytest.mark.parametrize("notebook", PAGES, ids=lambda notebook: notebook.stem)
def test_the_numbers_of_the_call_shown_in_full_are_those_of_the_maker(notebook, data, frames):
    for name, agrees in shown_calls.SHOWN[notebook.stem].items():
        value = shown_calls.value(notebook, name, data)
        assert agrees(value, {exhibit: frame for exhibit, (frame, _) in frames.items()}), name


@pytest.mark.parametrize("notebook", PAGES, ids=lambda notebook: notebook.stem)
def test_no_choice_of_a_maker_is_written_again_in_a_chapter(notebook):
    again = [
        f"cell {cell.number}: {ast.unparse(statement)}"
        for cell, tree in contents.code(notebook)
        if "parameters" not in cell.tags
        for statement in tree.body
        if not shown_calls.is_shown(notebook, statement)
        for choice in CHOICES
        if shown_calls.repeats(statement, choice)
    ]
    typed = [
        f"cell {cell.number}: {choice}"
        for cell in contents.cells(notebook)
        if cell.kind == "markdown"
        for choice in (figure_2.SEED, figure_2.N_DRAWS)
        if re.search(rf"\b{choice}\b", cell.text)
    ]
    assert again + typed == []


@pytest.mark.parametrize(
    ("statement", "choice"),
    [
        ("draws = placebo.draws(panel, 'y', 500, 3)", 500),
        ("inside = since.between(-5, 10)", (-5, 10)),
        ("path = f(window=[-3, 6])", (-3, 6)),
        ("wide = density(cells, (1, 3, 5, 10))", (1, 3, 5, 10)),
    ],
)
def test_a_choice_written_again_would_be_seen(statement, choice):
    assert shown_calls.repeats(ast.parse(statement).body[0], choice)


@pytest.mark.parametrize(
    ("page", "parameter", "choice"),
    [("03_event_study", "window", figure_1.WINDOW), ("05_placebo", "n_draws", figure_2.N_DRAWS)],
)
def test_a_parameter_of_a_page_has_the_value_of_the_maker(page, parameter, choice):
    [notebook] = [one for one in contents.every() if one.stem == page]
    value = contents.parameters(notebook)[parameter]
    assert (tuple(value) if isinstance(value, list) else value) == choice


def test_the_columns_of_table_2_are_those_of_the_paper():
    assert list(table_2.COLUMNS.items()) == [
        ("1", ("count", False)),
        ("2", ("count", True)),
        ("3", ("log_count", False)),
        ("4", ("log_count", True)),
    ]
