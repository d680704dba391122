"""The study of sizes: its committed file, its own checks, and the command that continues it."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base.errors import EnclaveError
from enclave.estimators.many_draws import MAKERS
from enclave.exhibits import inference, size_study
from enclave_book import size_study as command


@pytest.fixture(scope="module")
def committed():
    return pd.read_csv(size_study.FILE)


def test_the_design_has_the_pairs_of_table_1():
    given, treated = size_study.design(), facts.treated()
    assert given.shape == (88, 19)
    assert sorted(given.first[given.first < 19] + 2000) == sorted(treated["cohort"])
    assert given.helper.max() + 1 == 9
    assert given.recipient.max() + 1 == 12


def test_the_file_was_made_from_this_design_and_has_the_same_parts_of_each_kind(committed):
    assert size_study.MADE_FROM.read_text(encoding="utf-8").strip() == size_study.made_from(size_study.design())
    parts = committed["part"].nunique()
    assert parts * size_study.PART >= 500
    keys = pd.MultiIndex.from_product([MAKERS, range(parts), size_study.LEVELS])
    assert set(map(tuple, committed[size_study.KEYS].to_numpy().tolist())) == set(keys)
    assert list(committed)[4:] == [name for name in committed if name in inference.METHODS]


def test_a_part_can_be_made_again(committed):
    fresh = size_study.part(size_study.design(), "counts", 0)
    old = committed.query("errors == 'counts' and part == 0")
    old = old.set_index("level").loc[fresh["level"]].reset_index()[list(fresh)]
    # a statistic at a tie may fall on the other side on another processor
    assert np.abs(fresh.iloc[:, 4:].to_numpy() - old.iloc[:, 4:].to_numpy()).max() <= 1


@pytest.mark.parametrize("level", size_study.LEVELS)
def test_exact_tests_have_their_size_where_they_are_exact(level):
    rows = size_study.rejections(level).set_index(["errors", "test"])
    found, error = rows["rejected"], np.sqrt(level * (1 - level) / rows["draws"].min())
    exact = [("independent", "iid"), ("independent", "deals"), ("persistent", "deals")]
    exact += [("independent", "deals within helpers"), ("persistent", "deals within helpers")]
    for cell in exact:
        assert found[cell] == pytest.approx(level, abs=4 * error), cell


def test_what_is_known_to_fail_fails():
    found = size_study.rejections(0.05).set_index(["errors", "test"])["rejected"]
    assert found["persistent", "iid"] > 0.2
    assert found["noisy treated", "paths"] > 0.15


def test_another_level_is_refused(committed):
    with pytest.raises(EnclaveError, match=r"0\.1, 0\.05, 0\.01"):
        size_study.rejections(0.2, parts=committed)


def test_a_stopped_run_continues_where_it_was(tmp_path, monkeypatch):
    made = []

    def part(given, errors, number):
        made.append((errors, number))
        if len(made) == 3:
            raise KeyboardInterrupt
        return pd.DataFrame({"errors": [errors], "part": [number], "level": [0.05], "draws": [100], "iid": [5]})

    monkeypatch.setattr(size_study, "part", part)
    monkeypatch.setattr(command, "FILE", tmp_path / "parts.csv")
    monkeypatch.setattr(command, "MADE_FROM", tmp_path / "made_from.txt")
    with pytest.raises(KeyboardInterrupt):
        command.make(100, print)
    command.make(100, print)
    assert [errors for errors, _ in made] == [*list(MAKERS)[:3], *list(MAKERS)[2:]]
    assert len(pd.read_csv(tmp_path / "parts.csv")) == len(MAKERS)
