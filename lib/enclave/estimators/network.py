"""Density of the directed investment network of the 21 cities (section 4.6, Figure 3)."""

from collections.abc import Iterable

import networkx as nx
import pandas as pd

from enclave.base.arguments import refuse_no_count, refuse_no_list, refuse_unknown, takes_tables
from enclave.base.errors import EnclaveError
from enclave.estimators import coded_columns
from enclave.estimators.panel_checks import finite, periods, refuse

KEYS = ["investor", "investee", "year"]
THRESHOLDS = (1, 3, 5, 10)
READINGS = ("at_least", "more_than")


def density(
    network: pd.DataFrame, thresholds: Iterable[int] = THRESHOLDS, n_nodes: int = 21, *, reading: str = "at_least"
) -> pd.DataFrame:
    """Share of the n(n-1) possible directed links that exist in a year, m / n(n-1), at each threshold.

    Parameters
    ----------
    network : one row per directed pair of two cities and year: investor, investee, year, count. Cities have names of
        one type; years are written as in a panel of pairs
    thresholds : least strength of a link
    n_nodes : number of cities n
    reading : meaning of a threshold k. The paper's words differ: at 1 "more than 0" links make an edge ("at_least" k),
        at 5 "more than 5" do ("more_than" k; then 1 needs two links)

    Returns
    -------
    year, threshold, density; sorted by threshold and year

    Raises
    ------
    EnclaveError for an unknown reading, more cities than `n_nodes`, a threshold below 1, a link of a city with itself,
    a duplicate pair and year, or a count that is negative or missing

    Examples
    --------
    Two of the six directed links of three cities exist; one of them has five investments.

    >>> links = pd.DataFrame({"investor": ["a", "b"], "investee": ["b", "c"], "year": 2000, "count": [5, 1]})
    >>> density(links, thresholds=(1, 5), n_nodes=3)["density"].round(3).tolist()
    [0.333, 0.167]
    """
    refuse_no_list("thresholds", thresholds)
    rows = [
        (year, threshold, nx.density(graph(cells, threshold, n_nodes, reading=reading)))
        for threshold in thresholds
        for year, cells in _checked(network).groupby("year")
    ]
    return pd.DataFrame(rows, columns=["year", "threshold", "density"])


def _checked(network: pd.DataFrame) -> pd.DataFrame:
    """The columns of a network, with years as whole numbers and counts as numbers."""
    if not isinstance(network, pd.DataFrame):
        raise EnclaveError("The network is no pandas DataFrame. Give one with a row for each pair of cities and year.")
    for column in [*KEYS, "count"]:
        if column not in network:
            raise EnclaveError(f"The network has no column {column!r}. It needs {', '.join([*KEYS, 'count'])}.")
    rows = network[[*KEYS, "count"]].reset_index(drop=True)
    refuse(rows, rows[KEYS].isna().any(axis=1), KEYS, "has a missing key", "Every row needs two cities and a year.")
    for column in KEYS[:2]:
        rows[column] = coded_columns.names(rows[column])
    cities = pd.concat([rows["investor"].astype(object), rows["investee"].astype(object)])
    if coded_columns.mixes_types(cities):
        raise EnclaveError("The columns 'investor' and 'investee' mix text with other types. Write all names as text.")
    rows["year"] = periods(rows, "year").astype("int64")
    own = rows["investor"].astype(object) == rows["investee"].astype(object)
    refuse(rows, own, KEYS, "is a link of a city with itself", "Density counts links between cities. Leave it out.")
    refuse(rows, rows.duplicated(KEYS), KEYS, "appears twice in the network", "Add its counts up.")
    problem, remedy = "is among the negative or missing values of 'count'", "Counts are numbers of zero or more."
    counts = finite(rows, "count", KEYS, problem, remedy)
    refuse(rows, counts < 0, KEYS, problem, remedy)
    return rows.assign(count=counts)


@takes_tables
def graph(cells: pd.DataFrame, threshold: int = 1, n_nodes: int = 21, *, reading: str = "at_least") -> nx.DiGraph:
    """Directed graph of one year: an edge, with its count as weight, if the count reaches the threshold.

    `cells` are the rows of one year of a network without faults. Raises EnclaveError for an unknown reading, a
    threshold below 1, or more cities than `n_nodes`.
    """
    refuse_unknown("reading of a threshold", reading, READINGS)
    refuse_no_count("threshold", threshold, 1)
    refuse_no_count("n_nodes", n_nodes, 2)
    least = threshold if reading == "at_least" else threshold + 1
    edges = cells[cells["count"] >= least]
    made = nx.from_pandas_edgelist(edges, "investor", "investee", ["count"], create_using=nx.DiGraph)
    made.add_nodes_from(sorted({*cells["investor"], *cells["investee"]}))
    if len(made) > n_nodes:
        raise EnclaveError(f"The network has {len(made)} cities, more than n_nodes = {n_nodes}. Give the right number.")
    # a city without any row gets a name that no city can have
    made.add_nodes_from([("city without a row", number) for number in range(n_nodes - len(made))])
    return made


def further_looks(network: pd.DataFrame, helpers: Iterable[str], threshold: int = 1, n_nodes: int = 21) -> pd.DataFrame:
    """Reciprocity, centralisation and direction of the network of each year, at one threshold.

    `helpers` are the codes of the helper cities; all other cities count as recipients.

    Returns
    -------
    year; reciprocity, the share of edges whose opposite edge exists (missing without edges); centralisation_out and
    centralisation_in, Freeman's index from 0 (all cities have as many edges) to 1 (a star: one city has all edges);
    helper_to_recipient, the share of all links (not edges) from a helper to a recipient (missing without links)

    Raises EnclaveError as `density`, or if no helper is a city of the network.
    """
    refuse_no_list("helpers", helpers)
    delta, rows, checked = set(helpers), [], _checked(network)
    if not delta & {*checked["investor"], *checked["investee"]}:
        raise EnclaveError(
            "No helper is a city in 'investor' or 'investee'. Write `helpers` as the network does, with codes: "
            'facts.city_codes("helper").'
        )
    for year, cells in checked.groupby("year"):
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
