"""Data errors: spaces and full-width characters in text, repeated records; and the record that counts them."""

from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave_twin.text import words

# white space of registers: ASCII, ideographic, no-break
SPACES = (" ", "\u3000", "\u00a0")
# printable ASCII characters -> their full-width forms
TO_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
# share of values with a stray space
SPACED = 0.04
# share of values with ASCII characters that are written in full-width forms
WIDENED = 0.1
# share of records that are delivered twice
REPEATED = 0.02


class Record:
    """Counts data errors and noise records per table and kind."""

    def __init__(self) -> None:
        self._counts = Counter()

    def add(self, table: str, kind: str, rows) -> None:
        """Add a number of rows, or the number of true values of a mask."""
        self._counts[table, kind] += int(np.sum(rows))

    def frame(self) -> pd.DataFrame:
        """One row per table and kind, sorted: table, kind, count."""
        rows = [(*key, count) for key, count in sorted(self._counts.items())]
        return pd.DataFrame(rows, columns=["table", "kind", "count"])


def draw(rng: np.random.Generator, shares: dict, n: int) -> np.ndarray:
    """`n` positions in `shares` (from 0), drawn with these probabilities."""
    weights = np.array(list(shares.values()), float)
    return rng.choice(len(weights), n, p=weights / weights.sum())


def pick(rng: np.random.Generator, shares: dict, n: int) -> np.ndarray:
    """`n` keys of `shares`, drawn with these probabilities (object array)."""
    return np.array(list(shares), object)[draw(rng, shares, n)]


def corrupt_text(text: pa.StringArray, rng: np.random.Generator, record: Record, table: str) -> pa.StringArray:
    """The texts with stray white space in some values and full-width forms in others. Missing values stay missing."""
    lettered = words.printable(text)
    spaced = _some(np.flatnonzero(text.is_valid()), SPACED, rng)
    at = rng.random((len(spaced), 2)).T.tolist()
    text = _rewritten(text, spaced, [_with_space(*each) for each in zip(_listed(text, spaced), *at, strict=True)])
    wide = _some(lettered, WIDENED, rng)
    text = _rewritten(text, wide, [value.translate(TO_WIDE) for value in _listed(text, wide)])
    record.add(table, "stray spaces", len(spaced))
    record.add(table, "full-width characters", len(wide))
    return text


def _listed(text: pa.StringArray, rows: np.ndarray) -> list[str]:
    return text.take(pa.array(rows)).to_pylist()


def _rewritten(text: pa.StringArray, rows: np.ndarray, values: list[str]) -> pa.StringArray:
    """The texts with `values` in the given rows, which may be in any order."""
    where = np.zeros(len(text), bool)
    where[rows] = True
    return words.replaced(text, where, pa.array(values, pa.string()).take(pa.array(np.argsort(rows))))


def _some(rows: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """A random share of the row numbers: at least one if there are any."""
    return rng.choice(rows, int(np.ceil(rate * len(rows))), replace=False)


def repeat(n: int, rng: np.random.Generator, record: Record, table: str) -> np.ndarray:
    """The numbers of `n` rows in random order; some are in it twice."""
    again = int(np.ceil(REPEATED * n))
    rows = np.concatenate([np.arange(n), rng.choice(n, again, replace=False)])
    record.add(table, "repeated records", again)
    return rng.permutation(rows)


def _with_space(text: str, which: float, where: float) -> str:
    place = int(where * (len(text) + 1))
    return text[:place] + SPACES[int(which * len(SPACES))] + text[place:]
