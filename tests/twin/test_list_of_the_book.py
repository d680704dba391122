"""The list of the book: the rule, its files, and what a search finds."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.base.terms import DISTANCES, PAIR

pytest.importorskip("numba")
from enclave_twin.fit import linear_forms, thirteen_paths
from enclave_twin.lists import choose, options, ratios
from enclave_twin.lists.options import BOUNDS, CITY, LOWER, TREATED

pytestmark = pytest.mark.slow

CITIES = ["helper_city", "recipient_city"]
ORDER = ["lower", "bounds", "missed", "away"]


def read(name):
    return pd.read_csv(paths.LISTS / f"{name}.csv")


def with_codes(table):
    code = facts.cities().set_index("name")["code"]
    return table.assign(helper=table["helper_city"].map(code), recipient=table["recipient_city"].map(code))


@pytest.fixture(scope="module")
def found():
    return choose.searched(3, lambda text: None)


def test_the_list_of_the_book_is_the_first_by_the_rule():
    first = read("book_pairs").query("rank == 1")
    kept = pd.read_csv(paths.FACTS / "treated.csv")
    columns = [*CITIES, "cohort", "park_zh", "basis"]
    assert first[columns].reset_index(drop=True).equals(kept[columns])
    table = read("book_candidates")
    assert table[ORDER].apply(tuple, axis=1).is_monotonic_increasing
    assert not table.duplicated(["lower", "bounds"]).any()
    assert (table["away"] <= choose.NEAR).all()
    assert (table["missed"] <= choose.REACHED).all()
    assert table["broken"].nunique() == 1


def test_every_list_has_the_pairs_that_the_paper_names_by_a_park_of_two_cities():
    named = {("Guangzhou", "Meizhou"), ("Shenzhen", "Shanwei")}
    assert set(read("named_in_the_paper")[CITIES].itertuples(index=False, name=None)) == named
    for _, own in read("book_pairs").pipe(lambda rows: rows[rows["level"] == CITY]).groupby("rank"):
        assert named <= set(own[CITIES].itertuples(index=False, name=None))


def test_the_evidence_in_the_files_is_that_of_the_parks():
    known = options.options().rename(columns={"park": "park_zh"})
    pairs = with_codes(read("book_pairs"))
    assert len(pairs.merge(known, on=[*PAIR, "cohort", "park_zh", "level", "basis"])) == len(pairs)
    table = read("book_candidates").set_index("rank")
    groups = pairs.groupby("rank")
    assert (groups.size() == TREATED).all()
    assert groups["level"].agg(lambda level: (level == LOWER).sum()).to_dict() == table["lower"].to_dict()
    assert groups["basis"].agg(lambda basis: basis.isin(BOUNDS).sum()).to_dict() == table["bounds"].to_dict()


def test_the_conditions_in_the_files_are_those_of_the_distances_in_the_facts():
    km, pairs, rows = facts.distances(), with_codes(read("book_pairs")), read("book_conditions")
    for rank, own in pairs.groupby("rank"):
        far = own[PAIR].merge(km, on=PAIR, how="left")[DISTANCES].to_numpy()
        made = ratios.conditions(own["cohort"].to_numpy(), far)
        given = rows[rows["rank"] == rank]
        assert given["missed"].to_numpy() == pytest.approx(made["missed"].to_numpy(), abs=6e-5)
        assert given["given_low"].to_numpy() == pytest.approx(made["given_low"].to_numpy(), abs=1e-3)
    assert rows.groupby("rank")["missed"].sum().to_dict() == pytest.approx(
        read("book_candidates").set_index("rank")["away"].to_dict(), abs=1e-3
    )
    broken = (rows["missed"] > 0).groupby(rows["rank"]).sum()
    assert broken.to_dict() == read("book_candidates").set_index("rank")["broken"].to_dict()


def test_a_search_finds_lists_near_print_with_the_evidence_that_it_says(found):
    table, order = found
    assert len(table) > 10
    for row in table.itertuples():
        own = order.loc[list(row.options)]
        assert (own["level"] == LOWER).sum() == row.lower
        assert own["basis"].isin(BOUNDS).sum() == row.bounds
        assert not own.duplicated(PAIR).any()
        assert row.away <= choose.NEAR
        assert (row.broken == 0) == (row.away == 0)


def test_what_a_list_misses_is_found_again_from_the_estimates_of_its_paths(found):
    """A second way to the miss: from the paths as panels, with dummies, without the forms that the search uses."""
    table, order = found
    row = table.sort_values("missed").iloc[0]
    own = order.loc[list(row["options"])].sort_values(PAIR)
    km = own[PAIR].merge(facts.distances(), on=PAIR, how="left")[DISTANCES].to_numpy()
    cohort = own["cohort"].to_numpy()
    wanted = thirteen_paths.intervals(choose.RELAXED)
    made = thirteen_paths.shapes(cohort, km)
    missed, sizes = thirteen_paths.solved(made, wanted, cohort, km, choose.pair_lists.total())
    # column 1 of Table 2: the mean over treated pairs of weighted sums of their paths
    rise = thirteen_paths.effects(cohort, sizes)
    treat = (linear_forms.YEARS[None, :] >= cohort[:, None]).astype(float)
    panel = np.zeros((88, linear_forms.T))
    panel[:TREATED] = treat
    within = panel - panel.mean(axis=1, keepdims=True) - panel.mean(axis=0) + panel.mean()
    weight = within[:TREATED]
    since = linear_forms.YEARS[None, :] - cohort[:, None]
    parts = sizes[:-1].reshape(thirteen_paths.SHAPES, TREATED, 1)
    rising = treat * np.minimum(since, thirteen_paths.RISE) / thirteen_paths.RISE
    last = linear_forms.YEARS[-1] - thirteen_paths.LATE + 1
    late = treat * np.clip((linear_forms.YEARS - thirteen_paths.LATE + 1) / last, 0, 1)
    paths_ = parts[0] * treat + parts[1] * rising + parts[2] * (since == -1) + parts[3] * late
    estimate = (weight * paths_).sum() / (weight * treat).sum()
    assert abs(estimate - 1.459) < 0.0005 * (1 + missed)
    after, before = treat.sum(axis=1), (1 - treat).sum(axis=1)
    mean_rise = (paths_ * treat).sum(axis=1) / after - (paths_ * (1 - treat)).sum(axis=1) / before
    assert rise == pytest.approx(mean_rise)


def test_the_same_search_gives_the_same_lists(found):
    table, _ = found
    again, _ = choose.searched(3, lambda text: None)
    assert again.equals(table)


def test_the_rule_prefers_fewer_broken_conditions_then_evidence_and_refuses_lists_that_reach_nothing(found):
    _, order = found
    list_ = tuple(found[0]["options"].iloc[0])
    rows = [
        (list_, 4, 1, 0.01, 2, 0.5),
        (list_, 3, 5, 0.3, 2, 3.9),
        (list_, 2, 2, 0.1, 2, 4.1),
        (list_, 3, 5, 0.2, 2, 3.0),
        (list_, 0, 0, 0.01, 3, 0.1),
    ]
    table = pd.DataFrame(rows, columns=["options", "lower", "bounds", "away", "broken", "missed"])
    summaries, _, _ = choose.best(table, order)
    assert summaries[["rank", "lower", "bounds", "missed"]].to_numpy().tolist() == [[1, 3, 5, 3.0], [2, 4, 1, 0.5]]
    with pytest.raises(EnclaveError, match="No list reaches the printed numbers"):
        choose.best(table[table["missed"] > 4], order)
