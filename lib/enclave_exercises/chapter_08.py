"""Exercises of chapter 8: the network of cities."""

import networkx as nx

from enclave import panels
from enclave.estimators import network
from enclave_exercises.answers import Answers

CITIES = 21


def half_of_the_arrows(source: str) -> Answers:
    """8.1: number of arrows at a density of one half."""
    wrong = {
        "That is the number of possible arrows. Half of them exist.": CITIES * (CITIES - 1),
        "You counted lines without a direction: an arrow back is another arrow.": CITIES * (CITIES - 1) // 4,
        "No city has an arrow to itself.": CITIES * CITIES / 2,
        "That is the number of possible arrows with arrows to oneself.": CITIES * CITIES,
    }
    return Answers(CITIES * (CITIES - 1) // 2, wrong)


def most_arrows_out(source: str) -> Answers:
    """8.2: the city with the most arrows out in the last year."""
    cells = panels.of(source).network
    last = cells[cells["year"] == cells["year"].max()]
    graph = network.graph(last)
    out, into = dict(graph.out_degree()), dict(graph.in_degree())
    most = max(out, key=lambda city: out[city])
    links = last.groupby("investor")["count"].sum()
    wrong = {
        "That city has the most arrows in.": max(into, key=lambda city: into[city]),
        "That city has the most links. Many links to one city are one arrow.": links.idxmax(),
        "That city has the fewest arrows out.": min(out, key=lambda city: out[city]),
        "That city has the fewest arrows in.": min(into, key=lambda city: into[city]),
        "That city comes second or lower. Sort the out-degrees.": sorted(out, key=lambda city: out[city])[-2],
        "That city is in the middle of the list.": sorted(out, key=lambda city: out[city])[CITIES // 2],
    }
    return Answers(most, wrong, also=tuple(city for city in out if out[city] == out[most]))


def threshold_that_grows(source: str) -> Answers:
    """8.3: density in the last year with the mean of all possible pairs as the threshold."""
    cells = panels.of(source).network
    mean = cells.groupby("year")["count"].transform("mean")
    linked = cells["count"].where(cells["count"] > 0).groupby(cells["year"]).transform("mean")

    def density(threshold) -> list[float]:
        over = cells.assign(count=(cells["count"] >= threshold).astype(int))
        return network.density(over, [1]).sort_values("year")["density"].tolist()

    wrong = {
        "That is the density at a threshold of one link.": density(1)[-1],
        "Pairs without a link belong into the mean.": density(linked)[-1],
        "That is the density of the first year.": density(mean)[0],
        "You took the mean over all years. Each year has its own.": density(cells["count"].mean())[-1],
    }
    return Answers(density(mean)[-1], wrong)


def without_directions(source: str) -> Answers:
    """8.4: density of the last year without directions."""
    cells = panels.of(source).network
    last = network.graph(cells[cells["year"] == cells["year"].max()])
    density, directed = nx.density(last.to_undirected()), nx.density(last)
    wrong = {
        "That is the density with directions.": directed,
        "Fewer edges are possible, too: each pair of cities counts once below the line as well.": density / 2,
        "You kept pairs that answer each other only.": nx.density(last.to_undirected(reciprocal=True)),
        "You counted an arrow and its answer as two edges, over half as many possible ones.": 2 * directed,
    }
    return Answers(density, wrong)


EXERCISES = [half_of_the_arrows, most_arrows_out, threshold_that_grows, without_directions]
