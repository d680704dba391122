"""Table 1 by hand: two pairs of one recipient, one pair of another, two years, and gaps of the yearbook."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base.errors import EnclaveError
from enclave.exhibits import table_1
from enclave.panels import Panels

# pair    cohort   links in 2000, 2001
# h1-r1   2001     0, 3
# h2-r1   never    1, 1
# h2-r2   never    0, 4
PANEL = pd.DataFrame(
    [
        ("h1", "r1", 2000, 0, 2001),
        ("h1", "r1", 2001, 3, 2001),
        ("h2", "r1", 2000, 1, None),
        ("h2", "r1", 2001, 1, None),
        ("h2", "r2", 2000, 0, None),
        ("h2", "r2", 2001, 4, None),
    ],
    columns=["helper", "recipient", "year", "count", "cohort"],
).astype({"cohort": "Int64"})
YEARBOOK = pd.DataFrame(
    [("r1", 2000, 10.0), ("r1", 2001, np.nan), ("r2", 2000, 20.0), ("r2", 2001, 40.0)],
    columns=["recipient", "year", "hospital_beds_per_10k"],
)


def made(panel=PANEL, yearbook=YEARBOOK):
    return table_1.make(Panels("by hand", {"manufacturing": panel, "yearbook": yearbook}.__getitem__))


def cells():
    return made().set_index(["column", "row", "statistic"])["value"].sort_index()


def test_links_of_control_pairs_by_hand():
    found = cells().loc["control", "investments"]
    # 1, 1, 0, 4: mean 6/4; squares 18 - 36/4 = 9 over 3
    assert found.to_dict() == {"mean": 1.5, "n": 4, "sd": pytest.approx(np.sqrt(9 / 3))}


def test_logs_of_treated_pairs_by_hand():
    found = cells().loc["treated", "log_investments"]
    # ln 1 and ln 4: mean ln 2; deviation |ln 4| / sqrt(2)
    assert found.to_dict() == {
        "n": 2,
        "mean": pytest.approx(np.log(2)),
        "sd": pytest.approx(np.log(4) / np.sqrt(2)),
    }


def test_a_gap_of_the_yearbook_is_missing_for_every_pair_of_the_recipient():
    beds = cells().xs("hospital_beds_per_10k", level="row")
    assert beds["treated", "n"] == 1
    assert beds["control", "n"] == 3
    assert beds["control", "mean"] == pytest.approx((10 + 20 + 40) / 3)


def test_a_deviation_of_a_single_value_is_missing():
    assert np.isnan(cells()["treated", "hospital_beds_per_10k", "sd"])


def test_the_cells_are_in_the_printed_order():
    found = made()
    printed = facts.published().query("table == '1'")
    shared = printed[printed["row"].isin(found["row"])].reset_index(drop=True)
    keys = ["table", "column", "row", "statistic"]
    assert found.columns.tolist() == [*keys, "value", "stars"]
    assert found[keys].to_numpy().tolist() == shared[keys].to_numpy().tolist()
    assert (found["stars"] == "").all()


def test_the_table_carries_the_source_and_leaves_the_panel_alone():
    panel = PANEL.copy(deep=True)
    assert made(panel).attrs == {"source": "by hand"}
    pd.testing.assert_frame_equal(panel, PANEL)


def test_row_order_and_further_columns_do_not_matter():
    shuffled = PANEL.sample(frac=1, random_state=1).assign(extra=1)
    pd.testing.assert_frame_equal(made(shuffled, YEARBOOK.iloc[::-1]), made())


def test_a_duplicate_year_of_a_city_in_the_yearbook_is_refused():
    with pytest.raises(EnclaveError, match="a city's year twice"):
        made(yearbook=pd.concat([YEARBOOK, YEARBOOK.iloc[:1]]))
