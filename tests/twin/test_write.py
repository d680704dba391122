"""Writing the registers: determinism, size, formats, and the record of the truth."""

import hashlib
import re

import numpy as np
import pandas as pd
import pytest

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.panels import targets
from enclave_registers.schema import TABLES
from enclave_twin import write
from enclave_twin.counts import expand
from enclave_twin.tables import land
from enclave_twin.text import names, words

# a few more than the small counts need
FIRMS = 1_600
DAYS = "datetime64[s]"
TEXT_FORMATS = {"csv": "utf-8", "csv-gb18030": "gb18030"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    return tmp_path


def written(source, **options):
    write.registers(source, **options)
    return {path.name: path for path in paths.registers(source).iterdir()}


def digests(files):
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def text(series):
    return series.astype(object).where(series.notna(), "").astype(str).tolist()


@pytest.mark.parametrize("format", ["parquet", "csv", "xlsx", "dta"])
def test_the_same_arguments_write_the_same_bytes(folder, small_counts, format):
    options = {"firms": FIRMS, "seed": 5, "counts": small_counts, "format": format}
    assert digests(written("one", **options)) == digests(written("two", **options))
    record = [paths.ground_truth(source) / "firms.parquet" for source in ("one", "two")]
    assert record[0].read_bytes() == record[1].read_bytes()


def test_another_seed_writes_other_errors_but_the_same_counts(folder, small_counts):
    one = digests(written("one", firms=FIRMS, seed=5, counts=small_counts))
    two = digests(written("two", firms=FIRMS, seed=6, counts=small_counts))
    assert {name for name in one if one[name] == two[name]} == {"industries.parquet"}
    for name in write.LINK_PANELS:
        first, second = (pd.read_parquet(paths.ground_truth(source) / f"{name}.parquet") for source in ("one", "two"))
        pd.testing.assert_frame_equal(first, second)


def test_the_target_panels_are_recorded_as_read(folder, small_counts):
    write.registers("one", firms=FIRMS, counts=small_counts)
    tables = targets.read(small_counts)
    for name in write.LINK_PANELS:
        recorded = pd.read_parquet(paths.ground_truth("one") / f"{name}.parquet")
        assert recorded.to_csv(index=False) == tables[name].to_csv(index=False)
    areas = pd.read_parquet(paths.ground_truth("one") / "land.parquet")
    assert areas["area_ha"].sum() == pytest.approx(tables["land"]["area_m2"].sum() / 10_000, rel=1e-12)


def test_the_firm_master_has_the_given_number_of_firms_each_recorded_once(folder, small_counts):
    files = written("one", firms=FIRMS, counts=small_counts)
    identifiers = pd.read_parquet(files["firms.parquet"])["firm_id"]
    recorded = pd.read_parquet(paths.ground_truth("one") / "firms.parquet")
    assert identifiers.nunique() == FIRMS
    assert set(identifiers) == set(recorded["firm_id"])
    assert recorded["firm_id"].is_unique


def test_too_few_firms_name_the_smallest_number_which_then_works(folder, small_counts):
    with pytest.raises(EnclaveError, match="Choose at least") as failure:
        write.registers("one", firms=10, counts=small_counts)
    assert not paths.registers("one").exists()
    least = int(re.search(r"at least (\d+) firms", str(failure.value)).group(1))
    with pytest.raises(EnclaveError, match=f"at least {least} firms"):
        write.registers("one", firms=least - 1, counts=small_counts)
    assert (
        pd.read_parquet(written("one", firms=least, counts=small_counts)["firms.parquet"])["firm_id"].nunique() == least
    )


def test_the_smallest_number_is_half_the_stakes_of_each_city_and_kind_and_a_firm_in_every_city(small_counts):
    # Two stakes a firm, rounded up within each city and kind of industry, and 21 plain firms.
    tables = targets.read(small_counts)
    made, every = tables["network"], tables["all_industry"]
    other = every.groupby("recipient")["count"].sum() - tables["manufacturing"].groupby("recipient")["count"].sum()
    groups = [*made.groupby("investee")["count"].sum(), *other]
    rows = expand.single_links(tables)
    assert rows["firm"].nunique() == sum((n + 1) // 2 for n in groups)


def test_licensed_registers_are_never_overwritten(folder):
    with pytest.raises(EnclaveError, match="never replace licensed"):
        write.registers("licensed")


def test_an_unknown_format_is_refused_before_anything_is_written(folder):
    with pytest.raises(EnclaveError, match="no format 'ods'"):
        write.registers("one", format="ods")
    assert not paths.registers("one").exists()


def test_another_format_replaces_the_former_files(folder, small_counts):
    written("one", firms=FIRMS, counts=small_counts, format="csv")
    files = written("one", firms=FIRMS, counts=small_counts, format="dta")
    assert sorted(files) == sorted(f"{name}.dta" for name in TABLES)


@pytest.mark.parametrize("format", [*TEXT_FORMATS, "xlsx", "dta"])
def test_every_format_holds_the_same_content(folder, small_counts, format):
    options = {"firms": FIRMS, "seed": 5, "counts": small_counts}
    plain, other = written("one", **options), written("two", **options, format=format)
    for name in TABLES:
        expected = pd.read_parquet(plain[f"{name}.parquet"])
        found = _read(other, name, format)
        assert list(found) == list(expected)
        for column in expected:
            if expected[column].dtype.kind in "fi":
                np.testing.assert_array_equal(pd.to_numeric(found[column]), expected[column])
            elif expected[column].dtype.kind == "M":
                assert pd.to_datetime(found[column]).astype(DAYS).equals(expected[column].astype(DAYS))
            else:
                assert text(found[column]) == text(expected[column])


def _read(files, name, format):
    if format in TEXT_FORMATS:
        return pd.read_csv(files[f"{name}.csv"], dtype=str, encoding=TEXT_FORMATS[format])
    if format == "xlsx":
        return pd.read_excel(files[f"{name}.xlsx"], dtype=object)
    return pd.read_stata(files[f"{name}.dta"])


def test_every_table_passes_its_schema(folder, small_counts):
    files = written("one", firms=FIRMS, counts=small_counts)
    for name, schema in TABLES.items():
        table = pd.read_parquet(files[f"{name}.parquet"])
        assert list(table) == list(schema.columns)
        schema.validate(table, lazy=True)


def test_keys_are_unique_once_repeats_are_dropped(folder, small_counts):
    files = written("one", firms=FIRMS, counts=small_counts)
    for name, schema in TABLES.items():
        table = pd.read_parquet(files[f"{name}.parquet"])
        single = table.drop_duplicates() if schema.metadata["repeats"] else table
        if schema.metadata["key"]:
            assert not single.duplicated(schema.metadata["key"]).any(), name


def test_a_total_is_split_into_plots_of_at_least_a_hundredth_hectare():
    total, parts = np.array([100, 1_000, 50_000]), np.array([1, 10, 7])
    sizes = land.split(total, parts, np.random.default_rng(0))
    assert sizes[:11].tolist() == [100] * 11
    assert sizes[11:].sum() == 50_000
    assert sizes.min() >= 100


def test_firm_stems_never_repeat_even_beyond_two_characters():
    n = 60_000
    stems = names.Stems(n, np.random.default_rng(3))
    trade, line = stems.take(np.arange(n), np.zeros(n, bool))
    trades = words.spell(trade).to_pylist()
    assert len(set(zip(trades, line.tolist(), strict=True))) == n
    assert {len(name) for name in trades} == {2, 3}
