"""The process in which the build computes an exhibit: its settings, its answer, and what is told of an error."""

import os
import subprocess
import sys

import child
import pandas as pd
import pytest

from enclave.base import files, paths, privacy
from enclave.base.errors import EnclaveError
from enclave.exhibits import MAKERS
from enclave.panels import targets
from enclave_book.build import exhibit_process


@pytest.fixture
def data(build_folder):
    return targets.of("twin")


def written(source, **frames):
    for name, frame in frames.items():
        files.write_parquet(frame, paths.panels(source) / f"{name}.parquet")


def test_an_exhibit_is_that_of_its_maker_and_has_the_source(data):
    written("twin", land=data.land)
    found = exhibit_process.make("figure_4", "twin")
    pd.testing.assert_frame_equal(found, MAKERS["figure_4"](data))
    assert found.attrs["source"] == "twin"


def test_the_process_has_the_order_of_sets_and_the_threads_of_a_notebook(build_folder):
    code = "print(hash('side'))"
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    steady = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert exhibit_process.answer_of(child.send_hash, "side") == (int(steady.stdout), "1")


def test_a_panel_that_is_missing_is_named(build_folder):
    with pytest.raises(EnclaveError, match="No panel 'land' of source 'twin'"):
        exhibit_process.make("figure_4", "twin")


def test_an_error_of_a_maker_keeps_its_message(data):
    twice = pd.concat([data.yearbook, data.yearbook.head(1)])
    written("twin", manufacturing=data.manufacturing, yearbook=twice)
    with pytest.raises(EnclaveError, match=r"^The yearbook panel has a city's year twice"):
        exhibit_process.make("table_1", "twin")


def test_claims_are_evaluated_in_a_process_too_and_what_is_missing_is_named(build_folder):
    with pytest.raises(EnclaveError, match=r"No (panel|result) '\w+' of source 'twin'"):
        exhibit_process.claims("twin")


def test_the_message_of_a_process_that_ends_early_has_a_remedy(build_folder):
    with pytest.raises(EnclaveError, match=r"^table_2: its process ended early\. Build again"):
        exhibit_process.answer_of(child.die, "table_2")


@pytest.mark.parametrize("source", ["twin", "mine"])
def test_an_error_of_a_library_quotes_private_data_nowhere(data, source):
    secret = data.manufacturing.assign(count="secret")
    written(source, manufacturing=secret, yearbook=data.yearbook)
    with pytest.raises(RuntimeError, match=r"^TypeError") as error:
        exhibit_process.make("table_1", source)
    message = "\n".join([str(error.value), *error.value.__notes__])
    assert (privacy.WITHHELD in message) == (source == "mine")
    assert (str(error.value) == "TypeError") == (source == "mine")
    assert "secret" not in message or source == "twin"
    assert "table_1.py, line" in message or source == "twin"
