"""Notebooks for Colab: those of the book with one cell on top, which fetches the book and runs all below in it.

The notebooks of the repository stay as they are. Those for Colab are in a separate branch, which the button of a page
opens. The address of the repository is `repository.url` in `_config.yml`; without one there is no button.
"""

import json
import subprocess
from pathlib import Path

import yaml

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave_book.notebooks import contents

CELL = """# Only in Colab: fetches the book, installs what its lock names, builds the panels. Some minutes, once.
# The cells below then run in the book's own Python. A cell that names google.colab stays in that of Colab.
import sys

if "google.colab" in sys.modules:
    ![ -d enclave ] || git clone --quiet {address} enclave
    !git -C enclave checkout --quiet {commit}
    sys.path.insert(0, "enclave/tools")
    import in_colab

    in_colab.begin()
"""


def address() -> str:
    """The address of the repository in `_config.yml`; empty until the book is published."""
    config = yaml.safe_load(paths.BOOK_CONFIG.read_text(encoding="utf-8"))
    return (config.get("repository") or {}).get("url") or ""


def write(folder: Path) -> list[Path]:
    """Write the notebooks for Colab below `folder`, in the places of the repository; returns their paths.

    None if the repository has no address yet. Raises EnclaveError outside a git repository.
    """
    if not address():
        return []
    cell = CELL.format(address=address(), commit=_commit())
    made = {folder / one.relative_to(paths.ROOT): _with(cell, one) for one in contents.every()}
    for place, text in made.items():
        files.write_text(text, place)
    return list(made)


def _with(cell: str, notebook: Path) -> str:
    book = json.loads(notebook.read_text(encoding="utf-8"))
    first = {"cell_type": "code", "execution_count": None, "id": "colab", "metadata": {}, "outputs": []}
    first["source"] = cell.rstrip("\n").splitlines(keepends=True)
    for other in book["cells"]:
        # Colab does not know how code is hidden elsewhere
        if other["metadata"].get("jupyter", {}).get("source_hidden"):
            other["metadata"]["cellView"] = "form"
    book["cells"].insert(0, first)
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def _commit() -> str:
    """The commit of the notebooks. A copy that a reader keeps goes on fetching this one."""
    command = ["git", "rev-parse", "HEAD"]
    ran = subprocess.run(command, cwd=paths.ROOT, capture_output=True, encoding="utf-8", check=False)
    if ran.returncode:
        raise EnclaveError(f"git names no commit in {paths.ROOT}. Write the notebooks from a clone of the repository.")
    return ran.stdout.strip()
