"""The folder of a fit: one at a time, and only from the inputs with which it began."""

import pytest

from enclave.base.errors import EnclaveError
from enclave.facts import treated_pairs

pytest.importorskip("numba")
pytest.importorskip("flint")
from enclave_twin.fit import run, saved

LIST = treated_pairs.by_rule()
NOTHING = frozenset()


def test_a_second_fit_in_the_same_folder_is_refused_by_one_message(tmp_path):
    with saved.alone(tmp_path), pytest.raises(EnclaveError, match=r"Another fit runs in .* Wait for it to end"):
        run.fit(LIST, 1, 1, tmp_path)


def test_a_folder_is_free_when_its_fit_has_ended(tmp_path):
    for _ in range(2):
        with saved.alone(tmp_path):
            saved.begin(tmp_path, LIST, 1, 400, NOTHING)


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"treated": LIST.assign(cohort=LIST["cohort"] + 1)}, "list"),
        ({"seed": 2}, "seed"),
        ({"turns": 5}, "turns"),
        ({"relaxed": frozenset([("4", "3", "treat", "estimate")])}, "relaxed targets"),
    ],
)
def test_a_fit_that_began_with_other_inputs_is_refused_and_the_input_is_named(tmp_path, changed, name):
    given = {"treated": LIST, "seed": 1, "turns": 400, "relaxed": NOTHING}
    saved.begin(tmp_path, **given)
    with pytest.raises(EnclaveError, match=rf"other inputs \({name}\)\. Remove the folder") as caught:
        saved.begin(tmp_path, **(given | changed))
    assert str(tmp_path) in str(caught.value)


def test_changed_facts_and_a_changed_program_are_refused(tmp_path, monkeypatch):
    saved.begin(tmp_path, LIST, 1, 400, NOTHING)
    monkeypatch.setattr(saved, "FACTS", saved.FACTS[1:])
    monkeypatch.setattr(saved, "CODE", saved.CODE[1:])
    with pytest.raises(EnclaveError, match=r"other inputs \(facts, program\)"):
        saved.begin(tmp_path, LIST, 1, 400, NOTHING)


def test_all_facts_that_are_hashed_are_there():
    assert all(path.is_file() for path in saved.inputs())
    assert all(path.suffix == ".py" for path in saved._program())
    assert {path.name for path in saved._program()} >= {"run.py", "links.py", "plausibility.py", "weights.py"}


def test_the_same_list_in_another_order_is_the_same_input(tmp_path):
    saved.begin(tmp_path, LIST, 1, 400, NOTHING)
    saved.begin(tmp_path, LIST.iloc[::-1], 1, 400, NOTHING)


def test_each_stage_and_turn_has_a_seed_of_its_own():
    seeds = {run._seed(seed, stage, turn) for seed in (1, 2) for stage in run.STAGES for turn in range(50)}
    assert len(seeds) == 2 * len(run.STAGES) * 50
