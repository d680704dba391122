"""Registers with data errors in, the target counts out: every cell, at two seeds and from every file format."""

import shutil

import builds
import pandas as pd
import pytest
from recovery import KEYS, build, cleaned, true_counts

from enclave import facts, panels
from enclave.base import paths
from enclave.base.terms import PAIR_PANELS
from enclave.exhibits import appendix_d
from enclave.facts import treated_pairs
from enclave_registers.cleaning import city_from_text, pipeline
from enclave_registers.intake import validate
from enclave_twin import write

FORMATS = ["parquet", "csv", "csv-gb18030", "xlsx", "dta"]


@pytest.fixture(scope="module", params=["shared", "another seed"])
def built(request, tmp_path_factory):
    """The name of registers whose panels are built: those of `validated`, or those of another seed."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "shared":
            patch.setattr(paths, "BUILD", request.getfixturevalue("folder_of_duckdb"))
        else:
            build(builds.SOURCE, tmp_path_factory.mktemp("seed"), patch, seed=12)
        yield builds.SOURCE


@pytest.mark.parametrize("name", PAIR_PANELS)
def test_cleaning_recovers_the_true_counts_cell_by_cell(built, name):
    pd.testing.assert_frame_equal(cleaned(name, built), true_counts(name), check_dtype=False)


def test_cleaning_recovers_the_true_network_cell_by_cell(built):
    pd.testing.assert_frame_equal(cleaned("network", built), true_counts("network"), check_dtype=False)


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


@pytest.mark.slow
def test_every_file_format_gives_the_same_bytes(tmp_path, validated_small, small_counts, monkeypatch):
    # the panels are made from the validated tables alone
    expected = validated(validated_small)
    assert len(expected) == 7
    for format in FORMATS[1:]:
        monkeypatch.setattr(paths, "BUILD", tmp_path / format)
        write.registers(builds.SOURCE, seed=3, firms=4_000, counts=small_counts, format=format)
        validate.store(builds.SOURCE)
        assert validated(tmp_path / format) == expected, format


def validated(folder):
    """All tables that the cleaning reads, byte for byte."""
    return {file.name: file.read_bytes() for file in (folder / "validated" / builds.SOURCE).glob("*.parquet")}


@pytest.mark.slow
def test_cleaning_recovers_the_counts_from_a_million_firms(tmp_path, monkeypatch):
    build("large", tmp_path, monkeypatch, firms=1_000_000, seed=5)
    for name in KEYS:
        pd.testing.assert_frame_equal(cleaned(name, "large"), true_counts(name), check_dtype=False)


def add_a_firm(folder):
    """A new factory in the recipient of a treated pair, owned by a firm of its helper: helper, recipient, year.

    The owner is not in the firm master, so its city is read from its name.
    """
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("firms", "shareholders", "industries")}
    firms, stakes, industries = tables.values()
    pair, named = treated_pairs.of_source(builds.SOURCE).iloc[0], facts.cities().set_index("code")["name_zh"]
    helper, recipient = named[pair["helper"]], named[pair["recipient"]]
    day = pd.Timestamp(year=int(pair["cohort"]) + 1, month=5, day=6)
    industry = industries.query("code == 'C13'")["industry_id"].iloc[0]
    firm = {"firm_id": "NEW", "name": f"{recipient}新办有限公司", "city": recipient, "province": "广东省"}
    stake = {"firm_id": "NEW", "shareholder_name": f"{helper}开办有限公司", "shareholder_type": "企业法人"}
    firms.loc[len(firms)] = firm | {"industry_id": industry, "established": day}
    stakes.loc[len(stakes)] = stake | {"invested_on": day}
    firms.to_parquet(folder / "firms.parquet", index=False)
    stakes.to_parquet(folder / "shareholders.parquet", index=False)
    return [pair["helper"], pair["recipient"], day.year]


def read_panels():
    return {name: panels.read(name, builds.SOURCE) for name in [*KEYS, "pairs", "yearbook"]}


def test_one_added_firm_moves_its_own_cell_alone_and_the_scorecard_notices(
    validated, folder_of_duckdb, tmp_path, monkeypatch
):
    monkeypatch.setattr(paths, "BUILD", folder_of_duckdb)
    before = read_panels()
    for name in ("registers", "ground_truth"):
        shutil.copytree(validated / name, tmp_path / name)
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    cell = add_a_firm(paths.registers(builds.SOURCE))
    validate.store(builds.SOURCE)
    pipeline.build(builds.SOURCE)
    after = read_panels()
    for name in ("manufacturing", "all_industry", "network"):
        both = before[name].merge(after[name], on=KEYS[name], suffixes=("", "_after"), how="outer")
        changed = both[both["count"] != both["count_after"]]
        assert changed[KEYS[name]].to_numpy().tolist() == [cell], name
        assert (changed["count_after"] - changed["count"]).tolist() == [1]
    for name in ("branches", "yearbook"):
        pd.testing.assert_frame_equal(before[name], after[name])
    grades = [appendix_d.report(panels.Panels("twin", made.__getitem__))["grade"] for made in (before, after)]
    assert (grades[1] == "exact").sum() < (grades[0] == "exact").sum() - 10
