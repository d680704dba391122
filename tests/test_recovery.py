"""Dirty registers in, the planted counts out: every cell, at two seeds of dirt and from every file format."""

import pandas as pd
import pytest

from enclave import door, panels, paths, places
from enclave.twin import write

PAIR_PANELS = ["manufacturing", "all_industry", "branches"]
SEEDS = [11, 12]
FORMATS = ["parquet", "csv", "csv-gb18030", "xlsx", "dta"]


def build(source, folder, monkeypatch, **options):
    monkeypatch.setattr(paths, "BUILD", folder)
    write.registers(source, **options)
    door.admit(source)
    panels.build(source)


def planted(name, keys):
    codes = dict.fromkeys([key for key in keys if key != "year"], "str")
    return pd.read_csv(paths.TWIN / f"{name}.csv", dtype=codes).query("count > 0").sort_values(keys, ignore_index=True)


def cleaned(name, source, keys):
    panel = panels.read(name, source)
    return panel.loc[panel["count"] > 0, [*keys, "count"]].reset_index(drop=True)


@pytest.fixture(scope="module", params=SEEDS)
def built(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        build("dirty", tmp_path_factory.mktemp("dirty"), patch, seed=request.param)
        yield "dirty"


@pytest.mark.parametrize("name", PAIR_PANELS)
def test_cleaning_recovers_the_planted_counts_cell_by_cell(built, name):
    keys = ["helper", "recipient", "year"]
    pd.testing.assert_frame_equal(cleaned(name, built, keys), planted(name, keys), check_dtype=False)


def test_cleaning_recovers_the_planted_network_cell_by_cell(built):
    keys = ["investor", "investee", "year"]
    pd.testing.assert_frame_equal(cleaned("network", built, keys), planted("network", keys), check_dtype=False)


def test_cleaning_recovers_the_planted_areas_cell_by_cell(built):
    panel = panels.read("land", built).query("area_ha > 0")
    truth = pd.read_parquet(paths.planted(built) / "land.parquet")
    truth = truth[truth["county"].isin(panel["county"])].query("area_ha > 0")
    merged = panel.merge(truth, on=["county", "park", "year"], how="outer", suffixes=("", "_planted"), validate="1:1")
    assert (merged["area_ha"] == merged["area_ha_planted"]).all()


def test_the_seat_of_every_firm_is_the_planted_one_and_hopeless_firms_are_dropped(built):
    truth = pd.read_parquet(paths.planted(built) / "firms.parquet").set_index("firm_id")["city"]
    found = panels.seats(built).set_index("firm_id")["located"].reindex(truth.index)
    assert places.score(found, truth)["precision"] == 1
    assert places.score(found, truth)["recall"] == 1


def test_every_file_format_gives_the_same_bytes(tmp_path, small_counts, monkeypatch):
    made = {}
    for format in FORMATS:
        build("same", tmp_path / format, monkeypatch, seed=3, firms=4_000, counts=small_counts, format=format)
        made[format] = {file.name: file.read_bytes() for file in sorted(paths.panels("same").iterdir())}
    assert len(made["parquet"]) == 8
    for format in FORMATS[1:]:
        assert made[format] == made["parquet"], format
