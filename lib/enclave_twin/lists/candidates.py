"""The rule that chooses a list, and the lists that it chooses under each convention.

Two lists are chosen from what a search found. By the *rule*: among lists at most `NEAR` half intervals away from print,
the fewest lower parks, then the fewest years that are bounds, then the nearest to print. If none is that near, the
nearest. And the *nearest* one, whatever its evidence. Required pairs are in the list in either case.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.base.terms import DISTANCES, PAIR
from enclave_twin.lists import ratios
from enclave_twin.lists.options import DOCUMENTED, LOWER, named
from enclave_twin.lists.search import MET, Archive

# half intervals, summed over all conditions, at which a list still agrees with print: an eighth of a rounding interval
NEAR = 0.25
# pairs that are in every list of a search, by what requires them; the first record is of a park of two cities
EXAMPLE, ENCLAVE, FIRST = ("Guangzhou", "Meizhou"), ("Shenzhen", "Shanwei"), ("Zhongshan", "Heyuan")
REQUIRED = {
    "none": [],
    "example": [EXAMPLE],
    "named": [EXAMPLE, ENCLAVE],
    "example and first": [EXAMPLE, FIRST],
}
BY_RULE, NEAREST = "rule", "nearest"
NAMES = ["helper_city", "recipient_city"]


class Candidate(NamedTuple):
    """A list: how it was found, and its rows (helper, recipient, cohort, park, level, basis)."""

    convention: str
    required: str
    aim: str
    choice: str
    rows: pd.DataFrame


def codes(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs of English names as codes."""
    code = facts.cities().set_index("name")["code"]
    return [(code[helper], code[recipient]) for helper, recipient in pairs]


def committed() -> pd.DataFrame:
    """The lists of `data/lists/candidates.csv`: rank, convention, how each was found, conditions it breaks."""
    return pd.read_csv(paths.LISTS / "candidates.csv")


def list_of(rank: int) -> tuple[pd.DataFrame, str]:
    """A committed list (helper, recipient, cohort; sorted) and the convention of distances under which it was found.

    Raises EnclaveError if no list has this rank.
    """
    found = committed().set_index("rank")
    if rank not in found.index:
        raise EnclaveError(
            f"candidates.csv has no list of rank {rank}. Choose one of {found.index[0]} to {found.index[-1]}."
        )
    rows = pd.read_csv(paths.LISTS / "treated_candidates.csv").query("rank == @rank")
    made = pd.DataFrame(codes(list(rows[NAMES].itertuples(index=False, name=None))), columns=PAIR)
    made = made.assign(cohort=rows["cohort"].to_numpy()).sort_values(PAIR, ignore_index=True)
    return made, str(found.loc[rank, "convention"])


def chosen(kept: Archive, choice: str) -> tuple[int, int]:
    """The place in the archive (lower parks, bounds) of the list that a choice takes."""
    away = np.where(kept.away <= MET, 0.0, kept.away)
    near = away <= (NEAR if choice == BY_RULE else 0.0)
    if near.any():
        lower, bounds = np.nonzero(near)
        first = min(zip(lower, bounds, strict=True))
    else:
        first = np.unravel_index(away.argmin(), away.shape)
    return int(first[0]), int(first[1])


def judged(one: Candidate, km: pd.DataFrame) -> pd.DataFrame:
    """The sixteen conditions of a list (see `ratios.conditions`); `km`: distances of the pairs under its convention."""
    far = one.rows[PAIR].merge(km, on=PAIR, how="left")[DISTANCES].to_numpy()
    return ratios.conditions(one.rows["cohort"].to_numpy(), far)


def summary(one: Candidate, conditions: pd.DataFrame) -> dict:
    """One row on a list: its evidence, conditions broken and half intervals away, and its weighted mean distances."""
    plain, slopes = conditions[conditions["controls"] == 0], conditions[conditions["condition"] == ratios.SLOPE]
    pairs = set(zip(one.rows["helper"], one.rows["recipient"], strict=True))
    required = codes([(row.helper_city, row.recipient_city) for row in named().itertuples()])
    return {
        "convention": one.convention,
        "required": one.required,
        "aim": one.aim,
        "choice": one.choice,
        "named_pairs": sum(pair in pairs for pair in required),
        "lower": int((one.rows["level"] == LOWER).sum()),
        "bounds": int((~one.rows["basis"].isin(DOCUMENTED)).sum()),
        "broken_8": int((plain["missed"] > 0).sum()),
        "away_8": float(plain["missed"].sum()),
        "broken_16": int((conditions["missed"] > 0).sum()),
        "away_16": float(conditions["missed"].sum()),
        **{column: float(slopes.loc[slopes["distance"] == column, "given_low"].iloc[0]) for column in DISTANCES},
    }


def ranked(
    found: list[Candidate], measured: dict[str, pd.DataFrame]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """All lists, the best first, as three tables with a common `rank`: summaries, pairs, conditions.

    Rank: named pairs first, then lists within `NEAR` of the sixteen conditions by lower parks, bounds and distance from
    print, then the others by distance. A list that was found twice under one convention is kept once.
    """
    conditions = [judged(one, measured[one.convention]) for one in found]
    table = pd.DataFrame([summary(one, own) for one, own in zip(found, conditions, strict=True)])
    keys = [(one.convention, tuple(one.rows[[*PAIR, "cohort"]].itertuples(index=False, name=None))) for one in found]
    table = table[~pd.Series(keys, dtype=object).duplicated()].round(DIGITS)
    far = table["away_16"] > NEAR
    order = pd.DataFrame(
        {
            "named": -table["named_pairs"],
            "far": far,
            "lower": table["lower"].where(~far, 0),
            "bounds": table["bounds"].where(~far, 0),
            "away": table["away_16"],
            "convention": table["convention"],
        }
    )
    table = table.loc[order.sort_values(list(order)).index]
    ranks = {number: rank for rank, number in enumerate(table.index, start=1)}
    pairs = [named_rows(found[number].rows).assign(rank=rank) for number, rank in ranks.items()]
    rows = [conditions[number].assign(rank=rank) for number, rank in ranks.items()]
    table.insert(0, "rank", range(1, len(table) + 1))
    return table, _first("rank", pd.concat(pairs)), _first("rank", pd.concat(rows).round(DIGITS))


# digits of the result files: of distances in km, of gains in R2 and of half intervals
DIGITS = {
    **dict.fromkeys(DISTANCES, 3),
    **dict.fromkeys(["asked_low", "asked_high", "given_low", "given_high"], 6),
    **dict.fromkeys(["missed", "away_8", "away_16"], 4),
}


def named_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The pairs of a list with English names, as `data/facts/treated.csv` has them, and the level of the park."""
    name = facts.cities().set_index("code")["name"]
    cities = {column: rows[key].map(name) for column, key in zip(NAMES, PAIR, strict=True)}
    table = rows.assign(**cities).sort_values(NAMES).rename(columns={"park": "park_zh"})
    return table[[*NAMES, "cohort", "park_zh", "level", "basis"]]


def _first(column: str, table: pd.DataFrame) -> pd.DataFrame:
    return table[[column, *table.columns.drop(column)]]
