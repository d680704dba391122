"""What the piece of the laboratory has in the page: the committed study, cell by cell, and what can be asked of it."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from enclave.exhibits import laboratory
from enclave.laboratory import scores, study
from enclave.laboratory.process import Dials

EFFECTS = ("none", "0.5 each year", "0.1, and 0.1 more each year")
MORE = (
    "nothing",
    "first cohorts have most of it",
    "falls with distance",
    "comes one year early",
    "comes three years early",
    "half of it on neighbours",
    "treated pairs are noisier",
    "counts (Poisson)",
    "counts with more variance",
)
SHORT = {"twfe": "Two-way", "never": "Never treated", "not_yet": "Not yet treated"}
# the state that the piece begins with, as places in the lists above
BASE = (1, 1, 0, 1, 0)
# a share of draws differs from 5 per cent by more than this in one of a hundred studies
SURE = 2.576


def content() -> dict:
    """The study for the script: dials (words, options, base), judged and short (names), draws, level, chance and cells.

    A cell, by the places chosen, has truth and results: bias, sd, rejects_truth and rejects_zero of each test. `held`
    is the place of a dial when there is one thing more.
    """
    made, cells = study.results(), asked()
    held = next(places for places in cells if places[-1])
    draws, level = int(made["draws"].iloc[0]), scores.LEVEL
    names = laboratory.named(made.head(len(made) // len(study.cells())))
    return {
        "dials": [
            {"words": words, "options": options, "base": base, "held": place}
            for ((words, options), base), place in zip(_dials(), held, strict=True)
        ],
        "judged": [f"{row.estimator}, {row.error}" for row in names.itertuples()],
        "short": short_names(made),
        "draws": draws,
        "level": level,
        "chance": SURE * float(np.sqrt(level * (1 - level) / draws)),
        "cells": {"_".join(map(str, places)): _cell(made, dials) for places, dials in cells.items()},
    }


def asked() -> dict[tuple[int, ...], Dials]:
    """Each cell of the study by the places of its dials in the lists of the piece."""
    made: dict[tuple[int, ...], Dials] = {}
    for dials in study.cells():
        more = next((at for at, one in enumerate(study.MORE, 1) if _has(dials, one)), 0)
        effect = study.EFFECT.index((dials.effect, dials.growth))
        places = (study.TREATED.index(dials.treated), study.SERIAL.index(dials.serial), study.DRIFT.index(dials.drift))
        made[*places, effect, more] = dials
    return made


def short_names(rows: pd.DataFrame) -> list[str]:
    """Names of the tests of one cell, short enough for a picture on a phone."""
    one = rows.drop_duplicates(["estimator", "error"])
    pairs = zip(one["estimator"], one["error"], strict=True)
    return [
        laboratory.ESTIMATORS.get(name, name) if name not in SHORT else f"{SHORT[name]}, {laboratory.ERRORS[error]}"
        for name, error in pairs
    ]


def _dials() -> list[tuple[tuple[str, list[str]], int]]:
    lists = [
        ("Treated pairs, of 90", [str(one) for one in study.TREATED]),
        ("Serial correlation", [f"{one:g}" for one in study.SERIAL]),
        ("Drift of treated pairs, each year", [f"{one:g}" for one in study.DRIFT]),
        ("Effect", list(EFFECTS)),
        ("One thing more", list(MORE)),
    ]
    return list(zip(lists, BASE, strict=True))


def _has(dials: Dials, one: dict) -> bool:
    """Whether a cell has this one thing more."""
    plain = asdict(Dials())
    return all(asdict(dials)[name] == value for name, value in one.items()) and all(
        asdict(dials)[name] == plain[name] for name in plain if name not in one and name in _MORE_NAMES
    )


_MORE_NAMES = {name for one in study.MORE for name in one}


def _cell(made: pd.DataFrame, dials: Dials) -> dict:
    rows = laboratory.cell(made, dials)
    columns = ["bias", "sd", "rejects_truth", "rejects_zero"]
    return {"truth": float(rows["truth"].iloc[0]), "results": rows[columns].astype(float).values.tolist()}
