"""Run by every kernel that `make lab` starts, in the notebook itself: it leaves no name there."""

__import__("enclave.base.in_cells", fromlist=["begin"]).begin()
