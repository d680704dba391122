"""Fitting the target counts to the numbers that the paper prints. Not part of the build: see `enclave twin-fit`."""
