"""Benchmarks: files that hold what they should, limits that are told when missed, and nothing lost half way."""

import json

import numpy as np
import pytest

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_book import bench, cli, large
from enclave_book.pages import generated


@pytest.fixture
def bench_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BENCH", tmp_path)
    return tmp_path


def with_benchmark(monkeypatch, *rows):
    monkeypatch.setattr(bench, "BENCHMARKS", {"toy": lambda: list(rows)})


def test_a_kept_limit_is_written_with_the_machine_and_misses_nothing(bench_folder, monkeypatch):
    with_benchmark(monkeypatch, bench.row("one step", 0.5, "s", at_most=1))
    assert bench.run(["toy"], lambda text: None) == []
    kept = json.loads((bench_folder / "toy.json").read_text(encoding="utf-8"))
    assert kept["rows"] == [{"what": "one step", "value": 0.5, "unit": "s", "limit": "at most 1", "kept": True}]
    assert {"processor", "cores", "memory_gb", "load", "python", "packages"} <= set(kept["machine"])


@pytest.mark.parametrize(("value", "limit", "kept"), [(2, {"at_most": 1}, False), (2, {"at_least": 3}, False)])
def test_a_missed_limit_ends_the_command_with_its_name(bench_folder, monkeypatch, capsys, value, limit, kept):
    with_benchmark(monkeypatch, bench.row("one step", value, "s", **limit))
    assert cli.main(["bench"]) == 1
    assert "Not kept:\none step: 2 s" in capsys.readouterr().err


def test_a_figure_without_a_limit_is_neither_kept_nor_missed(bench_folder, monkeypatch):
    with_benchmark(monkeypatch, bench.row("memory", 3, "MB"))
    assert bench.run(["toy"], lambda text: None) == []
    assert bench.read()["kept"].tolist() == [None]


def test_an_unknown_benchmark_is_refused_before_anything_runs(bench_folder):
    with pytest.raises(EnclaveError, match="Choose one of placebo, chapters, book"):
        bench.run(["placebo", "tea"])
    assert list(bench_folder.iterdir()) == []


def test_a_benchmark_that_stops_leaves_the_former_figures(bench_folder, monkeypatch):
    with_benchmark(monkeypatch, bench.row("one step", 0.5, "s"))
    bench.run(["toy"], lambda text: None)
    before = (bench_folder / "toy.json").read_bytes()

    def stops():
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "BENCHMARKS", {"toy": stops})
    assert cli.main(["bench"]) == 130
    assert (bench_folder / "toy.json").read_bytes() == before
    assert [path.name for path in bench_folder.iterdir()] == ["toy.json"]


def test_the_page_shows_the_figures_of_the_files(bench_folder, monkeypatch):
    with_benchmark(monkeypatch, bench.row("one step", 1234.5, "s", at_most=1))
    bench.run(["toy"], lambda text: None)
    page = generated.benchmarks_table("twin")
    assert "| toy | one step | 1.23e+03 | s | at most 1 | no |" in page
    assert "- `toy`: " in page


def test_batch_and_regressions_agree_on_the_drawn_treatments():
    outcome, treated, first = bench._drawn(3)
    batch = bench.placebo.estimates(outcome, treated, first)
    single = [bench._regression(outcome, treated[draw], first[draw]) for draw in range(3)]
    assert np.abs(batch - single).max() < 1e-10


def test_the_committed_figures_keep_what_the_book_promises():
    rows = bench.read()
    assert set(rows["benchmark"]) == set(bench.BENCHMARKS)
    assert rows.loc[rows["kept"].eq(False), "what"].tolist() == []


def test_the_page_says_of_each_promise_whether_it_is_kept(bench_folder, monkeypatch):
    rows = [bench.row("one", 2, "times", at_most=1), bench.row("other", 1, "times", at_most=1)]
    monkeypatch.setattr(bench, "BENCHMARKS", {"cleaning": lambda: rows})
    bench.run(["cleaning"], lambda text: None)
    lines = generated.cleaning_table("twin").splitlines()
    for what, kept in {"one": "not kept", "other": "kept"}.items():
        assert any(line.startswith(f"| {what} |") and line.endswith(f"| {kept} |") for line in lines)


def sized(firms, duckdb, *, floor=1.0, peak=1e9, size=10, **more):
    """Figures of one size: seconds of DuckDB and of the floor, peak in bytes, validated bytes for each firm."""
    return {
        "duckdb": {"seconds": duckdb, "peak": peak},
        "floor": {"seconds": floor},
        "door": {"bytes": size * firms},
    } | {name: {"seconds": seconds} for name, seconds in more.items()}


def kept(measured):
    """What is promised of such figures: value, and whether it keeps its limit."""
    rows = [bench.row(what, value, unit, **limit) for what, value, unit, limit in large.promises(measured)]
    return {row["what"]: (row["value"], row["kept"]) for row in rows}


def test_of_one_small_size_only_the_peak_is_promised():
    assert kept({100_000: sized(100_000, 3.0, floor=2.0, peak=4.5e9)}) == {
        "100,000 firms: peak memory of DuckDB": (4.5, False),
    }


def test_growth_is_that_of_each_firm_and_memory_is_flat_from_the_size_on_that_fills_its_limit():
    million, last = 1_000_000, 40_000_000
    measured = {
        million: sized(million, 5.0, size=100, pandas=35.0),
        10 * million: sized(10 * million, 50.0, floor=20.0, peak=1e9),
        30 * million: sized(30 * million, 200.0, floor=150.0, peak=2e9),
        last: sized(last, 320.0, floor=200.0, peak=3.2e9, size=110),
    }
    # 320 s of 40 million firms are 8 s a million, and 8 / 5 = 1.6; 35 / 5 = 7; 50 / 20 = 2.5; 3.2 / 2 = 1.6;
    # validated bytes are 100 a firm, then 10, then 110
    assert kept(measured) == {
        "10,000,000 firms: DuckDB over floor": (2.5, False),
        "40,000,000 firms: peak memory of DuckDB": (pytest.approx(3.2), True),
        "1,000,000 firms: pandas over DuckDB": (7.0, False),
        "from 1,000,000 to 40,000,000 firms: seconds for each firm grow": (pytest.approx(1.6), False),
        "from 1,000,000 to 40,000,000 firms: validated bytes for each firm grow": (pytest.approx(1.1), True),
        "from 10,000,000 to 40,000,000 firms: seconds for each firm grow": (pytest.approx(1.6), False),
        "from 10,000,000 to 40,000,000 firms: validated bytes for each firm grow": (pytest.approx(11), False),
        "from 30,000,000 to 40,000,000 firms: peak memory grows": (pytest.approx(1.6), False),
    }


def test_limits_hold_at_their_edges():
    million = 1_000_000
    measured = {
        million: sized(million, 2.0, pandas=16.0),
        10 * million: sized(10 * million, 30.0, floor=15.0, peak=4e9),
    }
    # 30 / 15 = 2; 4 GB; 16 / 2 = 8; 3 s a million against 2 is 1.5; as many bytes for each firm
    assert [kept for _, kept in kept(measured).values()] == [True] * 5


def test_panels_are_compared_only_where_two_programs_made_them():
    ours, theirs = {"a": b"1", "b": b"2", "more": b"3"}, {"a": b"1", "b": b"?"}
    assert large._differing(duckdb=ours, spark=ours, pandas=theirs) == 1
    figures = {"door": {"stakes": 5, "bytes": 10}, "load": {"before": 0.0, "after": 0.0}}
    figures |= {name: {"seconds": 1.0, "cpu": 1.0, "peak": 1.0} for name in ("floor", "duckdb")}
    alone, beside = (bench._of_size("10 firms", figures | more) for more in ({}, {"differ": {"panels": 1}}))
    assert [row["what"] for row in alone if "differ" in row["what"]] == []
    assert [row["kept"] for row in beside if "differ" in row["what"]] == [False]


def test_only_engines_are_named_and_only_duckdb_is_limited():
    works = {name: child for name, (child, _) in large._works(1_000_000).items()}
    settings = {name: large._settings(name, child) for name, child in works.items()}
    assert settings["duckdb"] == {"ENGINE": "duckdb", "ENCLAVE_MEMORY": large.MEMORY}
    assert settings["spark"] == {"ENGINE": "spark"}
    assert settings["registers"] == settings["door"] == settings["floor"] == settings["pandas"] == {}


def test_beyond_their_largest_sizes_spark_and_pandas_are_left_out():
    assert [*large._works(1_000_000)] == ["registers", "door", "floor", "duckdb", "spark", "pandas"]
    assert [*large._works(1_000_001)] == ["registers", "door", "floor", "duckdb"]


def test_each_size_has_its_column_and_what_was_not_measured_stays_empty(bench_folder, monkeypatch):
    rows = [bench.row("10 firms, duckdb", 2, "s"), bench.row("10 firms, spark", 30, "s")]
    rows += [
        bench.row("2,000 firms, duckdb", 4, "s"),
        bench.row("2,000 firms: DuckDB over floor", 3, "times", at_most=2),
    ]
    monkeypatch.setattr(bench, "BENCHMARKS", {"cleaning": lambda: rows})
    bench.run(["cleaning"], lambda text: None)
    page = generated.cleaning_table("twin")
    assert "| Firms | 10 | 2,000 |" in page
    assert "| spark | 30 s |  |" in page
    assert "| 2,000 firms: DuckDB over floor | 3 times | at most 2 | not kept |" in page
    assert "slower than DuckDB at every such size, up to 10 firms" in page
