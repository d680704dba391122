"""`enclave.estimators.placebo` under its short name."""

from enclave.estimators.placebo import draws, estimates, p_value, pretrend_draws, t_statistics

__all__ = ["draws", "estimates", "p_value", "pretrend_draws", "t_statistics"]
