"""The ensemble: its committed file against print, and its summary on rows small enough for a computation by hand."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base.errors import EnclaveError
from enclave.estimators.compare import METHODS
from enclave.exhibits import ensemble

# two lists, the first with three members; the errors are 1, but for one
ROWS = pd.DataFrame(
    [
        (1, 0, "twfe", 2.0, 1.0),
        (1, 0, "stacked", 1.0, 1.0),
        (1, 1, "twfe", 2.0, 1.0),
        (1, 1, "stacked", 3.0, 1.0),
        (1, 2, "twfe", 2.0, 1.0),
        (1, 2, "stacked", 5.0, 1.0),
        (4, 0, "twfe", 2.0, 1.0),
        (4, 0, "stacked", 3.0, 2.0),
    ],
    columns=["rank", "repeat", "method", "estimate", "std_error"],
)


def printed(column, row, statistic):
    """What Table 2 prints, and half a unit of its last digit."""
    cells = facts.published().query("table == '2' and column == @column and row == @row and statistic == @statistic")
    text = cells["printed"].item()
    return float(text), 0.5 * 10.0 ** -len(text.partition(".")[2])


def test_a_summary_by_hand():
    made = ensemble.spread(ROWS).set_index("method")
    assert list(made.index) == ["twfe", "stacked"]
    # one member of each list: 1 and 3
    assert made.loc["stacked", ["lowest", "median", "highest"]].tolist() == [1.0, 2.0, 3.0]
    assert made.loc["stacked", "over_lists"] == pytest.approx(np.sqrt(2))
    # members of the first list: 1, 3, 5
    assert made.loc["stacked", "over_draws"] == pytest.approx(2.0)
    # 1 over 1 and 3 over 2 are below 1.645; 2 over 1 is above it in both lists
    assert made["significant"].to_dict() == {"twfe": 1.0, "stacked": 0.0}
    assert made.loc["stacked", "std_error"] == 1.5


def test_ratios_are_taken_within_a_member():
    ratios = ensemble.relative(ROWS)
    assert ratios[ROWS["method"] == "twfe"].tolist() == [1.0] * 4
    assert ratios[ROWS["method"] == "stacked"].tolist() == [0.5, 1.5, 2.5, 1.5]


def test_the_order_of_rows_does_not_matter():
    shuffled = ROWS.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(ensemble.spread(shuffled), ensemble.spread(ROWS))


def test_each_member_has_all_estimators_once():
    rows = pd.read_csv(ensemble.FILE)
    assert rows.groupby(ensemble.MEMBER)["method"].agg(list).map(lambda names: names == list(METHODS)).all()
    assert rows.notna().all(axis=None)


def test_the_members_print_the_effect_and_the_error_of_table_2():
    rows = ensemble.read().query("method == 'twfe'")
    value, half = printed("1", "treat", "estimate")
    # a member may miss a number by a part of its distance from print
    assert (np.abs(rows["estimate"] - value) <= half * (1 + rows["away"])).all()
    # a real count stands for a whole one, whose rounding adds a little to the error
    value, _ = printed("1", "treat", "std_error")
    assert rows["std_error"].between(0.995 * value, value).all()


def test_estimators_that_are_one_number_without_controls_agree_in_each_member():
    wide = ensemble.read().pivot(index=ensemble.MEMBER, columns="method", values="estimate")
    for one, other in (("cs_never", "sun_abraham"), ("etwfe", "imputation"), ("imputation", "two_stage")):
        np.testing.assert_allclose(wide[one], wide[other], atol=2e-6)


def test_changed_inputs_and_an_empty_choice_are_refused(tmp_path, monkeypatch):
    with pytest.raises(EnclaveError, match=r"No member is within 0 half units\. The nearest is"):
        ensemble.read(near=0)
    other = tmp_path / "made_from.txt"
    other.write_text("another", encoding="utf-8")
    monkeypatch.setattr(ensemble, "MADE_FROM", other)
    with pytest.raises(EnclaveError, match=r"Run `python -m enclave_twin\.ensemble`"):
        ensemble.read()


def test_the_checksum_is_that_of_content_and_not_of_line_ends(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_bytes(b"a,b\n1,2\n")
    other.write_bytes(b"a,b\r\n1,2\r\n")
    assert ensemble.made_from([one]) == ensemble.made_from([other])
    other.write_bytes(b"a,b\r\n1,3\r\n")
    assert ensemble.made_from([one]) != ensemble.made_from([other])
