"""One method per module: a panel in, a tidy table out. `compare` calls ten of them at once."""

from enclave.estimators.compare import compare

__all__ = ["compare"]
