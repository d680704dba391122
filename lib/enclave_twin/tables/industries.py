"""The synthetic industry table: real divisions of GB/T 4754 under invented keys, with codes in every style."""

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave import facts
from enclave_twin.text import words
from enclave_twin.text.data_errors import Record, draw

# styles of an industry code
CODE_FORMS = ("{division}", "{section}{division}", "{division}1", "{section}{division}2", "{division}10")
# share of firms outside manufacturing whose key is missing, and whose key is not in the table
NO_INDUSTRY = {"missing": 0.02, "dangling": 0.01}
TABLE = "industries"


def register(record: Record) -> pd.DataFrame:
    """The industry table as delivered. The record counts its codes by style and vintage."""
    rows = entries()
    lettered = rows["code"].str.match("[A-Z]")
    record.add(TABLE, "code with section letter", lettered)
    for digits, n in rows["code"].str.count(r"\d").value_counts().items():
        record.add(TABLE, f"code of {digits} digits", n)
    for standard, n in rows["standard"].value_counts().items():
        record.add(TABLE, f"vintage {standard}", n)
    return rows


def entries() -> pd.DataFrame:
    """Each division of each vintage by codes of two to four digits, with and without section letter."""
    rows = facts.industries().merge(pd.Series(CODE_FORMS, name="form"), how="cross")
    rows["code"] = [row.form.format(division=row.division, section=row.section) for row in rows.itertuples()]
    rows["name"] = rows["name_zh"].where(~rows["code"].str.contains(r"\d{3}"), rows["name_zh"] + " 细类")
    rows["industry_id"] = "H" + pd.Series(np.arange(len(rows))).astype(str).str.zfill(5)
    return rows[["industry_id", "standard", "code", "name", "section"]]


def identifiers(manufacturing: np.ndarray, rng: np.random.Generator, record: Record) -> pa.StringArray:
    """Keys into the industry table. Outside manufacturing some are missing or not in the table."""
    known = entries()
    keys, made = words.number(known["industry_id"].tolist()), (known["section"] == "C").to_numpy()
    ids = np.empty(len(manufacturing), np.int32)
    for kind in (True, False):
        rows = np.flatnonzero(manufacturing == kind)
        ids[rows] = rng.choice(keys[made == kind], len(rows))
    shares = NO_INDUSTRY | {"none": 1 - sum(NO_INDUSTRY.values())}
    fault = draw(rng, shares, len(manufacturing))
    for kind, instead in zip(NO_INDUSTRY, ("", "H99999"), strict=True):
        rows = (fault == list(shares).index(kind)) & ~manufacturing
        ids[rows] = words.one(instead)
        record.add("firms", f"industry {kind}", rows)
    return words.spell(ids)
