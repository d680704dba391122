"""An ensemble in place of one list: counts that print the same tables under many lists and ways of measuring.

The lists are those of `data/lists/candidates.csv` that hold both pairs which the paper names, each with the convention
of distances under which it was found. A member begins with a draw of the count process. Its counts, as real numbers,
are moved by damped Gauss-Newton steps until the columns without controls of Tables 1 to 4 print as in the paper. Then
ten estimators are applied to it, of which the tables print two.

`python -m enclave_twin.ensemble` makes the members that are missing, in about half an hour on two cores. A stopped run
continues where it was. If lists, distances or printed numbers have changed, all members are made anew.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from enclave.base import files
from enclave.base.terms import DISTANCES, PAIR, YEARS
from enclave.estimators.compare import compare
from enclave.exhibits.ensemble import FILE, MADE_FROM, MEMBER, made_from
from enclave.facts import conventions
from enclave_twin.fit import pair_lists, start, workers
from enclave_twin.fit.stages import NEVER, Found
from enclave_twin.lists import candidates

# pairs that the paper names as co-built parks (`data/lists/named_in_the_paper.csv`)
NAMED = 2
# members of the first list, to see what a draw does beside the list
REPEATS = 8
# draws that are tried for a member, and the sum of misses (half units) at which no further one is tried
TRIES = 6
ENOUGH = 5.0
DIGITS = 6


def members() -> list[tuple[int, int]]:
    """Rank of the list and number of the member: one for each list, `REPEATS` for the first."""
    ranks = candidates.committed().query("named_pairs == @NAMED")["rank"].sort_values().tolist()
    return [(rank, 0) for rank in ranks] + [(ranks[0], repeat) for repeat in range(1, REPEATS)]


def member(rank: int, repeat: int) -> tuple[Found, float]:
    """The counts of a member, and how far they are from print: the sum of all misses in half units of the last digit.

    Of up to `TRIES` draws the nearest is kept. Raises EnclaveError if there is no such list.
    """
    listed, convention = candidates.list_of(rank)
    distances = conventions.committed()[convention]
    treated = pair_lists.with_effects(listed, frozenset(), distances)
    made: list[tuple[float, Found]] = []
    for turn in range(TRIES):
        drawn = start.one_draw(treated, np.random.default_rng([rank, repeat, turn]))
        found = start.without_controls(_measured(drawn, distances))
        made.append((start.far(found), found))
        if made[-1][0] < ENOUGH:
            break
    away, nearest = min(made, key=lambda one: one[0])
    return nearest, away


def _measured(found: Found, distances: pd.DataFrame) -> Found:
    """The same with other distances."""
    pairs = found.pairs.drop(columns=DISTANCES).merge(distances[[*PAIR, *DISTANCES]], on=PAIR, how="left")
    return replace(found, pairs=pairs[list(found.pairs)])


def panel(found: Found) -> pd.DataFrame:
    """The real counts of a member as a panel: helper, recipient, year, count, cohort (missing = never treated)."""
    years = pd.DataFrame({"year": list(YEARS)})
    rows = found.pairs[[*PAIR, "cohort"]].merge(years, how="cross").assign(count=found.known_cells)
    return rows.assign(cohort=rows["cohort"].where(rows["cohort"] < NEVER).astype("Int64"))


def estimates(rank: int, repeat: int) -> pd.DataFrame:
    """The rows of a member in the committed file (see `enclave.exhibits.ensemble.read`)."""
    found, away = member(rank, repeat)
    _, convention = candidates.list_of(rank)
    made = compare(panel(found), "count")[["method", "estimate", "std_error"]].reset_index(drop=True)
    keys = {"rank": rank, "repeat": repeat, "convention": convention, "away": away}
    return made.assign(**keys)[[*keys, *made.columns]].round(DIGITS)


def make(report: Callable[[str], object] = print) -> None:
    """Write the members that are missing, two at a time."""
    files.make_folder(FILE.parent)
    checksum = made_from()
    known = MADE_FROM.exists() and MADE_FROM.read_text(encoding="utf-8").strip() == checksum
    rows = pd.read_csv(FILE) if known and FILE.exists() else pd.DataFrame(columns=MEMBER)
    there = set(rows[MEMBER].itertuples(index=False, name=None))
    with workers.two() as pool:
        waiting = {one: pool.submit(estimates, *one) for one in members() if one not in there}
        for (rank, repeat), done in waiting.items():
            fresh = done.result()
            rows = pd.concat([rows, fresh], ignore_index=True) if len(rows) else fresh
            rows = rows.sort_values(MEMBER, ignore_index=True, kind="stable")
            files.write_csv(rows, FILE)
            files.write_text(f"{checksum}\n", MADE_FROM)
            report(f"list {rank}, member {repeat}: {fresh['away'].iloc[0]:.2f} half units from print")


def main(words: list[str] | None = None) -> None:
    """Make all members that are missing."""
    argparse.ArgumentParser(prog="enclave_twin.ensemble", description=__doc__).parse_args(words)
    make()


if __name__ == "__main__":
    main()
