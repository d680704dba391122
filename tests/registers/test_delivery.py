"""A delivery in another shape leads to the same panels; a malformed one ends in one message, and nothing changes."""

import gzip
import hashlib
import shutil

import marked
import pandas as pd
import pytest
import samples
from conftest import rebase

from enclave import panels
from enclave.base import paths
from enclave_book import cli
from enclave_registers.cleaning import pipeline
from enclave_registers.intake import completeness, validate
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.convert import convert
from enclave_registers.intake.delivery.read import read
from enclave_registers.schema import TABLES
from enclave_twin import commercial, rehearsal, write

LINKS = ["manufacturing", "all_industry", "branches", "network", "yearbook", "land", "pairs"]


@pytest.fixture(scope="module")
def delivered(marked_deliveries):
    return marked_deliveries / "whole"


@pytest.fixture(scope="module")
def excerpt(marked_deliveries):
    """A delivery of fewer records, which are all that a check needs."""
    return marked_deliveries / "excerpt"


@pytest.fixture
def licensed(excerpt, build_folder, tmp_path, monkeypatch):
    """A copy of the excerpt where the licensed files belong, to be damaged."""
    folder = tmp_path / "licensed"
    shutil.copytree(excerpt, folder)
    monkeypatch.setattr(paths, "LICENSED", folder)
    return folder


@pytest.fixture(scope="module")
def cache(excerpt, tmp_path_factory):
    """The cache of a run that was stopped after it had validated the excerpt."""
    made = IntakeCache(tmp_path_factory.mktemp("cache"))
    for table in TABLES:
        convert(table, read(excerpt, quoting=False), made)
    return made.folder


@pytest.fixture
def warm(cache, licensed):
    """A function that puts the cache where the next run looks for it: that run reads only tables that have changed."""

    def put():
        shutil.copytree(cache, paths.intake_cache("licensed"), dirs_exist_ok=True)

    return put


@pytest.fixture(scope="module")
def built(delivered, tmp_path_factory):
    """The panels of the delivery and those of the twin, side by side."""
    with pytest.MonkeyPatch.context() as patch:
        rebase(patch, tmp_path_factory.mktemp("build"))
        patch.setattr(paths, "LICENSED", delivered)
        write.registers("twin", firms=marked.FIRMS)
        for source in ("twin", "licensed"):
            validate.store(source)
            pipeline.build(source)
        yield {source: {name: panels.read(name, source) for name in LINKS} for source in ("twin", "licensed")}


def snapshot(*folders):
    """Names, times and contents of all files."""
    files = [file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()]
    return {file: (file.stat().st_mtime_ns, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files}


# a valid delivery


@pytest.mark.parametrize("name", LINKS)
def test_the_panels_of_the_delivery_are_those_of_the_twin_cell_by_cell(built, name):
    assert len(built["licensed"][name]) > 100
    pd.testing.assert_frame_equal(built["licensed"][name], built["twin"][name], check_exact=True)


def test_the_delivery_shares_no_file_header_or_code_with_the_codebook(delivered):
    files = {file.stem for file in delivered.rglob("*") if file.is_file()}
    assert not files & set(rehearsal.SHAPES)
    assert len([file for file in files if file.startswith("主体登记")]) == 3
    assert len([file for file in files if file.startswith("出资")]) > 20
    for table, shape in rehearsal.SHAPES.items():
        known = {table, *samples.ALL[table].columns}
        assert not known & set(shape.headers.values())
        assert not set(shape.codes) - known


def test_the_same_tables_are_delivered_in_the_same_bytes(delivered, tmp_path):
    marked.deliver(tmp_path)
    assert {name.name: digest for name, (_, digest) in snapshot(tmp_path).items() if name.suffix != ".xlsx"} == {
        name.name: digest for name, (_, digest) in snapshot(delivered).items() if name.suffix != ".xlsx"
    }


def test_a_valid_delivery_passes_the_check_and_nothing_is_written(licensed, capsys):
    before = snapshot(licensed)
    assert cli.main(["check", "--source", "licensed"]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == "All tables of source licensed are valid."
    assert marked.marks_in(printed.out + printed.err) == []
    assert snapshot(licensed) == before
    assert not paths.BUILD.exists()


def test_a_rehearsal_never_takes_the_place_of_anything(build_folder):
    rehearsal.registers("rehearsal", firms=marked.FIRMS)
    for source in ("licensed", "rehearsal"):
        with pytest.raises(rehearsal.EnclaveError, match="cannot take a rehearsal"):
            rehearsal.registers(source)
        with pytest.raises(rehearsal.EnclaveError, match="cannot take this delivery"):
            commercial.registers(source)


# a malformed one


def edit(path, old, new, *, encoding="gb18030", count=1):
    text = path.read_bytes().decode(encoding)
    assert old in text
    path.write_bytes(text.replace(old, new, count).encode(encoding))


def record(path, number, change, *, encoding="gb18030"):
    """Change one line of a file that has one record a line; the first is the header."""
    lines = path.read_bytes().decode(encoding).split("\r\n")
    lines[number] = change(lines[number])
    path.write_bytes("\r\n".join(lines).encode(encoding))


def drop_further(folder, name, separator):
    """Write a file anew with one record a line: the further columns, whose values have line ends, left out."""
    table = pd.read_csv(folder / name, sep=separator, dtype=str, encoding="gb18030", keep_default_na=False)
    text = table.drop(columns=["受让人"]).to_csv(index=False, sep=separator, lineterminator="\r\n")
    (folder / name).write_bytes(text.encode("gb18030"))
    return folder / name


def cell(folder, name, column, value, *, separator=",", row=0):
    """Put a value into a cell of a text file."""
    table = pd.read_csv(folder / name, sep=separator, dtype=str, encoding="gb18030", keep_default_na=False)
    table.loc[row, column] = value
    text = table.to_csv(index=False, sep=separator, lineterminator="\r\n")
    (folder / name).write_bytes(text.encode("gb18030"))


LAND, FIRMS, BOOK, STAKES = "供地_新.csv", "主体登记_第2卷.csv", "年鉴.csv", "出资/出资_2007.csv"


def no_header(folder):
    path = drop_further(folder, LAND, ";")
    path.write_bytes(path.read_bytes().split(b"\r\n", 1)[1])


def half(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])


def no_start(folder):
    table = pd.read_csv(folder / BOOK, dtype=str, encoding="gb18030", keep_default_na=False)
    kept = table[table["统计年"] != "2000"]
    (folder / BOOK).write_bytes(kept.to_csv(index=False, lineterminator="\r\n").encode("gb18030"))


def other_identifiers(folder):
    for path in sorted((folder / "出资").iterdir()):
        table = pd.read_csv(path, dtype=str, encoding="gb18030", keep_default_na=False)
        table["投向码"] = "9" + table["投向码"]
        path.write_bytes(table.to_csv(index=False, lineterminator="\r\n").encode("gb18030"))


def twice(folder):
    first = pd.read_csv(folder / FIRMS, sep="|", dtype=str, encoding="gb18030", keep_default_na=False)
    double = pd.concat([first, first.head(1).assign(主体名="另一家" + marked.FIRM)])
    (folder / FIRMS).write_bytes(double.to_csv(index=False, sep="|", lineterminator="\r\n").encode("gb18030"))


def cut_gzip(folder):
    path = folder / "机构.txt.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()))[:-2000])


MALFORMED = {
    "a table is missing": (lambda d: (d / BOOK).unlink(), "map.yml, line", "no file matches"),
    "a year of a split table is missing": (lambda d: (d / STAKES).unlink(), "shareholders,", "no record is dated 2007"),
    "a file that nobody names": (lambda d: shutil.copy(d / BOOK, d / "年鉴_续.csv"), "年鉴_续.csv", "no table"),
    "a part delivered twice": (
        lambda d: shutil.copy(d / FIRMS, d / "主体登记_第9卷.csv"),
        "主体登记_第9卷.csv",
        "has the same content as",
    ),
    "a file that two tables claim": (
        lambda d: edit(d / "map.yml", "ignore: 交付说明.csv", "ignore: [交付说明.csv, 年鉴.csv]", encoding="utf-8"),
        "年鉴.csv",
        "is assigned to ignore and to yearbook",
    ),
    "a renamed header": (lambda d: edit(d / FIRMS, "设立日", "成立之日"), FIRMS, "设立日"),
    "no row of headers": (no_header, LAND, "Is the row of headers missing?"),
    "two columns under one header": (lambda d: edit(d / BOOK, "货运", "床位"), BOOK, "appears 2 times"),
    "another encoding than the map says": (
        lambda d: (d / BOOK).write_bytes((d / BOOK).read_bytes().decode("gb18030").encode("utf-16")),
        BOOK,
        "cannot be read as GB18030",
    ),
    "another delimiter than the map says": (
        lambda d: edit(d / "map.yml", "delimiter: '|'", "delimiter: ';'", encoding="utf-8"),
        "主体登记_第1卷.csv",
        "separated by bars",
    ),
    "a truncated workbook": (lambda d: half(d, "行业对照.xlsx"), "行业对照.xlsx", "truncated"),
    "a truncated gzip file": (cut_gzip, "机构.txt.gz", "truncated"),
    "a quote that never closes": (
        lambda d: record(drop_further(d, LAND, ";"), 3, lambda line: '"' + line),
        LAND,
        "double quote",
    ),
    "a record with too many fields": (
        lambda d: record(drop_further(d, LAND, ";"), 3, lambda line: line + ";" + marked.ADDRESS),
        LAND,
        "too many fields",
    ),
    "a code that the map does not know": (
        lambda d: cell(d, STAKES, "类别码", "99Qj9Zx7Wk"),
        STAKES,
        "not allowed here",
    ),
    "a date in another format": (
        lambda d: cell(d, FIRMS, "设立日", "2012.05.06Qj9Zx7Wk", separator="|"),
        FIRMS,
        "does not match the date format",
    ),
    "text where an amount belongs": (lambda d: cell(d, BOOK, "收入", "Qj9Zx7Wk"), BOOK, "is not a number"),
    "a negative area": (lambda d: cell(d, LAND, "面积平米", "-5", separator=";"), LAND, "is negative"),
    "an unknown county": (lambda d: cell(d, LAND, "区划码", "449999", separator=";"), LAND, "unknown city code"),
    "an identifier that a spreadsheet rounded": (
        lambda d: cell(d, STAKES, "投向码", "9.1440E+17"),
        STAKES,
        "rounded by a spreadsheet",
    ),
    "a name left empty": (lambda d: cell(d, FIRMS, "主体名", "", separator="|"), FIRMS, "the cell is empty"),
    "two firms under one identifier": (twice, FIRMS, "is a duplicate key"),
    "no figures of the first year": (no_start, "yearbook,", "2000 is missing for"),
    "identifiers that do not meet": (other_identifiers, "shareholders,", "none of its values is in firms"),
    "a map that is no YAML": (
        lambda d: edit(d / "map.yml", "  files:", "\tfiles:", encoding="utf-8"),
        "map.yml, line",
        "is not valid YAML",
    ),
    "a map with a table that does not exist": (
        lambda d: edit(d / "map.yml", "yearbook:", "almanac:", encoding="utf-8"),
        "map.yml, line",
        "unknown table",
    ),
}


@pytest.mark.parametrize(("damage", "place", "words"), MALFORMED.values(), ids=list(MALFORMED))
def test_a_malformed_delivery_ends_in_one_message_and_nothing_is_changed(damage, place, words, licensed, warm, capsys):
    damage(licensed)
    paths.validated("licensed").mkdir(parents=True)
    (paths.validated("licensed") / "firms.parquet").write_bytes(b"former")
    before = snapshot(licensed, paths.BUILD)
    warm()
    assert cli.main(["check", "--source", "licensed"]) == 1
    printed = capsys.readouterr()
    [message] = printed.err.splitlines()
    assert message.startswith(place)
    assert words in message
    assert marked.marks_in(printed.out + message) == []
    assert snapshot(licensed, paths.BUILD) == before


def test_a_damaged_delivery_leaves_the_former_tables_to_the_book(licensed, warm):
    warm()
    validate.store("licensed")
    before = snapshot(paths.validated("licensed"))
    cell(licensed, STAKES, "类别码", "99Qj9Zx7Wk")
    warm()
    with pytest.raises(validate.EnclaveError) as caught:
        validate.store("licensed")
    assert marked.marks_in(str(caught.value)) == []
    assert snapshot(paths.validated("licensed")) == before


def test_the_same_problem_in_synthetic_registers_quotes_its_value(licensed, warm, monkeypatch):
    cell(licensed, STAKES, "类别码", "99Qj9Zx7Wk")
    monkeypatch.setattr(paths, "LICENSED", paths.BUILD)
    shutil.copytree(licensed, paths.registers("mine"))
    paths.ground_truth("mine").mkdir(parents=True)
    warm()
    paths.intake_cache("licensed").rename(paths.intake_cache("mine"))
    assert "'99Qj9Zx7Wk' is not allowed here" in completeness.check("mine")[0]
