"""`enclave.estimators.did` under its short name."""

from enclave.estimators.did import CONVENTIONS, base_year_controls, stars, treated, twfe

__all__ = ["CONVENTIONS", "base_year_controls", "stars", "treated", "twfe"]
