"""Registers of any size, made block by block so that memory stays flat.

The first block holds every link, branch and plot that cleaning must count, and noise; the others are noise alone. Each
block draws from a seed of its own and, besides its own firms, names only the plain firms of the first block. So the
others can be made in any order. Numbers of firms, branches and names that blocks give out never meet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave.base.errors import EnclaveError
from enclave_twin.counts import expand
from enclave_twin.tables import branches as offices
from enclave_twin.tables import firms as firms_module
from enclave_twin.tables import industries, land, shareholders, yearbook
from enclave_twin.tables.firms import Master, Turn
from enclave_twin.text import words
from enclave_twin.text.data_errors import Record

BLOCK = 250_000
STREAMS = ("master", "firms", "shareholders", "branches", "yearbook", "land")
LARGE = ("firms", "shareholders", "branches")

Tables = dict[str, pa.Table | pd.DataFrame]


@dataclass(frozen=True)
class Plan:
    """What is to be made: the target counts, the firms of each block, and the seed."""

    intended: dict[str, pd.DataFrame]
    links: pd.DataFrame
    sizes: tuple[int, ...]
    seed: int


def plan(intended: dict[str, pd.DataFrame], n_firms: int, seed: int, block: int = BLOCK) -> Plan:
    """Blocks of at most `block` firms, or more in the first one if the counts need them.

    Raises EnclaveError if `n_firms` are fewer than the counts need, or more than there are identifiers.
    """
    all_links = expand.links(intended)
    needed = firms_module.needed(all_links)
    expand.check_room(n_firms, needed)
    first = min(n_firms, max(block, needed))
    rest, more = n_firms - first, ceil((n_firms - first) / block)
    if first * (1 + more) > 10**words.DIGITS:
        raise EnclaveError(f"{n_firms:,} firms are more than identifiers of {words.DIGITS} digits tell apart.")
    return Plan(intended, all_links, (first, *(rest // more + (number < rest % more) for number in range(more))), seed)


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
    firms = firms_module.master(made.links, made.sizes[0], rng["master"], record, turn)
    branches = expand.branches(made.intended)
    tables = {
        **_large(made.links, branches, firms, rng, record),
        "industries": industries.register(record),
        "yearbook": yearbook.register(made.intended["yearbook"], rng["yearbook"], record),
        "land": land.register(made.intended["land"], rng["land"], record),
    }
    return tables, firms


def further(made: Plan, number: int, head: Master, record: Record) -> tuple[Tables, Master]:
    """The block of a number from 1; `head` are the firms of the first block."""
    rng = _generators(np.random.SeedSequence(made.seed, spawn_key=(len(STREAMS) + number,)))
    turn, no_links = Turn(number, len(made.sizes)), made.links.iloc[:0]
    firms = firms_module.master(no_links, made.sizes[number], rng["master"], record, turn, head)
    return _large(no_links, no_links, firms, rng, record), firms


def _large(all_links, branches, firms: Master, rng, record: Record) -> Tables:
    return {
        "firms": firms_module.register(firms, rng["firms"], record),
        "shareholders": shareholders.register(all_links, firms, rng["shareholders"], record),
        "branches": offices.register(branches, firms, rng["branches"], record),
    }


def _generators(sequence: np.random.SeedSequence) -> dict[str, np.random.Generator]:
    children = sequence.spawn(len(STREAMS))
    return {name: np.random.default_rng(child) for name, child in zip(STREAMS, children, strict=True)}
