"""Generated part on the campaign of damage, from the outcomes in `data/campaign`. `make mutate` finds them."""

import json
import re
from collections import Counter

import pandas as pd

from enclave.base import paths
from enclave_book.pages.markdown import table

# the outcome of panels that changed while the check reported nothing new
SILENT = "changed, as the records say"
# group and words in the name of a kind -> what nobody can know of such a change; the first that fits counts
UNKNOWABLE = (
    ("map", "", "a wrong line in the map that still makes sense"),
    ("", "exchanged|shifted|sorted", "values in the wrong record"),
    ("", "doubled with|repeated|twice|totals|blank", "a record too many"),
    ("rows|files|bytes", "records? lost|block lost|cut off|missing|zeros", "a record that is missing"),
    ("cells", "character|text|invisible|sign", "a misspelt name"),
    ("", "", "a plausible other value"),
)
NOTHING = "No campaign has been run yet: run `python run.py mutate`.\n"


def page(source: str) -> str:
    """How many mutations had which outcome: in one sentence, by group, and by kind; then what no check can know."""
    records = read()
    if not records:
        return NOTHING
    kinds = [kind for record in records for kind in record["kinds"]]
    changed = [row for record in records for row in record["changed"]]
    parts = [
        _sentence(records, kinds),
        table(_by(kinds, ["group"])),
        _heading("Each kind"),
        table(_by(kinds, ["group", "kind"])),
    ]
    return "\n\n".join([*parts, _heading("Panels that changed"), _changed(changed)]) + "\n"


def read() -> list[dict]:
    """The record of each seed, in the order of the seeds."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in paths.CAMPAIGN.glob("seed_*.json")]
    return sorted(records, key=lambda record: record["seed"])


def _heading(text: str) -> str:
    return f"### {text}"


def _sentence(records: list[dict], kinds: list[dict]) -> str:
    """The totals of all seeds in words."""
    total, tried = _total(kinds), sum(record["mutations"] for record in records)
    seeds = ", ".join(str(record["seed"]) for record in records)
    names = {(kind["group"], kind["kind"]) for kind in kinds}
    counts = ", ".join(f"{count:,} {outcome}" for outcome, count in total.items())
    return f"{tried:,} mutations of {len(names)} kinds (seeds {seeds}): {counts}."


def _total(kinds: list[dict]) -> Counter:
    """How often each outcome occurred, the commonest first."""
    total = Counter()
    for kind in kinds:
        total.update(kind["outcomes"])
    return Counter(dict(total.most_common()))


def _by(kinds: list[dict], keys: list[str]) -> pd.DataFrame:
    """A row for each group or kind, with the number of mutations and of each outcome."""
    shown = list(_total(kinds))
    rows = [{key: kind[key] for key in keys} | {"tried": kind["tried"], **kind["outcomes"]} for kind in kinds]
    frame = pd.DataFrame(rows).reindex(columns=[*keys, "tried", *shown]).fillna(0)
    summed = frame.groupby(keys, sort=False, as_index=False).sum()
    return summed.astype(dict.fromkeys(["tried", *shown], "int64"))


def _changed(changed: list[dict]) -> str:
    """Which kinds changed panels, how often, how many cells at most, and what cannot be known if nothing was told."""
    if not changed:
        return "No panel changed."
    rows = [
        {
            "group": row["group"],
            "kind": row["kind"],
            "outcome": row["outcome"],
            "times": 1,
            "cells at most": sum(row["cells"].values()),
            "what cannot be known": unknowable(row["group"], row["kind"]) if row["outcome"] == SILENT else "",
        }
        for row in changed
    ]
    how = {"times": "sum", "cells at most": "max"}
    keys = ["group", "kind", "outcome", "what cannot be known"]
    found = pd.DataFrame(rows).groupby(keys, sort=False, as_index=False).agg(how)
    return table(found.sort_values(["outcome", "what cannot be known"], kind="stable"))


def unknowable(group: str, kind: str) -> str:
    """What nobody can know of a silent change of this kind, as the section below the table explains it."""
    fits = (why for groups, words, why in UNKNOWABLE if re.search(groups, group) and re.search(words, kind))
    return next(fits)
