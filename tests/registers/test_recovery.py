"""Registers with data errors in, the target counts out: every cell, at two seeds and from every file format."""

import pandas as pd
import pytest
from recovery import build, cleaned, true_counts

from enclave import facts, panels
from enclave.base import paths
from enclave.base.terms import PAIR_PANELS
from enclave.exhibits import appendix_d
from enclave.facts import treated_pairs
from enclave_registers.cleaning import city_from_text, pipeline
from enclave_registers.intake import validate
from enclave_twin import write

SEEDS = [11, 12]
CELL = ["helper", "recipient", "year"]
FORMATS = ["parquet", "csv", "csv-gb18030", "xlsx", "dta"]


@pytest.fixture(scope="module", params=SEEDS)
def built(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        build("dirty", tmp_path_factory.mktemp("dirty"), patch, seed=request.param)
        yield "dirty"


@pytest.mark.parametrize("name", PAIR_PANELS)
def test_cleaning_recovers_the_true_counts_cell_by_cell(built, name):
    keys = ["helper", "recipient", "year"]
    pd.testing.assert_frame_equal(cleaned(name, built, keys), true_counts(name, keys), check_dtype=False)


def test_cleaning_recovers_the_true_network_cell_by_cell(built):
    keys = ["investor", "investee", "year"]
    pd.testing.assert_frame_equal(cleaned("network", built, keys), true_counts("network", keys), check_dtype=False)


def test_cleaning_recovers_the_true_areas_cell_by_cell(built):
    panel = panels.read("land", built).query("area_ha > 0")
    truth = pd.read_parquet(paths.ground_truth(built) / "land.parquet")
    truth = truth[truth["county"].isin(panel["county"])].query("area_ha > 0")
    merged = panel.merge(truth, on=["county", "park", "year"], how="outer", suffixes=("", "_true"), validate="1:1")
    assert (merged["area_ha"] == merged["area_ha_true"]).all()


def test_the_city_of_every_firm_is_the_true_one_and_firms_without_one_are_dropped(built):
    truth = pd.read_parquet(paths.ground_truth(built) / "firms.parquet").set_index("firm_id")["city"]
    found = pipeline.seats(built).set_index("firm_id")["located"].reindex(truth.index)
    assert city_from_text.score(found, truth)["precision"] == 1
    assert city_from_text.score(found, truth)["recall"] == 1


def test_every_file_format_gives_the_same_bytes(tmp_path, small_counts, monkeypatch):
    made = {}
    for format in FORMATS:
        build("same", tmp_path / format, monkeypatch, seed=3, firms=4_000, counts=small_counts, format=format)
        made[format] = {file.name: file.read_bytes() for file in sorted(paths.panels("same").iterdir())}
    assert len(made["parquet"]) == 8
    for format in FORMATS[1:]:
        assert made[format] == made["parquet"], format


@pytest.mark.slow
def test_cleaning_recovers_the_counts_from_a_million_firms(tmp_path, monkeypatch):
    build("large", tmp_path, monkeypatch, firms=1_000_000, seed=5)
    for name in PAIR_PANELS:
        keys = ["helper", "recipient", "year"]
        pd.testing.assert_frame_equal(cleaned(name, "large", keys), true_counts(name, keys), check_dtype=False)
    keys = ["investor", "investee", "year"]
    pd.testing.assert_frame_equal(cleaned("network", "large", keys), true_counts("network", keys), check_dtype=False)


def _a_firm_is_added(folder, industry):
    """A new firm in the recipient of a treated pair, owned by a firm of its helper: helper, recipient, year.

    The owner stands in no firm master, so that its name tells its city.
    """
    firms, stakes = (pd.read_parquet(folder / f"{name}.parquet") for name in ("firms", "shareholders"))
    pair, named = treated_pairs.of_source("twin").iloc[0], facts.cities().set_index("code")["name_zh"]
    helper, recipient = named[pair["helper"]], named[pair["recipient"]]
    day = pd.Timestamp(year=int(pair["cohort"]) + 1, month=5, day=6)
    firm = {"firm_id": "NEW", "name": f"{recipient}新办有限公司", "city": recipient, "province": "广东省"}
    stake = {"firm_id": "NEW", "shareholder_name": f"{helper}开办有限公司", "shareholder_type": "企业法人"}
    firms.loc[len(firms)] = firm | {"industry_id": industry, "established": day}
    stakes.loc[len(stakes)] = stake | {"invested_on": day}
    firms.to_parquet(folder / "firms.parquet", index=False)
    stakes.to_parquet(folder / "shareholders.parquet", index=False)
    return [pair["helper"], pair["recipient"], day.year]


def _panels_with_the_firm_in(folder, code):
    """Panels after the new firm's record names an industry of this code."""
    industries, firms = (pd.read_parquet(folder / f"{name}.parquet") for name in ("industries", "firms"))
    firms.loc[firms["firm_id"] == "NEW", "industry_id"] = industries.query("code == @code")["industry_id"].iloc[0]
    firms.to_parquet(folder / "firms.parquet", index=False)
    validate.store("twin")
    pipeline.build("twin")
    return {name: panels.read(name, "twin") for name in [*PAIR_PANELS, "network", "pairs", "yearbook"]}


def test_one_changed_record_moves_its_own_cell_alone_and_the_scorecard_notices(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    write.registers("twin")
    folder = paths.registers("twin")
    cell = _a_firm_is_added(folder, industry=None)
    before, after = (_panels_with_the_firm_in(folder, code) for code in ("A01", "C13"))
    for name, keys in (("manufacturing", CELL), ("network", ["investor", "investee", "year"])):
        both = before[name].merge(after[name], on=keys, suffixes=("", "_after"))
        changed = both[both["count"] != both["count_after"]]
        assert changed[keys].to_numpy().tolist() == [cell], name
        assert (changed["count_after"] - changed["count"]).tolist() == [1]
    for name in ("all_industry", "branches", "yearbook"):
        pd.testing.assert_frame_equal(before[name], after[name])
    grades = [appendix_d.report(panels.Panels("twin", made.__getitem__))["grade"] for made in (before, after)]
    assert (grades[1] == "exact").sum() < (grades[0] == "exact").sum() - 10
