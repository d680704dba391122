"""Descriptions of written files: the files that the book writes match them, and each kind of fault is named."""

import pandas as pd
import pytest

from enclave.base.columns import NUMBER, TEXT, TRUTH, WHOLE, File, columns
from enclave.base.errors import EnclaveError
from enclave.exhibits import results
from enclave.exhibits.columns import RESULTS
from enclave.panels.columns import PANELS
from enclave_registers import written

FILE = File(
    "toy.csv",
    "Toy",
    "city and year",
    ("city", "year"),
    columns(
        ("city", TEXT, "City"),
        ("year", WHOLE, "Year"),
        ("area", NUMBER, "Area", "hectare", True),
        ("large", TRUTH, "Whether it is large"),
    ),
)


def toy(**changes):
    frame = pd.DataFrame({"city": ["a", "a"], "year": [2000, 2001], "area": [0.5, None], "large": [False, True]})
    return frame.assign(**changes)


def test_a_frame_that_matches_is_returned_as_it_is():
    frame = toy()
    assert written.validate(frame, FILE) is frame


def test_an_empty_frame_matches():
    assert written.validate(toy().head(0), FILE).empty


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"year": [2000, 2000]}, r"^toy\.csv: row 2 has the same city, year as a row before it\."),
        ({"city": ["a", None]}, r'^toy\.csv: column "city", row 2: the value is missing\.'),
        ({"year": [2000.5, 2001]}, r'^toy\.csv: column "year": the type is float64 instead of whole number\.'),
        ({"city": [1, 2]}, r'column "city": the type is int64 instead of text\.'),
        ({"area": ["x", "y"]}, r'column "area": the type is .* instead of number\.'),
        ({"large": ["True", "False"]}, r'column "large": the type is .* instead of true or false\.'),
        ({"more": [1, 2]}, r"the columns are city, year, area, large, more instead of city, year, area, large\."),
    ],
    ids=["duplicate", "gap", "fraction", "number as text", "text as number", "text as truth", "further column"],
)
def test_each_fault_is_named_with_its_file_and_column(changes, message):
    with pytest.raises(EnclaveError, match=message):
        written.validate(toy(**changes), FILE)


def test_columns_in_another_order_are_refused():
    with pytest.raises(EnclaveError, match="the columns are year, city"):
        written.validate(toy()[["year", "city", "area", "large"]], FILE)


def test_a_message_holds_no_value_of_the_data():
    with pytest.raises(EnclaveError) as raised:
        written.validate(toy(city=["secret", "secret"], year=[2000, 2000]), FILE)
    assert "secret" not in str(raised.value)
    assert "2000" not in str(raised.value)


@pytest.mark.parametrize("file", [*PANELS, *RESULTS], ids=lambda file: file.name)
def test_keys_are_columns_without_gaps(file):
    described = {column.name: column for column in file.columns}
    assert len(described) == len(file.columns)
    assert not any(described[key].gaps for key in file.keys)


def test_each_file_is_described_once():
    for files in (PANELS, RESULTS):
        stems = [file.stem for file in files]
        assert len(set(stems)) == len(stems)


def test_results_have_the_described_columns_in_their_order():
    assert results.COLUMNS["table_1"] == ["table", "column", "row", "statistic", "value", "stars"]
    assert results.COLUMNS["figure_3"] == ["year", "threshold", "density"]
    assert results.COLUMNS["claims"] == ["id", "holds", "evidence"]
