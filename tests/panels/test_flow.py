"""Panels and the flow table of the cleaning as they are read from disk."""

import pandas as pd
import pytest

from enclave import panels
from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave.panels import flow
from enclave_registers.cleaning import pipeline

FLOW = pd.DataFrame(
    [
        ("firms", "drop repeated records", 10, 9, "twice"),
        ("shareholders", "drop natural persons", 7, 4, "people"),
        ("manufacturing", "keep manufacturing", 4, 3, "section C"),
        ("manufacturing", "count links by city and year", 3, 2, "added up"),
        ("land", "renew county codes", 5, 5, "codes"),
    ],
    columns=["table", "step", "rows_in", "rows_out", "reason"],
)


@pytest.fixture(autouse=True)
def _own_build_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)


def test_a_panel_carries_its_source():
    files.write_parquet(pd.DataFrame({"count": [1, 2]}), paths.panels("mine") / "branches.parquet")
    panel = panels.read("branches", "mine")
    assert panel["count"].tolist() == [1, 2]
    assert panel.attrs == {"source": "mine"}


def test_a_panel_that_was_not_built_is_named_with_the_command():
    paths.registers("mine").mkdir(parents=True)
    with pytest.raises(EnclaveError, match=r"panel 'branches' of source 'mine'.*run\.py book SOURCE=mine"):
        panels.read("branches", "mine")


def test_dropped_is_rows_in_minus_rows_out_and_missing_where_rows_are_cells():
    files.write_csv(FLOW, paths.panels("mine") / "flow.csv")
    assert flow.read("mine")["dropped"].tolist() == [1, 3, 1, pd.NA, 0]


def test_the_flow_of_a_source_without_panels_is_named():
    with pytest.raises(EnclaveError, match="flow table"):
        flow.read("mine")


def test_record_steps_have_the_order_of_the_given_tables_and_no_steps_of_cells():
    files.write_csv(FLOW, paths.panels("mine") / "flow.csv")
    steps = flow.record_steps(flow.read("mine"), ["manufacturing", "firms"])
    assert steps["step"].tolist() == ["keep manufacturing", "drop repeated records"]


def test_the_steps_of_cells_are_those_that_the_cleaning_runs_on_panels():
    steps = [*pipeline.PAIR_STEPS, *pipeline.NETWORK_STEPS, *pipeline.LAND_STEPS]
    assert set(flow.CELL_STEPS) == {step.__name__.replace("_", " ") for step in steps}
