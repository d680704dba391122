"""`enclave.estimators.network` under its short name."""

from enclave.estimators.network import density, further_looks, graph

__all__ = ["density", "further_looks", "graph"]
