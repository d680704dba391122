"""`enclave.estimators.land` under its short name."""

from enclave.estimators.land import contrast, event_study, means

__all__ = ["contrast", "event_study", "means"]
