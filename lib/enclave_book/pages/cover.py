"""Generated part of the cover: the map of helpers, recipients and pairs with a park."""

from enclave import facts
from enclave.facts import policy_dates, treated_pairs
from enclave.style import figures, maps


def map_of_pairs(source: str) -> str:
    """The map as SVG. The same facts give the same text."""
    ended = int(policy_dates.sharing(facts.policy())["ends"])
    fig = maps.pair_map(treated_pairs.by_rule(), sharing_ended=ended)
    return figures.image(figures.finish(fig, "reconstructed"), "svg").decode("utf-8")
