"""Reading as a stream gives what reading at once would: records, keys that stand twice, and little memory for both."""

import csv
import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import samples

from enclave.base.errors import InputError
from enclave_registers.intake.values import places
from enclave_registers.schema import TABLES

AWKWARD = [
    'a"b',
    '"',
    "x, y",
    "line\nline",
    "\r\n",
    " blank ",
    "。甲",
    '""',
    "a'b",
    "\\",
    "a\u2028b",
    "\x0b",
    "é\u0301",
    "#",
]
MEASURED = """
import resource, sys
from pathlib import Path
from enclave_registers.intake import cache
from enclave_registers.intake.convert import convert
from enclave_registers.intake.delivery.read import read
cache.ROWS = 20_000
convert("firms", read(Path(sys.argv[1])), cache.IntakeCache(Path(sys.argv[1]) / "made"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def records(seed: int, count: int) -> pd.DataFrame:
    """Firms whose names are awkward to write down in CSV."""
    random = np.random.default_rng(seed)
    names = ["".join(random.choice(AWKWARD, size=random.integers(1, 4))) + "公司" for _ in range(count)]
    plain = random.random(count) < 0.7
    return pd.DataFrame(
        {
            "firm_id": [f"F{number}" for number in range(count)],
            "name": np.where(plain, "甲公司", names),
            "province": "广东省",
            "city": random.choice(["广州市", "440300", "清远市"], size=count),
            "established": "2004-05-06",
            "industry_id": "I1",
        }
    )


@pytest.mark.parametrize("block", [400, 1 << 20])
@pytest.mark.parametrize(
    ("quoting", "ends"),
    [(csv.QUOTE_MINIMAL, "\n"), (csv.QUOTE_MINIMAL, "\r\n"), *((csv.QUOTE_ALL, ends) for ends in ("\n", "\r\n", "\r"))],
)
def test_what_was_written_is_read_whatever_the_blocks(block, quoting, ends, tmp_path, monkeypatch):
    monkeypatch.setattr("enclave_registers.intake.formats.encoding.BLOCK", 97)
    monkeypatch.setattr("enclave_registers.intake.formats.csv_files.BLOCK", block)
    written = records(quoting, 60)
    for encoding in ("utf-8", "gb18030"):
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=quoting, lineterminator=ends)
        writer.writerows([list(written), *written.itertuples(index=False)])
        (tmp_path / "firms.csv").write_bytes(text.getvalue().encode(encoding))
        assert samples.read_table("firms", tmp_path)["name"].tolist() == written["name"].tolist()


@pytest.mark.parametrize("spoilt", ['F9,a"b"c,,,,\n', "F9,甲公司,,,,\n"])
def test_a_quote_within_a_plain_field_is_a_sign_like_others(spoilt, tmp_path, monkeypatch):
    monkeypatch.setattr("enclave_registers.intake.formats.headers.LOOK_AHEAD", 2)
    text = samples.csv_text(samples.FIRMS) + spoilt
    (tmp_path / "firms.csv").write_text(text, encoding="utf-8")
    assert samples.read_table("firms", tmp_path)["name"].iloc[4] == spoilt.split(",")[1]


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ('F9,"甲"公司,,,,\n', "double quote"),
        ("F9,甲公司,,,\n", "too few fields"),
        ("F9,甲,公司,,,,\n", "too many fields"),
        ('F9,"甲公司,,,,\n', "double quote"),
    ],
)
def test_a_spoilt_record_far_down_is_located(spoilt, words, tmp_path, monkeypatch):
    monkeypatch.setattr("enclave_registers.intake.formats.encoding.BLOCK", 100)
    monkeypatch.setattr("enclave_registers.intake.formats.csv_files.BLOCK", 1000)
    lines = samples.csv_text(records(5, 300).assign(name="甲公司")).splitlines(keepends=True)
    (tmp_path / "firms.csv").write_text("".join([*lines[:200], spoilt, *lines[200:]]), encoding="utf-8")
    fault = samples.refusal("firms", tmp_path)
    assert samples.where(fault) == ("firms.csv", None, 200, 0)
    assert words in fault.problem


def plots(random, count: int) -> pd.DataFrame:
    """Plots of which some numbers stand twice, some of these with the same content."""
    numbers = [f"441802{n:06}" for n in random.integers(0, count * 2, size=count)]
    made = samples.LAND.iloc[[0] * count].assign(supervision_number=numbers)
    return made.assign(area_ha=random.choice(["1", "2"], size=count), location=random.choice([None, "甲"], size=count))


def yearbook(random, count: int) -> pd.DataFrame:
    cities = random.choice(["韶关市", "440200", "清远市", " 清远市", "441800"], size=count)
    years = random.integers(2000, 2030, size=count).astype(str)
    return samples.YEARBOOK.iloc[[0] * count].assign(city=cities, year=years)


def expected(table: str, parts: list[pd.DataFrame]) -> tuple | None:
    """Part, row and count of the records that repeat a key, by pandas on the whole table."""
    whole = pd.concat([part.reset_index(drop=True) for part in parts], keys=range(len(parts)))
    if TABLES[table].metadata["repeats"]:
        whole = whole[~whole.duplicated()]
    keys = whole[TABLES[table].metadata["key"]]
    keys = keys.assign(city=places.city_keys(keys["city"])) if "city" in keys else keys
    second = whole[keys.duplicated()].index
    if second.empty:
        return None
    first = keys[(keys == keys.loc[second[0]]).all(axis=1)].index[0]
    return *second[0], *first, len(second)


@pytest.mark.parametrize("table", ["land", "yearbook"])
@pytest.mark.parametrize("seed", range(8))
def test_keys_that_stand_twice_are_found_over_all_parts_as_pandas_finds_them(table, seed, tmp_path):
    random = np.random.default_rng(seed)
    make = {"land": plots, "yearbook": yearbook}[table]
    parts = [make(random, int(random.integers(2, 9))) for _ in "xyz"]
    (tmp_path / table).mkdir()
    for name, kind, part in zip("xyz", ["csv", "parquet", "csv"], parts, strict=True):
        samples.WRITERS[kind](table, part, tmp_path / table / name)
    found, fault = expected(table, parts), fault_of(table, tmp_path)
    if found is None:
        assert fault is None
        return
    part, row, first_part, first_row, count = found
    assert fault.file.startswith(f"{table}/{'xyz'[part]}.")
    assert (fault.row, fault.more) == (row + 1, count - 1)
    assert f"first in {table}/{'xyz'[first_part]}." in fault.problem
    assert f", data row {first_row + 1}" in fault.problem


def fault_of(table, folder) -> InputError | None:
    try:
        samples.read_table(table, folder)
    except InputError as fault:
        return fault
    return None


def peak(folder, parts: int) -> float:
    """Megabytes of memory that reading so many parts of 40,000 firms takes at most, in a process of its own."""
    (folder / "firms").mkdir(parents=True)
    plain = pd.DataFrame({"number": [str(number) for number in range(40_000)], "province": "广东省", "city": "广州市"})
    for part in range(parts):
        numbers = f"{part}-" + plain["number"]
        made = plain.assign(
            firm_id=numbers, name="某某市" + numbers + "有限责任公司", established=None, industry_id="I1"
        )
        made.to_parquet(folder / "firms" / f"{chr(97 + part)}.parquet", index=False)
    ran = subprocess.run([sys.executable, "-c", MEASURED, str(folder)], check=True, capture_output=True, text=True)
    return int(ran.stdout) / 1024


def test_memory_does_not_grow_with_the_number_of_parts(tmp_path):
    few, many = peak(tmp_path / "few", 3), peak(tmp_path / "many", 15)
    assert many - few < 40
