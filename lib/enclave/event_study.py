"""`enclave.estimators.event_study` under its short name."""

from enclave.estimators.event_study import estimate, interaction_weighted, pretrend_test

__all__ = ["estimate", "interaction_weighted", "pretrend_test"]
