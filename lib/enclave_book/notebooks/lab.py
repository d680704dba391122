"""JupyterLab on the notebooks, with the Python and the package of the book."""

import os

from enclave.base import paths
from enclave_book.notebooks import environment


def start() -> None:
    """Serve the notebooks until interrupted."""
    environment.prepare_lab()
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance([f"--notebook-dir={paths.NOTEBOOKS}", *_for_root()])


def _for_root() -> list[str]:
    """JupyterLab needs this option to start for root, the user of many containers."""
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
