"""Members of the ensemble: their lists, their distances, and the command that makes them."""

import numpy as np
import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave.base.terms import DISTANCES, PAIR
from enclave.estimators import did
from enclave.exhibits.ensemble import FILE, MEMBER
from enclave.facts import conventions
from enclave_twin import ensemble
from enclave_twin.lists import candidates

NAMED = [("440100", "441400"), ("440300", "441500")]


def test_each_list_holds_the_pairs_that_the_paper_names():
    ranks = sorted({rank for rank, _ in ensemble.members()})
    assert len(ranks) > 30
    for rank in ranks:
        listed, convention = candidates.list_of(rank)
        pairs = set(listed[PAIR].itertuples(index=False, name=None))
        assert set(NAMED) <= pairs
        assert len(pairs) == 13
        assert convention in conventions.committed()


def test_the_file_has_the_members_that_the_program_makes():
    kept = pd.read_csv(FILE)[MEMBER].drop_duplicates()
    assert set(kept.itertuples(index=False, name=None)) == set(ensemble.members())


def test_a_list_that_does_not_exist_is_refused():
    with pytest.raises(EnclaveError, match=r"no list of rank 0\. Choose one of 1 to"):
        candidates.list_of(0)


@pytest.fixture
def quickly(monkeypatch, tmp_path):
    """Two members that cost nothing, written to a folder of the test; how often each was made."""
    made = []

    def estimates(rank, repeat):
        made.append((rank, repeat))
        row = {"rank": rank, "repeat": repeat, "convention": "equal_area", "away": 0.5}
        return pd.DataFrame([row | {"method": "twfe", "estimate": float(rank), "std_error": 1.0}])

    monkeypatch.setattr(ensemble, "estimates", estimates)
    monkeypatch.setattr(ensemble.workers, "two", ensemble.workers.Alone)
    monkeypatch.setattr(ensemble, "members", lambda: [(2, 0), (1, 0)])
    monkeypatch.setattr(ensemble, "FILE", tmp_path / "ensemble" / "estimates.csv")
    monkeypatch.setattr(ensemble, "MADE_FROM", tmp_path / "ensemble" / "made_from.txt")
    return made


def test_a_stopped_run_makes_only_what_is_missing_and_changed_inputs_all_anew(quickly, monkeypatch):
    ensemble.make(report=quickly.append)
    assert [one for one in quickly if isinstance(one, tuple)] == [(2, 0), (1, 0)]
    whole = ensemble.FILE.read_bytes()
    assert pd.read_csv(ensemble.FILE)["rank"].tolist() == [1, 2]
    quickly.clear()
    ensemble.make()
    assert quickly == []
    kept = pd.read_csv(ensemble.FILE).query("rank == 1")
    kept.to_csv(ensemble.FILE, index=False)
    ensemble.make(report=lambda line: None)
    assert quickly == [(2, 0)]
    assert ensemble.FILE.read_bytes() == whole
    quickly.clear()
    ensemble.MADE_FROM.write_text("other inputs\n", encoding="utf-8")
    ensemble.make(report=lambda line: None)
    assert quickly == [(2, 0), (1, 0)]


@pytest.mark.slow
def test_a_member_can_be_made_again_and_its_panel_gives_what_is_in_the_file():
    rank, repeat = next(one for one in ensemble.members() if candidates.list_of(one[0])[1] != "equal_area")
    found, away = ensemble.member(rank, repeat)
    kept = pd.read_csv(FILE).query("rank == @rank and repeat == @repeat").set_index("method")
    # another processor ends a little elsewhere within the same rounding
    assert away == pytest.approx(kept["away"].iloc[0], abs=0.5)
    panel = ensemble.panel(found)
    assert panel["count"].min() >= 0
    assert panel[panel["cohort"].notna()].drop_duplicates(PAIR).shape[0] == 13
    own = did.twfe(panel, "count")
    assert own["estimate"].item() == pytest.approx(kept.loc["twfe", "estimate"], abs=2e-3)
    # the distances are those of the list's own convention
    distances = conventions.committed()[candidates.list_of(rank)[1]]
    both = found.pairs.merge(distances, on=PAIR, suffixes=("", "_own"))
    for name in DISTANCES:
        np.testing.assert_array_equal(both[name], both[f"{name}_own"])
