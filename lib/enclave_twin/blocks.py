"""Registers of any size, made block by block, so that memory use does not grow with the number of firms.

The first block has every link, branch and plot that cleaning must count, and noise. The others have only noise. Each
block has its own seed and refers only to its own firms and to the plain firms of the first block. So further blocks can
be made in any order. No two blocks give out the same number or name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave.base.errors import EnclaveError
from enclave_twin.counts import expand
from enclave_twin.tables import branches, firms, industries, land, shareholders, yearbook
from enclave_twin.tables.firms import Master, Turn
from enclave_twin.text import words
from enclave_twin.text.data_errors import Record

# firms of a block
BLOCK = 250_000
# streams of random numbers of a block
STREAMS = ("master", "firms", "shareholders", "branches", "yearbook", "land")
# tables that grow with the number of firms
LARGE = ("firms", "shareholders", "branches")

Tables = dict[str, pa.Table | pd.DataFrame]


@dataclass(frozen=True)
class Plan:
    """What is to be made.

    Attributes
    ----------
    counts : target counts, the tables of `enclave.panels.targets`
    links : one row per link, as `expand.single_links` returns them
    sizes : number of firms of each block
    seed : seed of all random numbers
    """

    counts: dict[str, pd.DataFrame]
    links: pd.DataFrame
    sizes: tuple[int, ...]
    seed: int


def plan(counts: dict[str, pd.DataFrame], n_firms: int, seed: int, block: int = BLOCK) -> Plan:
    """Blocks of at most `block` firms, or more in the first one if the counts need them.

    Raises EnclaveError if `n_firms` are fewer than the counts need, or more than there are identifiers.
    """
    links = expand.single_links(counts)
    needed = firms.needed(links)
    if n_firms < needed:
        raise EnclaveError(f"{n_firms} firms are too few for the target counts. Choose at least {needed} firms.")
    first = min(n_firms, max(block, needed))
    rest, more = n_firms - first, ceil((n_firms - first) / block)
    if first * (1 + more) > 10**words.DIGITS:
        raise EnclaveError(f"{n_firms:,} firms are more than there are identifiers of {words.DIGITS} digits.")
    return Plan(counts, links, (first, *(rest // more + (number < rest % more) for number in range(more))), seed)


def blocks(made: Plan, record: Record) -> Iterator[tuple[Tables, Master]]:
    """The raw tables and firms of each block: all six tables in the first, the three large ones in the others."""
    tables, head = first(made, record)
    yield tables, head
    for number in range(1, len(made.sizes)):
        yield further(made, number, head, record)


def first(made: Plan, record: Record) -> tuple[Tables, Master]:
    """The first block."""
    rng = _generators(np.random.SeedSequence(made.seed))
    turn = Turn(0, len(made.sizes))
    master = firms.master(made.links, made.sizes[0], rng["master"], record, turn)
    tables = {
        **_large(made.links, expand.single_branches(made.counts), master, rng, record),
        "industries": industries.register(record),
        "yearbook": yearbook.register(made.counts["yearbook"], rng["yearbook"], record),
        "land": land.register(made.counts["land"], rng["land"], record),
    }
    return tables, master


def further(made: Plan, number: int, head: Master, record: Record) -> tuple[Tables, Master]:
    """The block `number`, from 1 on. `head` has the firms of the first block."""
    rng = _generators(np.random.SeedSequence(made.seed, spawn_key=(len(STREAMS) + number,)))
    turn, no_links = Turn(number, len(made.sizes)), made.links.iloc[:0]
    master = firms.master(no_links, made.sizes[number], rng["master"], record, turn, head)
    return _large(no_links, no_links, master, rng, record), master


def _large(links, single_branches, master: Master, rng, record: Record) -> Tables:
    return {
        "firms": firms.register(master, rng["firms"], record),
        "shareholders": shareholders.register(links, master, rng["shareholders"], record),
        "branches": branches.register(single_branches, master, rng["branches"], record),
    }


def _generators(sequence: np.random.SeedSequence) -> dict[str, np.random.Generator]:
    children = sequence.spawn(len(STREAMS))
    return {name: np.random.default_rng(child) for name, child in zip(STREAMS, children, strict=True)}
