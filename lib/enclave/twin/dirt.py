"""How dirt gets onto clean text and clean tables, and the record of what was planted."""

import re
from collections import Counter

import numpy as np
import pandas as pd

SPACES = (" ", "\u3000", "\u00a0")
TO_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
PRINTABLE = re.compile("[!-~]")
SPACED = 0.04
WIDENED = 0.1
REPEATED = 0.02


class Record:
    """Counts planted kinds of dirt per table."""

    def __init__(self):
        self._counts = Counter()

    def add(self, table: str, kind: str, rows) -> None:
        """Add a number of rows, or the number of true values in a mask."""
        self._counts[table, kind] += int(np.sum(rows))

    def frame(self) -> pd.DataFrame:
        """One row per table and kind, sorted: table, kind, count."""
        rows = [(*key, count) for key, count in sorted(self._counts.items())]
        return pd.DataFrame(rows, columns=["table", "kind", "count"])


def pick(rng: np.random.Generator, shares: dict, n: int) -> np.ndarray:
    """`n` keys of `shares`, drawn with these probabilities (object array)."""
    weights = np.array(list(shares.values()), float)
    return np.array(list(shares), object)[rng.choice(len(weights), n, p=weights / weights.sum())]


def smudge(text: np.ndarray, rng: np.random.Generator, record: Record, table: str) -> np.ndarray:
    """Stray white space (ASCII, ideographic, no-break) in some values, full-width forms in others; missing stays."""
    text = text.copy()
    ascii_inside = np.array([isinstance(value, str) and PRINTABLE.search(value) is not None for value in text])
    spaced = _some(pd.notna(text), SPACED, rng)
    where = rng.random((len(spaced), 2))
    text[spaced] = [_with_space(value, *at) for value, at in zip(text[spaced], where, strict=True)]
    wide = _some(ascii_inside, WIDENED, rng)
    text[wide] = [value.translate(TO_WIDE) for value in text[wide]]
    record.add(table, "stray spaces", len(spaced))
    record.add(table, "full-width characters", len(wide))
    return text


def _some(candidates: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Row numbers of a share of the candidates: at least one where there is any."""
    rows = np.flatnonzero(candidates)
    return rng.choice(rows, int(np.ceil(rate * len(rows))), replace=False)


def repeat(frame: pd.DataFrame, rng: np.random.Generator, record: Record, table: str) -> pd.DataFrame:
    """The table in random order with some records delivered twice."""
    n = int(np.ceil(REPEATED * len(frame)))
    rows = np.concatenate([np.arange(len(frame)), rng.choice(len(frame), n, replace=False)])
    record.add(table, "repeated records", n)
    return frame.iloc[rng.permutation(rows)].reset_index(drop=True)


def _with_space(text: str, which: float, where: float) -> str:
    place = int(where * (len(text) + 1))
    return text[:place] + SPACES[int(which * len(SPACES))] + text[place:]
