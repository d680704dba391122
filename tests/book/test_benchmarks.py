"""Benchmarks: what their files hold, limits that are reported when missed, and nothing lost half way."""

import json
import re

import numpy as np
import pytest

from benchmarks import cleaning, figures, placebo, run
from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_book.pages import benchmarks as page


@pytest.fixture
def bench_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BENCH", tmp_path)
    return tmp_path


def one_space(text):
    """A text without the spaces that only align the columns of a table."""
    return re.sub(" +", " ", text)


def with_benchmark(monkeypatch, *rows):
    monkeypatch.setattr(run, "BENCHMARKS", {"toy": lambda: list(rows)})


def test_a_kept_limit_is_written_with_the_machine_and_misses_nothing(bench_folder, monkeypatch):
    with_benchmark(monkeypatch, figures.row("one step", 0.5, "s", at_most=1))
    assert run.run(["toy"], lambda text: None) == []
    kept = json.loads((bench_folder / "toy.json").read_text(encoding="utf-8"))
    assert kept["rows"] == [{"what": "one step", "value": 0.5, "unit": "s", "limit": "at most 1", "kept": True}]
    assert {"processor", "cores", "memory_gb", "load", "python", "packages"} <= set(kept["machine"])


@pytest.mark.parametrize(("value", "limit", "kept"), [(2, {"at_most": 1}, False), (2, {"at_least": 3}, False)])
def test_a_missed_limit_ends_the_command_with_its_name(bench_folder, monkeypatch, capsys, value, limit, kept):
    with_benchmark(monkeypatch, figures.row("one step", value, "s", **limit))
    assert run.main([]) == 1
    assert "Not kept:\none step: 2 s" in capsys.readouterr().err


def test_a_figure_without_a_limit_is_neither_kept_nor_missed(bench_folder, monkeypatch):
    with_benchmark(monkeypatch, figures.row("memory", 3, "MB"))
    assert run.run(["toy"], lambda text: None) == []
    assert page.read()["kept"].tolist() == [None]


def test_an_unknown_benchmark_is_refused_before_anything_runs(bench_folder):
    with pytest.raises(EnclaveError, match="Choose one of placebo, chapters, book"):
        run.run(["placebo", "tea"])
    assert list(bench_folder.iterdir()) == []


def test_a_benchmark_that_stops_leaves_the_former_figures(bench_folder, monkeypatch):
    with_benchmark(monkeypatch, figures.row("one step", 0.5, "s"))
    run.run(["toy"], lambda text: None)
    before = (bench_folder / "toy.json").read_bytes()

    def stops():
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "BENCHMARKS", {"toy": stops})
    assert run.main([]) == 130
    assert (bench_folder / "toy.json").read_bytes() == before
    assert [path.name for path in bench_folder.iterdir()] == ["toy.json"]


def test_the_page_shows_the_figures_of_the_files(bench_folder, monkeypatch):
    with_benchmark(monkeypatch, figures.row("one step", 1234.5, "s", at_most=1))
    run.run(["toy"], lambda text: None)
    text = page.page("twin")
    assert "| toy | one step | 1,234 | s | at most 1 | no |" in one_space(text)
    assert "- `toy`: " in text


def test_batch_and_regressions_agree_on_the_drawn_treatments():
    outcome, treated, first = placebo._drawn(3)
    batch = placebo.placebo.estimates(outcome, treated, first)
    single = [placebo._regression(outcome, treated[draw], first[draw]) for draw in range(3)]
    assert np.abs(batch - single).max() < 1e-10


def test_the_page_shows_the_benchmarks_in_their_order_and_with_the_limits_of_the_present_code():
    assert list(run.BENCHMARKS) == page.ORDER
    record = json.loads((paths.BENCH / "cleaning.json").read_text(encoding="utf-8"))
    assert record["limits"] == cleaning.LIMITS


def test_the_committed_figures_keep_what_the_book_promises():
    rows = page.read()
    assert set(rows["benchmark"]) == set(run.BENCHMARKS)
    assert rows.loc[rows["kept"].eq(False), "what"].tolist() == []


def test_the_page_says_of_each_promise_whether_it_is_kept(bench_folder, monkeypatch):
    rows = [figures.row("one", 2, "times", at_most=1), figures.row("other", 1, "times", at_most=1)]
    monkeypatch.setattr(run, "BENCHMARKS", {"cleaning": lambda: rows})
    run.run(["cleaning"], lambda text: None)
    lines = one_space(page.cleaning("twin")).splitlines()
    for what, kept in {"one": "not kept", "other": "kept"}.items():
        assert any(line.startswith(f"| {what} |") and line.endswith(f"| {kept} |") for line in lines)


def sized(firms, duckdb, *, floor=1.0, peak=1e9, size=10, **more):
    """Figures of one size: seconds of DuckDB and of the floor, peak in bytes, validated bytes for each firm."""
    return {
        "duckdb": {"seconds": duckdb, "peak": peak},
        "floor": {"seconds": floor},
        "validation": {"bytes": size * firms},
    } | {name: {"seconds": seconds} for name, seconds in more.items()}


def kept(measured):
    """What is promised of such figures: value, and whether it keeps its limit."""
    rows = [figures.row(what, value, unit, **limit) for what, value, unit, limit in cleaning.promises(measured)]
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
    assert cleaning._differing(duckdb=ours, spark=ours, pandas=theirs) == 1
    figures = {"validation": {"stakes": 5, "bytes": 10}, "load": {"before": 0.0, "after": 0.0}}
    figures |= {name: {"seconds": 1.0, "cpu": 1.0, "peak": 1.0} for name in ("floor", "duckdb")}
    alone, beside = (cleaning._of_size("10 firms", figures | more) for more in ({}, {"differ": {"panels": 1}}))
    assert [row["what"] for row in alone if "differ" in row["what"]] == []
    assert [row["kept"] for row in beside if "differ" in row["what"]] == [False]


def test_only_engines_are_named_and_only_duckdb_is_limited():
    works = {name: child for name, (child, _) in cleaning._works(1_000_000).items()}
    settings = {name: cleaning._settings(name, child) for name, child in works.items()}
    assert settings["duckdb"] == {"ENGINE": "duckdb", "ENCLAVE_MEMORY": cleaning.MEMORY}
    assert settings["spark"] == {"ENGINE": "spark"}
    assert settings["registers"] == settings["validation"] == settings["floor"] == settings["pandas"] == {}


def test_beyond_their_largest_sizes_spark_and_pandas_are_left_out():
    assert [*cleaning._works(1_000_000)] == ["registers", "validation", "floor", "duckdb", "spark", "pandas"]
    assert [*cleaning._works(1_000_001)] == ["registers", "validation", "floor", "duckdb"]


def test_each_size_has_its_column_and_what_was_not_measured_stays_empty(bench_folder, monkeypatch):
    rows = [figures.row("10 firms, duckdb", 2, "s"), figures.row("10 firms, spark", 30, "s")]
    rows += [
        figures.row("2,000 firms, duckdb", 4, "s"),
        figures.row("2,000 firms: DuckDB over floor", 3, "times", at_most=2),
    ]
    monkeypatch.setattr(run, "BENCHMARKS", {"cleaning": lambda: rows})
    run.run(["cleaning"], lambda text: None)
    text = one_space(page.cleaning("twin"))
    assert "| Firms | 10 | 2,000 |" in text
    assert "| spark | 30 s | |" in text
    assert "| 2,000 firms: DuckDB over floor | 3 times | at most 2 | not kept |" in text
    assert "slower than DuckDB at every such size, up to 10 firms" in text
    assert f"DuckDB may use {cleaning.MEMORY} of memory" in text
