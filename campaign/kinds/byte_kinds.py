"""Mutations of the bytes of a file, whatever they hold: as a disk, a transfer or an editor damages them."""

from collections.abc import Callable
from functools import partial

import numpy as np

from campaign import registers
from campaign.delivery import Delivery
from campaign.kinds import places
from campaign.mutation import Change, Kind
from enclave.base import paths

Bytes = Callable[[bytes, np.random.Generator], bytes]
BLOCK = 512
# share of the draws that take any file of a delivery, workbooks and notes included
ANY_FILE = 0.15


def _flip(content: bytes, rng) -> bytes:
    at = int(rng.integers(len(content)))
    return content[:at] + bytes([content[at] ^ (1 << int(rng.integers(8)))]) + content[at + 1 :]


def _replace(content: bytes, rng) -> bytes:
    at = int(rng.integers(len(content)))
    return content[:at] + bytes([int(rng.integers(256))]) + content[at + 1 :]


def _lose(content: bytes, rng) -> bytes:
    at = int(rng.integers(len(content)))
    return content[:at] + content[at + 1 :]


def _add(content: bytes, rng) -> bytes:
    at = int(rng.integers(len(content)))
    return content[:at] + bytes([int(rng.integers(256))]) + content[at:]


def _add_sign(content: bytes, rng) -> bytes:
    """One of the signs that structure a text table."""
    at = int(rng.integers(len(content)))
    return content[:at] + rng.choice([b'"', b",", b"\n", b"\r", b";", b"\t", b"|"]) + content[at:]


def _truncate(content: bytes, rng) -> bytes:
    return content[: int(rng.integers(1, len(content)))]


def _block(content: bytes, rng) -> int:
    return int(rng.integers(max(1, len(content) - BLOCK)))


def _zero(content: bytes, rng) -> bytes:
    at = _block(content, rng)
    return content[:at] + bytes(len(content[at : at + BLOCK])) + content[at + BLOCK :]


def _lose_block(content: bytes, rng) -> bytes:
    at = _block(content, rng)
    return content[:at] + content[at + BLOCK :]


def _repeat_block(content: bytes, rng) -> bytes:
    at = _block(content, rng)
    return content[: at + BLOCK] + content[at:]


def _exchange_blocks(content: bytes, rng) -> bytes:
    one, other = sorted((_block(content, rng), _block(content, rng)))
    middle = content[one + BLOCK : other]
    return (
        content[:one]
        + content[other : other + BLOCK]
        + middle
        + content[one : one + BLOCK]
        + content[max(other, one + BLOCK) + BLOCK :]
    )


def _of_file(change: Bytes, delivery: Delivery, rng: np.random.Generator) -> Change:
    """Change the bytes of any file: of each table with the same chance, in workbooks and archives as they are."""
    name = _name(delivery, rng)
    content = delivery.files[name]
    inside = name in delivery.sheets and rng.random() < 0.5
    style = delivery.sheets[name].style if inside else None
    made = style.packed(change(style.unpacked(content), rng)) if style else change(content, rng)
    return Change(delivery.files | {name: made}, name)


def _name(delivery: Delivery, rng: np.random.Generator) -> str:
    """A text table, each raw table with the same chance, or now and then any other file but the map."""
    if delivery.sheets and rng.random() >= ANY_FILE:
        return places.file(delivery, rng)
    return str(rng.choice(sorted(delivery.files.keys() - {paths.DELIVERY_MAP})))


def _kind(name: str, change: Bytes, reach: int | None) -> Kind:
    return Kind(name, "bytes", reach, partial(_of_file, change), (*registers.SHAPES, registers.FORMATS))


KINDS = [
    _kind("a bit flipped", _flip, 2),
    _kind("a byte replaced", _replace, 2),
    _kind("a byte lost", _lose, 2),
    _kind("a byte added", _add, 2),
    _kind("a delimiter, quote or line end added", _add_sign, 2),
    _kind("the file cut off", _truncate, None),
    _kind("a block of zeros", _zero, None),
    _kind("a block lost", _lose_block, None),
    _kind("a block repeated", _repeat_block, None),
    _kind("two blocks exchanged", _exchange_blocks, None),
]
