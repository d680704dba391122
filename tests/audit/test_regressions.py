import numpy as np
import plain
import pytest

from enclave.audit import regressions
from enclave.audit.rounding import point, printed
from enclave.audit.verdicts import CONSISTENT, IMPOSSIBLE, ONLY_IF
from enclave.base.errors import EnclaveError


def test_t_by_hand():
    # 0.0085 / 0.0045 and 0.0095 / 0.0035
    low, high = regressions.t_values(printed("-0.009"), printed("0.004"))
    assert (low, high) == pytest.approx((1.888889, 2.714286), abs=1e-6)
    assert regressions.t_values(printed("0.0"), printed("0.2"))[0] == 0
    assert regressions.t_values(printed("0.1"), printed("0.0"))[1] == np.inf


def test_p_values_are_those_of_printed_tables_of_t():
    # t with 10 degrees of freedom: 2.228 at 5 per cent, 1.812 at 10; normal: 1.960
    assert regressions.p_values(printed("2.2280"), point(1), 10) == pytest.approx((0.05, 0.05), abs=1e-4)
    assert regressions.p_values(printed("1.8120"), point(1), 10) == pytest.approx((0.10, 0.10), abs=1e-4)
    assert regressions.p_values(printed("1.9600"), point(1)) == pytest.approx((0.05, 0.05), abs=1e-4)


@pytest.mark.parametrize(
    ("estimate", "error", "stars", "df", "word"),
    [
        ("1.459", "0.544", "***", 87, CONSISTENT),
        # t is 2.68, and t(12) asks for 3.05
        ("1.459", "0.544", "***", 12, IMPOSSIBLE),
        ("1.459", "0.544", "**", 12, CONSISTENT),
        ("-0.009", "0.004", "**", 87, ONLY_IF),
        ("-0.009", "0.004", "", 87, IMPOSSIBLE),
        # t is between 1.64 and 1.66, and 1.645 has a star
        ("0.180", "0.109", "", np.inf, ONLY_IF),
        ("0.180", "0.109", "*", np.inf, ONLY_IF),
        ("0.180", "0.109", "**", np.inf, IMPOSSIBLE),
    ],
)
def test_stars_follow_from_t_or_do_not(estimate, error, stars, df, word):
    assert regressions.star_verdict(printed(estimate), printed(error), stars, df).word == word


def test_the_condition_names_the_t_that_the_stars_need():
    # t(87): 1.988 at 5 per cent, 2.634 at 1
    verdict = regressions.star_verdict(printed("-0.009"), printed("0.004"), "**", 87)
    assert verdict.reason == "|t| is at least 1.988 and below 2.634; print leaves 1.89 to 2.71"


def test_stars_do_not_depend_on_sign_or_unit():
    for size, sign in ((1, -1), (1000, 1)):
        estimate, error = (point(sign * size) * printed("2.691"), point(size) * printed("0.778"))
        assert regressions.star_range(estimate, error, 87) == ("***", "***")


def test_a_negative_error_is_refused():
    with pytest.raises(EnclaveError, match="Check the sign"):
        regressions.t_values(printed("1.0"), printed("-0.5"))


def test_the_mean_distance_of_a_panel_lies_in_what_its_rounded_regressions_imply():
    rng = np.random.default_rng(4)
    pairs, years = 30, np.arange(2000, 2015)
    first = np.array([2004 + pair % 9 if pair < 8 else 9999 for pair in range(pairs)])
    treat = (years >= first[:, None]).astype(float)
    far = np.repeat(rng.uniform(10, 300, pairs)[:, None], len(years), axis=1)
    y = rng.normal(size=treat.shape) + 3 * treat
    unit, time = np.repeat(np.arange(pairs), len(years)), np.tile(years, pairs)
    (short,), _, _ = plain.twfe(y.ravel(), [treat.ravel()], unit, time)
    (effect, slope), _, _ = plain.twfe(y.ravel(), [treat.ravel(), (treat * far).ravel()], unit, time)
    # the weights of the omitted-variable formula: the treatment less its means by pair and by year
    residual = treat - treat.mean(axis=1, keepdims=True) - treat.mean(axis=0) + treat.mean()
    delta = (residual * treat * far).sum() / (residual * treat).sum()
    shown = [printed(f"{value:.4f}") for value in (short, effect, slope)]
    low, high = regressions.mean_distance(*shown).ends()
    assert low <= delta <= high
    assert high - low < 0.5 * delta


def test_shares_and_zeros_of_the_paper_by_hand():
    # 0.0105 / 2.6915 and 0.0115 / 2.6905
    low, high = regressions.share_per_unit(printed("2.691"), printed("-0.011")).ends()
    assert (low, high) == pytest.approx((0.003901, 0.004274), abs=1e-6)
    assert regressions.zero_at(printed("2.691"), printed("-0.011")).ends() == pytest.approx(
        (233.957, 256.333), abs=1e-3
    )


def test_differences_and_their_errors_by_hand():
    # sqrt(0.505^2 + 1.345^2) = 1.4367 and sqrt(0.515^2 + 1.355^2) = 1.4496
    found = regressions.error_of_difference(printed("0.51"), printed("1.35"))
    assert found == pytest.approx((1.4367, 1.4496), abs=1e-4)
    assert regressions.error_verdict(printed("1.44"), printed("0.51"), printed("1.35")).word == CONSISTENT
    assert regressions.error_verdict(printed("1.91"), printed("0.51"), printed("1.35")).word == IMPOSSIBLE
    # 0.59 + 2.16 = 2.75, and rounding leaves 2.74 to 2.76
    assert regressions.difference_verdict(printed("2.76"), printed("0.59"), printed("-2.16")).word == CONSISTENT
    assert regressions.difference_verdict(printed("2.77"), printed("0.59"), printed("-2.16")).word == IMPOSSIBLE


def test_r2_never_falls_when_regressors_are_added():
    assert regressions.nested_verdict(printed("0.534"), printed("0.572")).word == CONSISTENT
    assert regressions.nested_verdict(printed("0.534"), printed("0.533")).word == CONSISTENT
    assert regressions.nested_verdict(printed("0.534"), printed("0.532")).word == IMPOSSIBLE
