"""One rule for panels: whatever the design and the coding, every public estimator gives the same answer or refuses.

Hypothesis draws designs: waves, gaps, first treated years before, between and after the years. Each is coded in a way
that says the same (`codings.SAME`) or in one that says nothing (`codings.REFUSED`).
"""

import re
import warnings

import codings
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enclave.base.errors import EnclaveError

YEARS = ([2000, 2001, 2002, 2003, 2004, 2005], [2000, 2001, 2002, 2003, 2004], [2000, 2002, 2004, 2006, 2008])
WAVES = [2000, 2001, 2004, 2005, 2006]
# what a message names: a column or an argument in quotes
NAMED = re.compile(r"['`]\w.*?['`]|\w = |units|counties|window|treated")
# examples for each estimator in the slow test: more than 2,000 in all
EACH = 70
DRAWN = settings(
    max_examples=50, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@st.composite
def designs(draw):
    years = draw(st.sampled_from([*YEARS, WAVES]))
    start = st.one_of(
        st.none(),
        st.integers(years[1], years[-1]),
        st.integers(years[1], years[-1]),
        st.sampled_from([years[0], years[0] - 3, years[-1] + 2]),
    )
    usual = st.one_of(st.none(), st.integers(years[1], years[-1]))
    starts = draw(st.lists(draw(st.sampled_from([usual, usual, start])), min_size=5, max_size=9))
    kept = draw(st.one_of(st.just([]), st.just([]), st.lists(st.integers(0, 50), min_size=1, max_size=3)))
    # a panel that can be estimated: some unit is never treated
    return codings.design(years=years, starts=[None, *starts], kept=kept, seed=draw(st.integers(0, 10_000)))


def answer(name, design):
    """The numbers of an estimator, or the message with which it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return codings.comparable(name, codings.CALLS[name](design), design)
        except EnclaveError as fault:
            message = str(fault)
    assert re.search(r"[.)] [A-Z`].*\.$", message), f"no remedy: {message}"
    assert NAMED.search(message), f"names no column: {message}"
    return message


def agrees(name, design, coding):
    """Fail unless the coded design gives the same numbers, or is refused like the design itself."""
    if name in codings.OWN_COLUMNS and coding.startswith("columns with"):
        return
    first, second = answer(name, design), answer(name, codings.SAME[coding](design))
    if isinstance(second, str) and "of its own. Rename" in second:
        return
    assert isinstance(first, str) == isinstance(second, str), (coding, first, second)
    if not isinstance(first, str):
        np.testing.assert_allclose(second, first, rtol=2e-5, atol=1e-7, err_msg=f"{name}, {coding}")


def is_refused(name, design, coding):
    """Fail unless the coded design is refused, by the name of the column if the design itself is not."""
    change, _, column = codings.REFUSED[coding]
    coded = change(design)
    # without a treated unit there is no cohort that can be written in another way
    if isinstance(answer(name, design), str) or codings.equal(coded, design):
        return
    message = answer(name, coded)
    assert isinstance(message, str), f"{name} takes {coding}: {message}"
    assert column in message, (coding, message)


def one_example(name, design, coding):
    (agrees if coding in codings.SAME else is_refused)(name, design, coding)


@st.composite
def cases(draw, names):
    """An estimator, a design, and a coding that the estimator reads or refuses."""
    name = draw(st.sampled_from(names))
    refused = [coding for coding, (_, calls, _) in codings.REFUSED.items() if name in calls]
    return name, draw(designs()), draw(st.sampled_from([*codings.SAME, *refused]))


def test_every_public_estimator_is_among_the_calls():
    assert sorted(codings.CALLS) == sorted(codings.public())
    assert len(codings.CALLS) * EACH >= 2000


@pytest.mark.parametrize("half", [0, 1])
def test_a_coding_changes_no_answer_or_is_refused_by_name(half):
    @DRAWN
    @given(case=cases(list(codings.CALLS)[half::2]))
    def run(case):
        one_example(*case)

    run()


@pytest.mark.slow
@pytest.mark.parametrize("name", codings.CALLS)
def test_each_estimator_holds_the_rule_in_many_designs(name):
    @settings(DRAWN, max_examples=EACH)
    @given(case=cases([name]))
    def run(case):
        one_example(*case)

    run()
