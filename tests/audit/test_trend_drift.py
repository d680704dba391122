import numpy as np
import pytest

from enclave.audit import drift
from enclave.audit.rounding import printed
from enclave.base.errors import EnclaveError


def test_a_drift_over_event_times_by_hand():
    # event times 0 to 2 at 0.1 a year: 0.1, 0.2, 0.3, on average 0.2
    low, high = drift.carried_on(printed("0.100"), 2).ends()
    assert (low, high) == pytest.approx((0.199, 0.201))
    # over 0 to 13 the factor is 7.5
    assert drift.carried_on(printed("0.180"), 13).ends() == pytest.approx((0.1795 * 7.5, 0.1805 * 7.5))


def test_a_straight_line_is_recovered():
    slope, last = 0.25, 9
    after = np.mean([slope * (time + 1) for time in range(last + 1)])
    low, high = drift.enough(printed(f"{after:.4f}"), last).ends()
    assert low <= slope <= high


def test_the_interval_is_the_normal_one_and_as_wide_as_rounding_allows():
    # 0.1795 - 1.959964 x 0.1095 and 0.1805 + 1.959964 x 0.1095
    assert drift.confidence(printed("0.180"), printed("0.109")) == pytest.approx((-0.035116, 0.395116), abs=1e-6)


def test_an_event_time_before_the_treatment_is_refused():
    with pytest.raises(EnclaveError, match="Give 0 or more"):
        drift.carried_on(printed("0.1"), -1)
