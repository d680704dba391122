"""The build writes no result that differs from the description of its file."""

import pandas as pd
import pytest

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.exhibits import results
from enclave_book.build import result_file


def density(**changes):
    return pd.DataFrame(
        {"year": [2000, 2001], "threshold": [1, 1], "density": [0.1, 0.2], "more": ["x", "y"]} | changes
    )


def test_a_valid_result_is_written_without_further_columns(build_folder):
    result_file.write(density(), "figure_3", "twin")
    assert results.read("figure_3", "twin").to_numpy().tolist() == [[2000, 1, 0.1], [2001, 1, 0.2]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"year": [2000, 2000]}, r"^figure_3\.csv: row 2 has the same year, threshold as a row before it"),
        ({"density": [0.1, None]}, r'^figure_3\.csv: column "density", row 2: the value is missing'),
    ],
    ids=["duplicate", "gap"],
)
def test_an_invalid_result_is_named_and_not_written(build_folder, changes, message):
    with pytest.raises(EnclaveError, match=message):
        result_file.write(density(**changes), "figure_3", "twin")
    assert not (paths.results("twin") / "figure_3.csv").exists()


def test_a_result_of_another_source_is_refused(build_folder):
    frame = density()
    frame.attrs["source"] = "twin-2"
    with pytest.raises(EnclaveError, match="'twin-2'"):
        result_file.write(frame, "figure_3", "twin")
