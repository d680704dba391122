"""Density of the directed investment network."""

import networkx as nx
import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave.estimators import network


def links(*rows):
    return pd.DataFrame(rows, columns=["investor", "investee", "year", "count"])


# three cities: a -> b with 5, b -> a with 1, c -> a with 0; 3 * 2 = 6 possible links
CELLS = links(("a", "b", 2000, 5), ("b", "a", 2000, 1), ("c", "a", 2000, 0))


@pytest.mark.parametrize(
    ("reading", "threshold", "edges"),
    [("at_least", 1, 2), ("at_least", 5, 1), ("at_least", 6, 0), ("more_than", 1, 1), ("more_than", 5, 0)],
)
def test_density_is_the_number_of_strong_links_over_all_possible_ones(reading, threshold, edges):
    made = network.density(CELLS, [threshold], n_nodes=3, reading=reading)
    assert made["density"].item() == edges / 6


def test_cities_without_a_link_count_among_the_nodes():
    assert network.density(CELLS, [1], n_nodes=21)["density"].item() == 2 / (21 * 20)


def test_each_year_is_a_network_of_its_own():
    both = pd.concat([CELLS, links(("a", "b", 2001, 1))])
    made = network.density(both, [1, 5], n_nodes=3)
    assert made.to_numpy().tolist() == [[2000, 1, 2 / 6], [2001, 1, 1 / 6], [2000, 5, 1 / 6], [2001, 5, 0]]


def test_the_graph_keeps_counts_and_directions():
    made = network.graph(CELLS, n_nodes=3)
    assert dict(made.edges) == {("a", "b"): {"count": 5}, ("b", "a"): {"count": 1}}
    assert nx.overall_reciprocity(made) == 1


def test_the_input_is_left_as_it_is_and_row_order_does_not_matter():
    before = CELLS.copy()
    forwards = network.density(CELLS, n_nodes=3)
    assert forwards.equals(network.density(CELLS[::-1], n_nodes=3))
    assert CELLS.equals(before)


def test_more_cities_than_nodes_and_unknown_readings_are_refused():
    with pytest.raises(EnclaveError, match="3 cities, more than n_nodes = 2"):
        network.density(CELLS, n_nodes=2)
    with pytest.raises(EnclaveError, match="at_least, more_than"):
        network.density(CELLS, n_nodes=3, reading="exactly")


def star(n_nodes=4):
    """City 0 invests twice in each of the others, city 1 once in city 0."""
    rows = [("0", str(node), 2001, 2) for node in range(1, n_nodes)] + [("1", "0", 2001, 1)]
    return pd.DataFrame(rows, columns=["investor", "investee", "year", "count"])


def test_reciprocity_and_centralisation_of_a_star_by_hand():
    found = network.further_looks(star(), ["0"], n_nodes=4).iloc[0]
    # 4 edges, of which 0-1 and 1-0 answer each other
    assert found["reciprocity"] == 2 / 4
    # out-degrees 3, 1, 0, 0: (0 + 2 + 3 + 3) / 9; in-degrees 1, 1, 1, 1: 0
    assert found["centralisation_out"] == pytest.approx(8 / 9)
    assert found["centralisation_in"] == 0
    # 6 of 7 links lead from the helper 0 to others
    assert found["helper_to_recipient"] == pytest.approx(6 / 7)


def test_a_pure_star_has_centralisation_one():
    found = network.further_looks(star().iloc[:-1], ["0"], n_nodes=4).iloc[0]
    assert found["centralisation_out"] == 1
    assert found["reciprocity"] == 0


def test_a_year_without_edges_has_no_reciprocity():
    found = network.further_looks(star().assign(count=0), ["0"], n_nodes=4).iloc[0]
    assert pd.isna(found["reciprocity"])
    assert pd.isna(found["helper_to_recipient"])
    assert found["centralisation_in"] == 0
