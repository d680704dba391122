"""The result files of `data/lists`: `python -m enclave_twin.lists.run`. A stopped run continues where it was.

Counts and searches are saved part by part below `_build/lists`. The same inputs and seed give the same bytes.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base import files, paths
from enclave.base.terms import DISTANCES, PAIR
from enclave.facts import conventions
from enclave_twin.lists import candidates, counting, parts, proofs, ratios, search
from enclave_twin.lists.candidates import BY_RULE, NAMES, NEAREST, REQUIRED, Candidate
from enclave_twin.lists.options import TREATED, Class, in_class, options
from enclave_twin.lists.search import AIMS, Archive

# conventions that are searched: the others differ from one of these by little
SEARCHED = [
    "equal_area",
    "lambert_china",
    "degrees_111",
    "web_mercator",
    "equal_area_main_part",
    "lambert_china_main_part",
]
# the class that is searched: documented parks of any level, and any year that they allow
ALL = Class(TREATED, bounds=True)
# required pairs for which a bound is proven
PROVEN = ["none", "example", "named"]
STARTS, TRIALS = 4, 40_000
# steps of a walk, and walks from one list: how far they differ shows how far to trust them
STEPS, WALKS = 100_000, 2
WALK = ["convention", "required", "aim", *NAMES, "cohort", "share", "range"]


def main(words: list[str] | None = None) -> None:
    """Write all result files."""
    parser = argparse.ArgumentParser(prog="enclave_twin.lists.run", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="seed of the searches and walks (default 1)")
    given = parser.parse_args(words)
    write(given.seed, paths.LISTS, paths.BUILD / "lists")


def write(seed: int, target: Path, work: Path, report: Callable[[str], object] = print) -> None:
    """All result files into `target`. `work` keeps the parts."""
    files.write_csv(committed(), target / "committed_conditions.csv")
    files.write_csv(counted(work, report), target / "counts.csv")
    found, walks = searched(seed, work, report)
    summaries, pairs, conditions = candidates.ranked(found, conventions.committed())
    files.write_csv(summaries, target / "candidates.csv")
    files.write_csv(pairs, target / "treated_candidates.csv")
    files.write_csv(conditions, target / "candidate_conditions.csv")
    files.write_csv(walks, target / "walks.csv")
    files.write_csv(proven(report), target / "proofs.csv")


def committed() -> pd.DataFrame:
    """The sixteen conditions of the committed list (`data/facts/treated.csv`) under each convention."""
    own = facts.treated()
    found = []
    for name, km in conventions.committed().items():
        far = own[PAIR].merge(km, on=PAIR, how="left")[DISTANCES].to_numpy()
        found.append(ratios.conditions(own["cohort"].to_numpy(), far).assign(convention=name))
    return pd.concat(found).round(candidates.DIGITS)


def proven(report: Callable[[str], object]) -> pd.DataFrame:
    """Fewest lower parks of a list with documented years that meets the eight conditions; empty if no list can.

    `convention`, `required` (a key of `REQUIRED`), `fewest_lower`.
    """
    own, rows = in_class(options(), Class(TREATED, bounds=False)), []
    for name, km in conventions.committed().items():
        rows += [(name, word, proofs.fewest_lower(own, km, candidates.codes(REQUIRED[word]))) for word in PROVEN]
        report(f"proven: {name}")
    table = pd.DataFrame(rows, columns=["convention", "required", "fewest_lower"])
    return table.astype({"fewest_lower": "Int64"})


def counted(work: Path, report: Callable[[str], object]) -> pd.DataFrame:
    """The counts of `parts.CLASSES`: lists by class, convention and lower parks, and those that meet the conditions."""
    found = [(one, parts.of_class(one, work, report)) for one in parts.CLASSES]
    return pd.concat([counting.by_lower(count, parts.COUNTED, one) for one, count in found])


def searched(seed: int, work: Path, report: Callable[[str], object]) -> tuple[list[Candidate], pd.DataFrame]:
    """The lists that searches choose, and how often walks among lists that meet an aim have each option."""
    measured, own, found, walks = conventions.committed(), in_class(options(), ALL), [], []
    for name in SEARCHED:
        for required, pairs in REQUIRED.items():
            order, space = search.space(own, measured[name], candidates.codes(pairs))
            for aim in AIMS:
                kept = _annealed(
                    space, aim, seed, work / f"search-{seed}-{name}-{required.replace(' ', '-')}-{aim}.npz"
                )
                for choice in (BY_RULE, NEAREST):
                    rows = order.loc[kept.options[candidates.chosen(kept, choice)]]
                    found.append(Candidate(name, required, aim, choice, rows.sort_values(PAIR, ignore_index=True)))
                if required in {"none", "example"} and kept.away.min() <= search.MET:
                    walks.append(_walks(order, space, kept, aim, seed).assign(convention=name, required=required))
        report(f"searched: {name}")
    return found, pd.concat(walks)[WALK] if walks else pd.DataFrame(columns=WALK)


def _annealed(space: search.Space, aim: str, seed: int, path: Path) -> Archive:
    """The archive of a search, from `path` if it is there."""
    if not path.exists():
        kept = search.annealed(space, ratios.asked(), aim, seed, STARTS, TRIALS)

        def save(file: Path) -> None:
            with file.open("wb") as open_file:
                np.savez(open_file, **kept._asdict())

        files.write_atomically(path, save)
    with np.load(path) as held:
        return Archive(held["away"], held["options"])


def _walks(order: pd.DataFrame, space: search.Space, kept: Archive, aim: str, seed: int) -> pd.DataFrame:
    """Shares of lists with each pair in walks from the nearest list: mean of the walks, and how far they differ."""
    start = kept.options[candidates.chosen(kept, NEAREST)]
    asked = ratios.asked()
    seen = [search.walked(space, asked, AIMS[aim], start, seed * WALKS + walk, STEPS) for walk in range(WALKS)]
    name = facts.cities().set_index("code")["name"]
    cities = {column: order[key].map(name) for column, key in zip(NAMES, PAIR, strict=True)}
    table = pd.DataFrame(
        {**cities, "cohort": order["cohort"], "share": np.mean(seen, axis=0), "range": np.ptp(seen, 0)}
    )
    return table[table["share"] > 0].sort_values([*NAMES, "cohort"]).round(4).assign(aim=aim)


if __name__ == "__main__":
    main()
