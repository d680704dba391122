"""Six valid tables are stored as one set, with bytes that depend on their content alone."""

import hashlib

import pandas as pd
import pyarrow as arrow
import pytest
import samples
import yaml
from pyarrow import parquet

from enclave.base import paths
from enclave.base.errors import EnclaveError, InputError
from enclave_registers.intake import completeness, validate
from enclave_registers.intake.delivery import find_files
from enclave_registers.schema import TABLES


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A source whose registers are the samples as plain CSV."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    deliver("hand")
    return "hand"


def deliver(source, kind="csv"):
    for table in TABLES:
        samples.write(table, paths.registers(source), kind)


def stored(source) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in paths.validated(source).iterdir()}


def repeated_firms(source) -> list[str]:
    return parquet.read_table(paths.repeated_firms(paths.validated(source)))["firm_id"].to_pylist()


def test_all_six_tables_are_written_and_nothing_else_stays(source):
    validate.store(source)
    further = {"repeated_firms.parquet", "checksums.csv", "registers.csv"}
    assert set(stored(source)) == {f"{table}.parquet" for table in TABLES} | further
    assert [path.name for path in paths.validated(source).parent.iterdir()] == [source]


@pytest.fixture(scope="module")
def from_csv(tmp_path_factory):
    """The bytes of the tables that are stored from plain CSV."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "BUILD", tmp_path_factory.mktemp("csv"))
        deliver("hand")
        validate.store("hand")
        return stored("hand")


@pytest.mark.parametrize("kind", sorted(set(samples.WRITERS) - {"csv"}))
def test_the_same_content_gives_the_same_bytes_in_every_format(kind, from_csv, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    deliver("hand", kind)
    validate.store("hand")
    for table in TABLES:
        assert stored("hand")[f"{table}.parquet"] == from_csv[f"{table}.parquet"]


def test_the_size_of_chunks_does_not_change_the_bytes(source, monkeypatch):
    validate.store(source)
    whole = stored(source)
    monkeypatch.setattr("enclave_registers.intake.formats.encoding.BLOCK", 64)
    monkeypatch.setattr("enclave_registers.intake.formats.csv_files.BLOCK", 1)
    monkeypatch.setattr("enclave_registers.intake.formats.headers.LOOK_AHEAD", 2)
    validate.store(source)
    assert stored(source) == whole


def test_the_validated_tables_hold_the_records(source):
    validate.store(source)
    firms = pd.read_parquet(paths.validated(source) / "firms.parquet")
    assert firms["firm_id"].tolist() == ["F1", "F2", "F2", "F3"]
    assert firms["established"].iloc[0] == pd.Timestamp(2004, 5, 6)


def test_the_firms_that_occur_more_than_once_are_listed_in_order_over_all_files_of_the_master(source):
    (paths.registers(source) / "firms.csv").unlink()
    (paths.registers(source) / "firms").mkdir()
    delivered = [samples.FIRMS.drop(1), samples.FIRMS.iloc[[3, 1, 0]], samples.FIRMS.head(1).assign(firm_id="F0")]
    for number, part in enumerate(delivered):
        (paths.registers(source) / "firms" / f"{number}.csv").write_text(samples.csv_text(part), encoding="utf-8")
    validate.store(source)
    assert repeated_firms(source) == ["F1", "F2", "F3"]


def test_the_list_of_duplicate_firms_is_empty_if_each_firm_occurs_once(source):
    samples.write("firms", paths.registers(source), frame=samples.FIRMS.drop(2))
    validate.store(source)
    assert repeated_firms(source) == []


def test_the_validated_files_have_the_types_that_the_cleaning_reads(source):
    validate.store(source)
    types = {}
    for table in TABLES:
        columns = parquet.read_schema(paths.validated(source) / f"{table}.parquet")
        assert columns.names == list(TABLES[table].columns)
        types |= {f"{table}.{field.name}": field.type for field in columns}
    assert arrow.types.is_large_string(types["firms.name"])
    assert arrow.types.is_timestamp(types["land.signed_on"])
    assert types["land.area_ha"] == arrow.float64()
    assert types["yearbook.year"] == arrow.int64()


def test_the_files_are_recorded_with_their_checksums(source):
    validate.store(source)
    record = pd.read_csv(paths.validated(source) / "registers.csv").set_index("table")
    content = (paths.registers(source) / "land.csv").read_bytes()
    assert record.loc["land", ["file", "bytes"]].tolist() == ["land.csv", len(content)]
    assert record.loc["land", "sha256"] == hashlib.sha256(content).hexdigest()


def test_one_invalid_table_keeps_the_former_set(source):
    validate.store(source)
    before = stored(source)
    changed = samples.FIRMS.assign(name="改名有限公司")
    samples.write("firms", paths.registers(source), frame=changed)
    samples.write("land", paths.registers(source), frame=samples.LAND.assign(area_ha="-1"))
    with pytest.raises(InputError, match=r"land\.csv.*is negative"):
        validate.store(source)
    assert stored(source) == before
    assert [path.name for path in paths.validated(source).parent.iterdir()] == [source]


def test_an_invalid_first_set_leaves_nothing(source):
    (paths.registers(source) / "firms.csv").unlink()
    with pytest.raises(InputError, match="firms"):
        validate.store(source)
    assert not paths.validated(source).parent.exists()


def test_each_invalid_table_gives_one_line(source):
    samples.write("land", paths.registers(source), frame=samples.LAND.assign(area_ha="-1"))
    (paths.registers(source) / "branches.csv").write_bytes(b"")
    with pytest.raises(EnclaveError) as caught:
        validate.store(source)
    lines = str(caught.value).splitlines()
    assert [line.split(",")[0].split(":")[0] for line in lines] == ["branches.csv", "land.csv"]


def test_a_later_set_takes_the_place_of_the_former_one(source):
    validate.store(source)
    samples.write("firms", paths.registers(source), frame=samples.FIRMS.head(1))
    validate.store(source)
    assert len(pd.read_parquet(paths.validated(source) / "firms.parquet")) == 1


def test_a_set_that_cannot_be_put_in_place_leaves_the_former_one(source, monkeypatch):
    validate.store(source)
    before = stored(source)
    replace = type(paths.BUILD).replace

    def refusing(path, target):
        if target.name == source and path.name != f".former.{source}":
            raise OSError("disk full")
        return replace(path, target)

    monkeypatch.setattr(type(paths.BUILD), "replace", refusing)
    with pytest.raises(OSError, match="disk full"):
        validate.store(source)
    assert stored(source) == before


def test_checking_stores_nothing_and_reports_the_valid_tables(source):
    lines = []
    assert validate.check(source, lines.append) == []
    assert lines[0] == "firms: 4 records"
    assert len(lines) == 6
    assert not paths.validated(source).exists()


def test_checking_gives_one_message_for_each_invalid_table(source):
    (paths.registers(source) / "firms.csv").unlink()
    samples.write("yearbook", paths.registers(source), frame=samples.YEARBOOK.assign(year="20o1"))
    first, second = validate.check(source)
    assert "the table is missing" in first
    assert 'yearbook.csv, column "year", data row 1 (and 1 more)' in second


def test_a_source_without_registers_gives_six_messages(source):
    assert len(validate.check("nowhere")) == 6


@pytest.mark.parametrize("run", [validate.check, validate.store, completeness.check])
def test_the_map_is_parsed_once_and_the_files_of_each_table_are_found_once_in_a_run(run, source, monkeypatch):
    compose, find, parsed, found = yaml.compose, find_files.find, [], []
    monkeypatch.setattr(yaml, "compose", lambda *given, **options: parsed.append(given) or compose(*given, **options))
    monkeypatch.setattr(find_files, "find", lambda table, *given: found.append(table) or find(table, *given))
    paths.delivery_map(paths.registers(source)).write_text("firms: {files: firms.csv}", encoding="utf-8")
    run(source)
    assert len(parsed) == 1
    assert found == list(TABLES)


def test_a_map_that_cannot_be_read_is_reported_once_and_no_table_is_read(source):
    paths.delivery_map(paths.registers(source)).write_text("firms: [", encoding="utf-8")
    [message] = validate.check(source)
    assert message.startswith("map.yml, line 1: is not valid YAML")
