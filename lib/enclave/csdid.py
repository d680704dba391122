"""`enclave.estimators.csdid` under its short name."""

from enclave.estimators.csdid import aggregate, att_gt, event_time, jackknife, unit_effects

__all__ = ["aggregate", "att_gt", "event_time", "jackknife", "unit_effects"]
