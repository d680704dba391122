from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.audit.rounding import printed
from enclave.audit.verdicts import CONSISTENT, IMPOSSIBLE, ONLY_IF, VERDICTS
from enclave.base.errors import EnclaveError, InputError
from enclave.base.terms import CELL, PAIR, YEARS
from enclave.exhibits import audit, audit_few, audit_tables, audit_text
from enclave.panels import Panels


@pytest.fixture(scope="module")
def published():
    return facts.published()


@pytest.fixture(scope="module")
def made(published):
    return audit.audited(published)


@pytest.fixture(scope="module")
def few(published):
    return audit_few.stars(published)


def planted(published, cell, text=None, stars=None):
    """The printed numbers with another number, or with other stars, in one place."""
    changed = published.copy()
    [row] = changed.index[(changed[CELL] == list(cell)).all(axis=1)]
    if text is not None:
        changed.loc[row, ["printed", "decimals"]] = [text, len(text.partition(".")[2])]
    if stars is not None:
        changed.loc[row, "stars"] = stars
    return changed


# what is planted, where, and the check that must find it
FAULTS = [
    (("1", "control", "investments", "n"), "1426", None, "rows"),
    (("1", "treated", "investments", "n"), "266", None, "groups"),
    (("1", "treated", "phones_per_resident", "n"), "248", None, "missing rows"),
    (("1", "control", "investments", "mean"), "0.15", None, "moments"),
    (("1", "control", "investments", "sd"), "0.40", None, "moments"),
    (("1", "treated", "log_investments", "mean"), "1.31", None, "moments"),
    (("1", "treated", "log_investments", "sd"), "2.87", None, "moments"),
    (("1", "treated", "investments", "mean"), "2.5000001", None, "integers"),
    (("2", "1", "treat", "estimate"), None, "*", "stars"),
    (("2", "1", "treat", "std_error"), "0.844", None, "stars"),
    (("2", "1", "model", "r2"), "0.634", None, "less than in Table 2 (2)"),
    (("4", "7", "model", "r2"), "0.530", None, "more than in Table 2 (1)"),
    (("4", "1", "model", "n"), "1653", None, "groups"),
    (("4", "7", "treat_x_distance_prd_boundary", "estimate"), "-0.002", None, "mean distance"),
    (("4", "1", "treat", "estimate"), "1.291", None, "mean distance"),
    (("3", "1", "simple", "estimate"), None, "***", "stars"),
    (("5", "5", "model", "n"), "2034", None, "rows"),
    (("2", "3", "treat", "estimate"), "0.395", None, "Table 2"),
]


@pytest.mark.parametrize(("cell", "text", "stars", "check"), FAULTS)
def test_a_planted_number_is_called_impossible(published, cell, text, stars, check):
    found = audit.audited(planted(published, cell, text, stars))
    wrong = found[found["verdict"] == IMPOSSIBLE]
    assert check in set(wrong["check"])


def test_nothing_that_the_paper_prints_is_impossible(made):
    assert made[made["verdict"] == IMPOSSIBLE].empty


def test_every_printed_number_has_a_verdict(made, published):
    each = audit.per_number(made)
    assert set(made["verdict"]) <= set(VERDICTS)
    numbers = each[each["table"] != "text"]
    assert numbers[CELL].values.tolist() == published[CELL].values.tolist()
    assert numbers["printed"].tolist() == published["printed"].tolist()
    assert len(each) - len(numbers) == len(audit_text.CELLS)


def test_a_verdict_on_a_number_is_the_gravest_of_its_checks():
    rows = [("2", "1", "treat", "estimate", name, "1", word, "") for name, word in zip("abc", VERDICTS, strict=True)]
    found = audit.per_number(pd.DataFrame(rows, columns=audit.COLUMNS))
    assert found[["verdict", "checks"]].values.tolist() == [[IMPOSSIBLE, 3]]


def test_means_that_no_other_number_constrains_are_counted_as_such(made):
    alone = made[made["check"] == "none"]
    assert set(alone["statistic"]) == {"mean", "sd"}
    assert audit.summary(made).set_index("table").loc["all", "unconstrained"] == len(alone) == 20


def test_the_order_of_the_printed_numbers_does_not_matter(made, published):
    shuffled = audit.audited(published.sample(frac=1, random_state=3)).sort_values(audit.COLUMNS, ignore_index=True)
    pd.testing.assert_frame_equal(shuffled, made.sort_values(audit.COLUMNS, ignore_index=True))


def test_the_printed_numbers_are_not_changed(published):
    before = published.copy()
    audit.audited(published)
    pd.testing.assert_frame_equal(published, before)


def test_the_maker_reads_no_panel():
    made = audit.make(Panels("twin", None))
    assert made.attrs["source"] == "twin"
    assert list(made) == audit.COLUMNS


def test_a_missing_number_is_named(published):
    with pytest.raises(EnclaveError, match=r"published\.csv has no number 2, 1, model, n"):
        audit.audited(published[~((published[CELL] == ["2", "1", "model", "n"]).all(axis=1))])


def test_stars_that_need_a_condition_are_those_found_by_trying_the_rounding_intervals(made, published):
    rng = np.random.default_rng(2)
    numbers = audit_tables.Print(published)
    rows = made[(made["check"] == "stars") & (made["statistic"] == "estimate")].set_index(CELL)["verdict"]
    for cell, word in rows.items():
        (low, high), (least, most) = numbers.of(*cell).ends(), numbers.of(*cell[:3], "std_error").ends()
        t = np.abs(rng.uniform(low, high, 4000)) / rng.uniform(least, most, 4000)
        df = {"3": 1e9, "5": 106}.get(cell[0], 87)
        # quantiles of t at 10, 5 and 1 per cent by a printed table
        limits = {87: (1.6626, 1.9876, 2.6335), 106: (1.6594, 1.9826, 2.6230), 1e9: (1.6449, 1.9600, 2.5758)}[df]
        shown = len(numbers.stars(cell))
        agree = (np.array(limits)[None, :] < t[:, None]).sum(axis=1) == shown
        assert word == (CONSISTENT if agree.all() else ONLY_IF), cell
        assert agree.any()


def test_shares_of_zeros_by_hand_are_inside_what_the_moments_allow(published):
    numbers = audit_tables.Print(published)
    found = audit_tables.counts.zero_share(audit_tables.group_moments(numbers, "control"))
    # Cauchy and Schwarz: at least mean^2 / (mean^2 + sd^2) of the rows are above zero
    assert found[1] <= 1 - 0.545**2 / (0.545**2 + 1.165**2)
    # at most mean of ln(1 + y) / ln 2 of the rows are above zero
    assert found[0] >= 1 - 0.285 / np.log(2)


def test_the_paper_gives_244_km_and_not_the_ratio_of_its_printed_digits(made):
    [row] = made[made["row"] == audit_text.ZERO[2]].itertuples()
    assert (row.verdict, "244.6" in row.reason, "243.9" in row.reason) == (ONLY_IF, True, True)


def test_pairs_left_out_of_the_twin_are_inside_the_bounds_if_none_of_them_has_a_park(published):
    numbers = audit_tables.Print(published)
    low, high = audit_text.with_parks(numbers, 0)
    effect = float(numbers.text(("2", "1", "treat", "estimate")))
    # more pairs with zeros make the other pairs' growth a smaller part of the counterfactual, never a larger one
    assert low < effect < high
    spans = [audit_text.with_parks(numbers, parks) for parks in (0, 5, 10, 20)]
    assert all(later[0] < earlier[0] for earlier, later in pairwise(spans))


def test_degrees_of_freedom_need_years_and_distances_alone(few):
    treated = facts.treated()
    other = audit_few.degrees_of_freedom(treated.sample(frac=1, random_state=1).assign(park_zh="x"))
    assert len(other) == 9
    assert few.query("table == '2'")["df_cr2"].to_numpy() == pytest.approx(other["", "treat"], rel=1e-9)
    of_slope = few.query("table == '4' and column == '7'").set_index("row")["df_cr2"]
    assert of_slope.to_numpy() == pytest.approx(other["prd_boundary"].loc[of_slope.index].to_numpy(), rel=1e-9)


def test_the_design_is_balanced_and_has_the_given_treated_pairs():
    treated = facts.treated()
    panel = audit_few.panel_of(treated, 88)
    assert len(panel) == 88 * len(YEARS)
    ever = panel.dropna(subset="cohort").drop_duplicates(PAIR)
    assert sorted(ever["cohort"]) == sorted(treated["cohort"])
    assert not panel.duplicated([*PAIR, "year"]).any()


def test_fewer_degrees_of_freedom_never_make_a_p_value_smaller(few):
    assert len(few) == 4 + 16
    assert (few["p_low_treated"] >= few["p_low_all"]).all()
    assert (few["p_high_treated"] >= few["p_high_all"]).all()
    assert few["kept_all"].all()
    assert not few["kept_treated"].all()


def test_readers_see_one_p_value_or_both_ends_of_what_rounding_leaves(few):
    shown = audit_few.shown(few)
    assert shown["printed"].iloc[0] == "1.459***"
    # t is 1.89 to 2.71 with 87 degrees of freedom
    slope = (shown["table"] == "4") & (shown["column"] == "2") & (shown["row"] != "treat")
    assert shown.loc[slope, "p, all pairs"].item() == "0.008–0.062"


def test_each_estimate_has_a_row_in_the_figure_and_needs_more_t_with_fewer_degrees(few):
    rows = audit_few.t_rows(few)
    assert len(rows) == 33
    assert (rows["t_low"] <= rows["t_high"]).all()
    assert rows["few"].notna().sum() == (few["stars"] != "").sum()
    assert (rows["few"].dropna() > 1.98).all()


def test_other_papers_pass_and_typing_errors_are_found():
    found = audit.elsewhere()
    wrong = found[found["verdict"] == IMPOSSIBLE]
    assert set(wrong["study"]) == {
        "A pizza paper of the Cornell Food and Brand Lab",
        "A public transcript of Card and Krueger's Table 3",
    }
    assert found["study"].nunique() == 4
    sizes = found.groupby("study").size()
    assert sizes["Card and Krueger (1994)"] == 18
    # swapped cells: both errors of row 1, both differences of row 2
    assert len(wrong) == 1 + 4


def test_shares_of_other_papers_are_those_of_whole_numbers():
    shares = facts.other_papers().query("check == 'percent'")
    for row in shares.itertuples():
        whole = round(float(row.printed) * int(row.n) / 100)
        assert printed(row.printed).low <= 100 * whole / int(row.n) <= printed(row.printed).high, row.place


def test_shares_with_a_wrong_digit_are_mostly_found():
    shares = facts.other_papers().query("check == 'percent' and n == '79'")
    moved = shares.assign(printed=[f"{float(text) + 0.3:.1f}" for text in shares["printed"]])
    assert (audit.elsewhere(moved)["verdict"] == IMPOSSIBLE).all()


def test_a_share_without_its_number_of_observations_is_refused():
    table = facts.other_papers().head(2).assign(n=["331", ""])
    with pytest.raises(InputError, match=r"other_papers\.csv, column \"n\", data row 2: n is ''"):
        audit.elsewhere(table)
