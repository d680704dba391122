"""Texts as rows of numbered words, so that a million names are composed as integers and converted to text once.

Every word (a place, a syllable, a legal form) has a number, which is the same in the whole process. A text is a row of
such numbers. `spell` converts rows into an Arrow array of texts. Number 0 is the empty word.
"""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_WORDS = [""]
_NUMBERS = {"": 0}
# digits of an identifier
DIGITS = 9


def number(words) -> np.ndarray:
    """The number of each word (int32); a word that has none yet gets the next one."""
    for word in words:
        if word not in _NUMBERS:
            _NUMBERS[word] = len(_WORDS)
            _WORDS.append(word)
    return np.fromiter((_NUMBERS[word] for word in words), np.int32, len(words))


def one(word: str) -> np.int32:
    """The number of one word."""
    return number([word])[0]


def row(*columns) -> np.ndarray:
    """Rows of numbers (int32, n x words) from columns of one length: vectors, matrices or single numbers."""
    n = next(len(column) for column in columns if np.ndim(column))
    return np.column_stack([column if np.ndim(column) else np.full(n, column, np.int32) for column in columns])


def fill(rows: np.ndarray, at: np.ndarray, values: np.ndarray) -> None:
    """Write `values` into the rows numbered `at`. Further words of these rows become empty."""
    padded = np.zeros((len(at), rows.shape[1]), np.int32)
    padded[:, : values.shape[1]] = values
    rows[at] = padded


def spell(rows: np.ndarray) -> pa.StringArray:
    """The text of each row (n x words, or one word each); null for a row without words."""
    n, width = len(rows), rows.shape[1] if rows.ndim > 1 else 1
    flat = _book(len(_WORDS)).take(pa.array(np.ascontiguousarray(rows, np.int32).ravel()))
    _, offsets, data = flat.buffers()
    starts = np.ascontiguousarray(np.frombuffer(offsets, np.int32)[: n * width + 1 : width])
    return _array(starts, data, missing=starts[1:] == starts[:-1])


def contain(rows: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Mask of the rows (n x words) that contain one of some words."""
    wanted = np.zeros(len(_WORDS), bool)
    wanted[words] = True
    return np.any(wanted[rows], axis=1)


def printable(text: pa.StringArray) -> np.ndarray:
    """Row numbers of the texts with a printable ASCII character other than the space, in order."""
    starts = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    letters = np.frombuffer(text.buffers()[2] or b"", np.uint8)[starts[0] : starts[-1]]
    places = starts[0] + np.flatnonzero(letters - np.uint8(0x21) < 0x7F - 0x21)
    rows = np.unique(np.searchsorted(starts, places, side="right") - 1)
    return rows[text.is_valid().to_numpy(zero_copy_only=False)[rows]]


def identifiers(letter: str, numbers: np.ndarray, missing: np.ndarray | None = None) -> pa.StringArray:
    """A letter and `DIGITS` digits each; null where the mask `missing` is true."""
    text = np.empty((len(numbers), 1 + DIGITS), np.uint8)
    text[:, 0] = ord(letter)
    rest = np.asarray(numbers).astype(np.uint32)
    for place in range(DIGITS, 0, -1):
        tens = rest // np.uint32(10)
        text[:, place] = rest - tens * np.uint32(10) + np.uint32(ord("0"))
        rest = tens
    starts = np.arange(len(numbers) + 1, dtype=np.int32) * (1 + DIGITS)
    return _array(starts, pa.py_buffer(text), missing)


def replaced(text: pa.StringArray, where: np.ndarray, values: pa.StringArray) -> pa.StringArray:
    """The texts, with those where the mask `where` is true replaced by `values` (one per true value, in order)."""
    return pc.replace_with_mask(text, pa.array(where), values)


def joined(*texts: pa.StringArray) -> pa.StringArray:
    """The texts of several arrays concatenated, element by element."""
    return pc.binary_join_element_wise(*texts, "")


def nothing(n: int) -> pa.StringArray:
    """`n` nulls."""
    return pa.nulls(n, pa.string())


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """The table with other values in one column."""
    return table.set_column(table.schema.get_field_index(name), name, values)


def _array(starts: np.ndarray, data: pa.Buffer | None, missing: np.ndarray | None) -> pa.StringArray:
    """An array from the bytes of all texts in `data` and the start of each; null where the mask `missing` is true."""
    present = pa.array(~missing).buffers()[1] if missing is not None and missing.any() else None
    data = pa.py_buffer(b"") if data is None else data
    return pa.StringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), data, present)


@cache
def _book(size: int) -> pa.StringArray:
    """The first `size` words."""
    return pa.array(_WORDS[:size], pa.string())
