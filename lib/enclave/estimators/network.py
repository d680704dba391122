"""Density of the directed investment network of the 21 cities (section 4.6, Figure 3)."""

from collections.abc import Iterable

import networkx as nx
import pandas as pd

from enclave.base.errors import EnclaveError
from enclave.estimators.panel_checks import refuse, refuse_unknown

THRESHOLDS = (1, 3, 5, 10)
READINGS = ("at_least", "more_than")


def density(
    network: pd.DataFrame, thresholds: Iterable[int] = THRESHOLDS, n_nodes: int = 21, *, reading: str = "at_least"
) -> pd.DataFrame:
    """Share of the n(n-1) possible directed links that exist in a year, m / n(n-1), at each threshold.

    Parameters
    ----------
    network : one row per directed pair and year: investor, investee, year, count
    thresholds : least strength of a link
    n_nodes : number of cities n
    reading : meaning of a threshold k. The paper's words differ: at 1 "more than 0" links make an edge ("at_least" k),
        at 5 "more than 5" do ("more_than" k; then 1 needs two links)

    Returns
    -------
    year, threshold, density; sorted by threshold and year

    Raises
    ------
    EnclaveError for an unknown reading, more cities than `n_nodes`, a duplicate pair and year, or a count that is
    negative or missing

    Examples
    --------
    Two of the six directed links of three cities exist; one of them has five investments.

    >>> links = pd.DataFrame({"investor": ["a", "b"], "investee": ["b", "c"], "year": 2000, "count": [5, 1]})
    >>> density(links, thresholds=(1, 5), n_nodes=3)["density"].round(3).tolist()
    [0.333, 0.167]
    """
    _refuse_faults(network)
    rows = [
        (year, threshold, nx.density(graph(cells, threshold, n_nodes, reading=reading)))
        for threshold in thresholds
        for year, cells in network.groupby("year")
    ]
    return pd.DataFrame(rows, columns=["year", "threshold", "density"])


def _refuse_faults(network: pd.DataFrame) -> None:
    keys = ["investor", "investee", "year"]
    rows = network.reset_index(drop=True)
    refuse(rows, rows.duplicated(keys), keys, "appears twice in the network", "Add its counts up.")
    if not (network["count"] >= 0).all():
        raise EnclaveError("The column 'count' of the network has negative or missing values. Counts are zero or more.")


def graph(cells: pd.DataFrame, threshold: int = 1, n_nodes: int = 21, *, reading: str = "at_least") -> nx.DiGraph:
    """Directed graph of one year: an edge, with its count as weight, if the count reaches the threshold."""
    refuse_unknown("reading of a threshold", reading, READINGS)
    least = threshold if reading == "at_least" else threshold + 1
    edges = cells[cells["count"] >= least]
    made = nx.from_pandas_edgelist(edges, "investor", "investee", ["count"], create_using=nx.DiGraph)
    made.add_nodes_from(sorted({*cells["investor"], *cells["investee"]}))
    if len(made) > n_nodes:
        raise EnclaveError(f"The network has {len(made)} cities, more than n_nodes = {n_nodes}. Give the right number.")
    made.add_nodes_from(range(n_nodes - len(made)))
    return made


def further_looks(network: pd.DataFrame, helpers: Iterable[str], threshold: int = 1, n_nodes: int = 21) -> pd.DataFrame:
    """Reciprocity, centralisation and direction of the network of each year, at one threshold.

    `helpers` are the codes of the helper cities; all other cities count as recipients.

    Returns
    -------
    year; reciprocity, the share of edges whose opposite edge exists (missing without edges); centralisation_out and
    centralisation_in, Freeman's index from 0 (all cities have as many edges) to 1 (a star: one city has all edges);
    helper_to_recipient, the share of all links (not edges) from a helper to a recipient (missing without links)
    """
    delta = set(helpers)
    rows = []
    for year, cells in network.groupby("year"):
        edges = graph(cells, threshold, n_nodes)
        inward = cells["investor"].isin(delta) & ~cells["investee"].isin(delta)
        total = cells["count"].sum()
        rows.append(
            {
                "year": year,
                "reciprocity": nx.overall_reciprocity(edges) if edges.size() else float("nan"),
                "centralisation_out": _centralisation(edges.out_degree()),
                "centralisation_in": _centralisation(edges.in_degree()),
                "helper_to_recipient": cells["count"][inward].sum() / total if total else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def _centralisation(degrees) -> float:
    """Sum of distances from the largest degree, over its value in a star: (n - 1)^2 for a directed degree."""
    values = [degree for _, degree in degrees]
    return sum(max(values) - value for value in values) / (len(values) - 1) ** 2
