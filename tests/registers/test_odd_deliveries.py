"""Deliveries in shapes that suppliers really use give the right panels, or a message that says what to do."""

import re

import odd_deliveries
import pandas as pd
import pytest
from conftest import rebase
from odd_deliveries import CASES, SAME, Odd, Told

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_registers.cleaning import pipeline
from enclave_registers.intake import completeness, validate
from enclave_registers.intake.progress import no_report

pytestmark = pytest.mark.slow

PANELS = ["manufacturing", "all_industry", "branches", "network", "yearbook", "land", "pairs"]


def panels_of(delivery, place, patch, report=no_report):
    """The panels of a delivery, checked as `make check` and `make book` do. Raises EnclaveError with the problems."""
    rebase(patch, place / "build")
    patch.setattr(paths, "LICENSED", place / "licensed")
    delivery.write(paths.LICENSED)
    if problems := completeness.check("licensed", report):
        raise EnclaveError("\n".join(problems))
    validate.store("licensed")
    pipeline.build("licensed")
    return {name: pd.read_parquet(paths.panels("licensed") / f"{name}.parquet") for name in PANELS}


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        return panels_of(Odd(), tmp_path_factory.mktemp("right"), patch)


@pytest.mark.parametrize("name", CASES)
def test_an_odd_delivery_gives_the_right_panels_or_a_message_or_a_line(name, right, tmp_path, monkeypatch):
    change, outcome = CASES[name]
    delivery = Odd()
    change(delivery)
    if isinstance(outcome, Told):
        said = []
        panels_of(delivery, tmp_path, monkeypatch, said.append)
        assert any(re.search(outcome, line) for line in said), "\n".join(said)
        return
    if outcome != SAME:
        with pytest.raises(EnclaveError) as fault:
            panels_of(delivery, tmp_path, monkeypatch)
        assert re.search(outcome, str(fault.value), re.DOTALL), str(fault.value)
        return
    found = panels_of(delivery, tmp_path, monkeypatch)
    for panel, frame in right.items():
        pd.testing.assert_frame_equal(found[panel], frame, obj=panel)


@pytest.mark.parametrize("name", CASES)
def test_a_case_changes_the_delivery(name, tmp_path):
    change, _ = CASES[name]
    delivery, unchanged = Odd(), Odd()
    change(delivery)
    delivery.write(tmp_path / "changed")
    unchanged.write(tmp_path / "right")
    assert odd_deliveries.contents(tmp_path / "changed") != odd_deliveries.contents(tmp_path / "right")
