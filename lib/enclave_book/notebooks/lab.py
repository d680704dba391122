"""JupyterLab on the notebooks, with the Python and the package of the book."""

import os
from pathlib import Path

from enclave.base import paths
from enclave_book.notebooks import copies, environment

# what the list of files shows, of all that is in the folder of the project
SHOWN = (paths.NOTEBOOKS.name, paths.WORK.name)
ALWAYS_HIDDEN = ["__pycache__", "*.pyc", "*.pyo", ".DS_Store", "*~"]


def start(folder: Path = paths.ROOT, further: tuple[str, ...] = ()) -> None:
    """Serve the notebooks and the copies to work in until interrupted; `further` are options of JupyterLab.

    Copies that are missing are written first. The start page is `work/start.ipynb`.
    """
    environment.prepare_lab()
    copies.write(folder / paths.WORK.name)
    place = copies.write_start(folder / paths.WORK.name)
    from jupyterlab.labapp import LabApp

    options = [
        f"--notebook-dir={folder}",
        f"--LabApp.default_url=/lab/tree/{place.relative_to(folder).as_posix()}",
        *(f"--ContentsManager.hide_globs={name}" for name in hidden(folder)),
        *_for_root(),
        *further,
    ]
    LabApp.launch_instance(options)


def hidden(folder: Path) -> list[str]:
    """Names that the list of files leaves out: all in the top folder but the notebooks and the copies."""
    others = sorted(place.name for place in folder.iterdir() if place.name not in SHOWN)
    return [*ALWAYS_HIDDEN, *(name for name in others if not name.startswith("."))]


def _for_root() -> list[str]:
    """JupyterLab needs this option to start for root, the user of many containers."""
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
