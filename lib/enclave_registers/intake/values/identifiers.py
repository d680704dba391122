"""Identifiers in one spelling, so that they meet between tables however each table was exported.

Exporters put a tab, an apostrophe, ="..." or a control character next to a long number, so that a spreadsheet keeps its
digits. Other programs pad with spaces, write full-width digits or change the case of letters. None of this belongs to
an identifier. Letters become capital letters, except in an identifier that mixes small and capital ones, where the case
may distinguish. A unified social credit code (18 characters, the third to eighth digits) has capital letters only.
"""

import numpy as np
import pandas as pd
import pyarrow as arrow
from pyarrow import compute

from enclave_registers import text_bytes
from enclave_registers.intake.values.adjustments import CAPITALS, MARKS

# white space, control characters and characters without width, and control characters as a workbook writes them
INVISIBLE = r"[\p{C}\p{Z}\s]+|_x00[01][0-9A-Fa-f]_"
# apostrophes, quotes and the equals sign of a formula, at the start or the end
MARK = "='\"`´‘’“”"
# what a sentence or a list puts around an identifier; within it such a sign may be its own
PUNCTUATION = ".,;:#()<>[]{}。、【】《》"
AROUND = "[" + "".join(f"\\{sign}" if sign in "[]" else sign for sign in MARK + PUNCTUATION) + "]+"
MARKS_AROUND = f"^{AROUND}|{AROUND}$"
CREDIT_CODE = "^[0-9A-Za-z]{2}[0-9]{6}[0-9A-Za-z]{10}$"
# whether a byte of UTF-8 text is sure to need no change: in an identifier, and in a code that may hold words
UNCHANGED = np.array(
    [0x20 < byte < 0x7F and chr(byte) not in MARK + PUNCTUATION and not chr(byte).islower() for byte in range(256)]
)
UNMARKED = np.array([byte >= 0x7F or (byte >= 0x20 and chr(byte) not in MARK) for byte in range(256)])


def normalised(values: pd.Series) -> tuple[pd.Series, dict[str, int]]:
    """The identifiers in one spelling, and how many changed, by kind. One of marks alone is missing.

    values : text, missing where there is no identifier
    """
    text = text_bytes.as_arrow(values)
    if UNCHANGED[text_bytes.of(text)].all():
        return values, {}
    plain = compute.replace_substring_regex(compute.utf8_normalize(text, "NFKC"), INVISIBLE, "")
    plain = compute.replace_substring_regex(plain, MARKS_AROUND, "")
    cased = compute.if_else(_in_one_case(plain), compute.utf8_upper(plain), plain)
    counts = {MARKS: _differing(text, plain), CAPITALS: _differing(plain, cased)}
    return _series(cased, values), {kind: count for kind, count in counts.items() if count}


def bare(values: pd.Series) -> tuple[pd.Series, dict[str, int]]:
    """Codes that may hold words, without what a spreadsheet put around them, and how many changed. Width stays."""
    text = text_bytes.as_arrow(values)
    if UNMARKED[text_bytes.of(text)].all():
        return values, {}
    plain = compute.replace_substring_regex(text, rf"^[\p{{C}}\s{MARK}]+|[\p{{C}}\s{MARK}]+$", "")
    count = _differing(text, plain)
    return (_series(plain, values), {MARKS: count}) if count else (values, {})


def _in_one_case(text: arrow.Array) -> arrow.Array:
    """Whether the letters of an identifier are small ones alone, or may be written in any case."""
    mixed = compute.match_substring_regex(text, "[A-Z]")
    return compute.or_(compute.invert(mixed), compute.match_substring_regex(text, CREDIT_CODE))


def _differing(one: arrow.Array, other: arrow.Array) -> int:
    return compute.sum(compute.not_equal(one, other)).as_py() or 0


def _series(text: arrow.Array, like: pd.Series) -> pd.Series:
    text = compute.if_else(compute.equal(text, ""), None, text)
    return pd.Series(pd.array(text, dtype="str"), index=like.index, name=like.name)
