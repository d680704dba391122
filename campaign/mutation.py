"""What a mutation is, and the list of all kinds of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from campaign import registers
from campaign.delivery import Delivery, Files

# a kind may not find a place for itself in so many draws
DRAWS = 400


@dataclass(frozen=True)
class Change:
    """What a mutation did.

    files : the files of the delivery after it
    where : file, column and row, in words
    rows : data rows of the file that a message about it may name; none if it may name any
    """

    files: Files
    where: str
    rows: frozenset[int] = frozenset()


Make = Callable[[Delivery, np.random.Generator], Change | None]


@dataclass(frozen=True)
class Kind:
    """A kind of mutation.

    group : bytes, cells, rows, columns, files or map
    reach : how many records may read otherwise after it: a number, or None for any number
    make : changes a delivery; nothing if it found no place in this draw
    shapes : the deliveries that it fits
    evident : whether the delivery itself shows that something is wrong, so that the book must refuse it or tell it
    """

    name: str
    group: str
    reach: int | None
    make: Make
    shapes: tuple[str, ...] = registers.SHAPES
    evident: bool = False


@dataclass(frozen=True)
class Mutation:
    """One mutation of a campaign: its number, its kind, the shape of the delivery, and what was changed."""

    number: int
    kind: Kind
    shape: str
    change: Change


def drawn(kinds: Iterable[Kind], seed: int, number: int) -> Mutation:
    """The mutation with this number: the kinds take turns, all else is drawn. The same numbers give the same bytes.

    Raises ValueError if the kind finds no place for itself.
    """
    kinds = list(kinds)
    kind = kinds[number % len(kinds)]
    rng = np.random.default_rng([seed, number])
    shape = kind.shapes[rng.integers(len(kind.shapes))]
    delivery = registers.delivery(shape)
    for _ in range(DRAWS):
        change = kind.make(delivery, rng)
        if change is not None and change.files != delivery.files:
            return Mutation(number, kind, shape, change)
    raise ValueError(f"{kind.group}, {kind.name}: no place for it was found in {DRAWS} draws")
