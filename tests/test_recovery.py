"""Dirty registers in, the planted counts out: every cell, at two seeds of dirt and from every file format."""

from dataclasses import replace

import pandas as pd
import pytest

from enclave import cohorts, door, engine, panels, paths, places, registers, twins
from enclave.flow import Flow
from enclave.twin import write

PAIR_PANELS = ["manufacturing", "all_industry", "branches"]
SEEDS = [11, 12]
CELL = ["helper", "recipient", "year"]
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


def test_cleaning_recovers_the_counts_from_a_million_firms(tmp_path, monkeypatch):
    build("large", tmp_path, monkeypatch, firms=1_000_000, seed=5)
    for name in PAIR_PANELS:
        keys = ["helper", "recipient", "year"]
        pd.testing.assert_frame_equal(cleaned(name, "large", keys), planted(name, keys), check_dtype=False)
    keys = ["investor", "investee", "year"]
    pd.testing.assert_frame_equal(cleaned("network", "large", keys), planted("network", keys), check_dtype=False)


def _a_firm_with_one_link():
    """The only link of a manufacturing firm, from a treated helper in a treated year: firm_id, helper, recipient, year.

    Found among all links between the 21 cities, so that nothing else can move with the firm.
    """
    raw, flow = engine.open_raw("twin", engine.connect()), Flow()
    raw = replace(raw, seats=registers.seats(raw, flow))
    links = registers.clean(raw, flow)["network"].select("firm_id", "investor", "investee", "year").execute()
    links = links.rename(columns={"investor": "helper", "investee": "recipient"}).drop_duplicates("firm_id", keep=False)
    links = links.merge(cohorts.of("twin"), on=["helper", "recipient"])
    return links.query("cohort <= year").sort_values("firm_id").iloc[0]


def test_one_changed_record_moves_its_own_cell_alone_and_the_scorecard_notices(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    write.registers("twin")
    folder = paths.registers("twin")
    door.admit("twin")
    panels.build("twin")
    before = {name: panels.read(name, "twin") for name in [*PAIR_PANELS, "network", "yearbook"]}
    moved = _a_firm_with_one_link()
    firms = pd.read_parquet(folder / "firms.parquet")
    farm = pd.read_parquet(folder / "industries.parquet").query("code == 'A01'")["industry_id"].iloc[0]
    firms.loc[firms["firm_id"] == moved["firm_id"], "industry_id"] = farm
    firms.to_parquet(folder / "firms.parquet", index=False)
    door.admit("twin")
    panels.build("twin")
    after = {name: panels.read(name, "twin") for name in before}
    for name, keys in (("manufacturing", CELL), ("network", ["investor", "investee", "year"])):
        both = before[name].merge(after[name], on=keys, suffixes=("", "_after"))
        changed = both[both["count"] != both["count_after"]]
        assert changed[keys].to_numpy().tolist() == [moved[CELL].tolist()], name
        assert (changed["count"] - changed["count_after"]).tolist() == [1]
    for name in ("all_industry", "branches", "yearbook"):
        pd.testing.assert_frame_equal(before[name], after[name])
    grades = [twins.scored({name: made[name] for name in twins.NAMES})["grade"] for made in (before, after)]
    assert (grades[1] == "exact").sum() < (grades[0] == "exact").sum() - 10
