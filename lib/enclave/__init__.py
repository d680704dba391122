"""Enclave: the working parts of the replication book, one module per subject of the paper."""

__version__ = "0.1.0"
