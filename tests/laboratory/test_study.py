"""The committed study against what is known without draws, and how it is made in parts."""

import numpy as np
import pandas as pd
import pytest

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.exhibits import laboratory
from enclave.laboratory import few, process, study, weights
from enclave.laboratory.process import Dials


@pytest.fixture(scope="module")
def results():
    return study.results()


def test_the_committed_study_was_made_by_the_present_code():
    record = (paths.LAB_STUDY / study.RECORD).read_text(encoding="utf-8").strip()
    assert record == study.checksum(), "run: make lab-study"


def test_the_study_has_every_cell_with_every_test_and_a_thousand_draws(results):
    cells = study.cells()
    assert len({dials.name for dials in cells}) == len(cells) >= 60
    assert len(results) == len(cells) * 8
    assert (results["draws"] >= 1000).all()
    for dials in cells:
        assert len(laboratory.cell(results, dials)) == 8


def test_each_bias_is_the_exact_one_up_to_chance(results):
    # 105 cells and five estimators: in one of 16,000 such numbers chance is beyond four standard errors
    for _, rows in results.groupby(study.DIALS, dropna=False):
        dials = laboratory.dials_of(rows)
        exact = laboratory.exact_bias(dials)[rows["estimator"]].to_numpy()
        error = rows["sd"] / np.sqrt(rows["draws"])
        assert (np.abs(rows["bias"] - exact) < 4 * error + 1e-4).all(), dials.name


def test_each_standard_deviation_is_the_exact_one_up_to_chance(results):
    # the covariance of errors over years is serial ** |t - s|, so the variance is the sum of w_t w_s serial ** |t - s|
    lag = np.abs(np.subtract.outer(np.arange(process.PERIODS), np.arange(process.PERIODS)))
    for row in results[results["dispersion"].isna()].itertuples():
        made = weights.of(row.treated)[row.estimator]
        deviation = np.where(process.design(row.treated).ever, row.noise, 1.0)[:, None]
        variance = np.einsum("ut,us,ts->", made * deviation, made * deviation, float(row.serial) ** lag)
        assert row.sd == pytest.approx(np.sqrt(variance), rel=4 / np.sqrt(2 * row.draws)), row


def test_permuted_statistics_have_the_size_that_theory_gives(results):
    # no effect, no drift: the test is exact. Cells with the same errors have the same share
    plain = results[(results["truth"] == 0) & (results["drift"] == 0) & (results["error"] == "permutation")]
    assert len(plain) == 9
    error = np.sqrt(0.05 * 0.95 / plain["draws"])
    assert (np.abs(plain["rejects_truth"] - 0.05) < 3.5 * error).all()


def test_a_constant_effect_changes_neither_bias_nor_the_share_that_rejects_the_truth(results):
    keys = ["treated", "serial", "drift", "estimator", "error"]
    one_thing = results[(results["growth"] == 0)]
    none, constant = (one_thing[one_thing["effect"] == size].set_index(keys) for size in (0.0, 0.5))
    for measure in ("bias", "sd", "rejects_truth"):
        assert constant[measure].loc[none.index].to_numpy() == pytest.approx(none[measure].to_numpy(), abs=1.5e-3)


def test_a_cell_of_the_study_is_what_a_reader_draws(results):
    dials = Dials(treated=13, effect=0.5, drift=0.02)
    wanted = laboratory.cell(results, dials).drop(columns="draws").reset_index(drop=True)
    if results["draws"].iloc[0] == study.DRAWS:
        pd.testing.assert_frame_equal(study.run(dials)[study.KEYS], wanted[study.KEYS], check_dtype=False)
        made = study.run(dials)[study.MEASURES].astype(float)
        assert made.to_numpy() == pytest.approx(wanted[study.MEASURES].to_numpy(float), abs=2e-4, nan_ok=True)


def test_cells_that_share_their_errors_have_the_numbers_that_each_has_alone():
    group = [Dials(treated=4, effect=0.0), Dials(treated=4, effect=0.1, growth=0.1, spillover=0.5)]
    together = study.part(group, 20)
    alone = pd.concat([study.run(dials, 20) for dials in group], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone)


def test_adding_a_mean_to_images_is_adding_it_to_outcomes():
    outcomes, dials = process.draws(Dials(4), 3, seed=1), Dials(4, effect=1.0, drift=0.1)
    mean = process.means(dials)[None]
    one = study.images(outcomes, 4).plus(study.images(mean, 4), 2.0)
    other = study.images(outcomes + 2 * mean, 4)
    assert one.permuted.plus(one.added, 1.0).scores == pytest.approx(other.permuted.scores, abs=1e-10)
    assert one.placebos == pytest.approx(other.placebos, abs=1e-10)
    answers = [few.permutation_rejects(made.permuted, made.added).tolist() for made in (one, other)]
    assert answers[0] == answers[1]


def test_a_stopped_study_goes_on_with_the_parts_that_are_missing(tmp_path, monkeypatch, capsys):
    cells = [Dials(treated=4), Dials(treated=4, serial=0.0), Dials(treated=4, dispersion=0.0)]
    monkeypatch.setattr(study, "cells", lambda: cells)
    monkeypatch.setattr(paths, "LAB_PARTS", tmp_path / "parts")
    monkeypatch.setattr(paths, "LAB_STUDY", tmp_path / "result")
    study.make(draws=2)
    whole = (tmp_path / "result" / study.RESULT).read_bytes()
    assert capsys.readouterr().out.count("made") == 3
    next((tmp_path / "parts").rglob("*serial0_*.csv")).unlink()
    (tmp_path / "result" / study.RESULT).unlink()
    study.make(draws=2)
    assert capsys.readouterr().out.count("made") == 1
    assert (tmp_path / "result" / study.RESULT).read_bytes() == whole


def test_dials_that_the_study_does_not_have_are_told_with_what_to_call(results):
    with pytest.raises(EnclaveError, match=r"study\.run"):
        laboratory.cell(results, Dials(treated=14))
