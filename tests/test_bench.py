"""Benchmarks: files that hold what they should, limits that are told when missed, and nothing lost half way."""

import json

import numpy as np
import pytest

from enclave import bench, cli, paths
from enclave.errors import EnclaveError
from enclave.tasks import parts


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
    page = parts.benchmarks_table("twin")
    assert "| toy | one step | 1.23e+03 | s | at most 1 | no |" in page
    assert "- `toy`: " in page


def test_batch_and_regressions_agree_on_the_drawn_treatments():
    outcome, treated, first = bench._drawn(3)
    batch = bench.placebo.estimates(outcome, treated, first)
    single = [bench._regression(outcome, treated[draw], first[draw]) for draw in range(3)]
    assert np.abs(batch - single).max() < 1e-10


def test_the_committed_figures_keep_what_the_book_promises():
    rows = bench.read()
    assert {"placebo", "chapters", "book"} <= set(rows["benchmark"])
    assert False not in rows["kept"].tolist()
