"""Names and addresses without what a web page, a spreadsheet or a supplier put into them.

Search pages mark the words that were searched for (`<em>广州</em>`), and their exports keep the marks. Some suppliers
write the former name behind the name, and some exporters protect every cell from a spreadsheet, as ="..." or by an
apostrophe. Others write 廣州市 for 广州市. The cleaning reads cities and parents from names, so none of this may stay.
"""

import numpy as np
import pandas as pd
import pyarrow as arrow
from pyarrow import compute

from enclave_registers import text_bytes
from enclave_registers.intake.values import place_names
from enclave_registers.intake.values.adjustments import FORMER_NAME, MARKS, MARKUP, TRADITIONAL

# table -> columns with names of firms and persons, and with addresses
COLUMNS = {
    "firms": ("name",),
    "shareholders": ("shareholder_name",),
    "branches": ("name", "parent_name"),
    "land": ("location",),
}
TAG = r"</?[A-Za-z][^<>]*>"
ENTITIES = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
SIGNS = (ord("<"), ord("&"))
# a formula or quotes around a whole name, an apostrophe before it, and characters that are not seen, also as a workbook
# writes them (_x000D_); white space stays
INVISIBLE = r"[\x00-\x08\x0e-\x1f\x7f\p{Cf}]+|_x00[01][0-9A-Fa-f]_"
FORMULA, BEFORE = r'^\s*="(.*)"\s*$', r"^\s*['`]+|^\t+|\t+$"
QUOTED = r'^\s*(?:"([^"“”]*)"|“([^"“”]*)”)\s*$'
# bytes with which such a sign begins: control characters, =, quotes, and most characters without width
MARKED = [*range(0x20), 0x7F, ord("="), ord("'"), ord('"'), ord("`"), ord("_"), 0xC2, 0xE2]
BYTE_ORDER = "\ufeff"
FORMER = ("曾用名", "原名")
BEHIND = rf"^(.*?\S)\s*[（(【\[]?\s*(?:{'|'.join(FORMER)})称?\s*[:：].*$"


def plain(values: pd.Series) -> tuple[pd.Series, dict[str, int]]:
    """The texts without marks of a web page and without former names, and how many changed, by kind.

    values : text, missing where there is none
    """
    text = text_bytes.as_arrow(values)
    bare = _without_marks(text)
    unmarked = _without_markup(bare)
    current = _without_former(unmarked)
    simple = _simplified(current)
    if simple is text:
        return values, {}
    counts = {MARKS: _differing(text, bare), MARKUP: _differing(bare, unmarked)}
    counts |= {FORMER_NAME: _differing(unmarked, current), TRADITIONAL: _differing(current, simple)}
    made = pd.Series(pd.array(simple, dtype="str"), index=values.index, name=values.name)
    return made, {kind: count for kind, count in counts.items() if count}


def _without_marks(text: arrow.Array) -> arrow.Array:
    """The texts as they are if none has such a mark."""
    found = text_bytes.of(text)
    is_marked = np.isin(found, MARKED).any() or compute.any(compute.match_substring(text, BYTE_ORDER)).as_py()
    if not is_marked:
        return text
    made = compute.replace_substring_regex(text, INVISIBLE, "")
    made = compute.replace_substring_regex(made, BEFORE, "")
    made = compute.replace_substring_regex(made, FORMULA, r"\1")
    made = compute.replace_substring_regex(made, QUOTED, r"\1\2")
    return made if _differing(text, made) else text


def _without_markup(text: arrow.Array) -> arrow.Array:
    found = text_bytes.of(text)
    if not any((found == sign).any() for sign in SIGNS):
        return text
    made = compute.replace_substring_regex(text, TAG, "")
    for entity, sign in ENTITIES.items():
        made = compute.replace_substring(made, entity, sign)
    return made


def _without_former(text: arrow.Array) -> arrow.Array:
    """A text that begins with the word for a former name does not change."""
    if not any(compute.any(compute.match_substring(text, word)).as_py() for word in FORMER):
        return text
    return compute.replace_substring_regex(text, BEHIND, r"\1")


def _simplified(text: arrow.Array) -> arrow.Array:
    """The texts in simplified characters, where they name places or parks in traditional ones."""
    found = compute.match_substring_regex(text, f"[{place_names.TRADITIONAL}]")
    if not compute.any(found).as_py():
        return text
    made = text.to_pandas().astype("str").str.translate(place_names.SIMPLIFIED)
    return compute.if_else(found.fill_null(False), arrow.array(made, arrow.large_string(), from_pandas=True), text)


def _differing(one: arrow.Array, other: arrow.Array) -> int:
    return compute.sum(compute.not_equal(one, other)).as_py() or 0
