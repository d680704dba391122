"""The environment variables of all processes that a build starts: the same on every machine, without user settings.

The folders that Jupyter, IPython, matplotlib and others keep in the home of a user are in `paths.CACHE`. So the build
also runs where the home is missing or cannot be written to.
"""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from threading import Lock

from enclave.base import in_cells, paths

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS")
# With these a notebook gives the same numbers to the last bit on every machine. Sums over several threads would differ.
# Sets keep one order: pyfixest takes the fixed effects of a formula from a set, and the last digits of a regression
# with two of them depend on the order. joblib starts no processes: without shared memory it would warn.
STEADY = {**dict.fromkeys(ONE_THREAD, "1"), "PYTHONHASHSEED": "0", "JOBLIB_MULTIPROCESSING": "0"}
FOLDERS = {
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter/data",
    "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    "MPLCONFIGDIR": "matplotlib",
    "NUMBA_CACHE_DIR": "numba",
    "XDG_CACHE_HOME": "xdg",
}
PERSONAL = ("JUPYTER_PATH", "MATPLOTLIBRC", "PYTHONSTARTUP")
SEARCH = "import logging; logging.disable(); import matplotlib.font_manager"
HOME = "USERPROFILE" if os.name == "nt" else "HOME"
searching = Lock()


def prepare() -> None:
    """Set the variables of this process and its children: text is UTF-8, and settings of the user are ignored."""
    for name in PERSONAL:
        os.environ.pop(name, None)
    for name, place in FOLDERS.items():
        (paths.CACHE / place).mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(paths.CACHE / place)
    os.environ["PYTHONUTF8"] = "1"
    try:
        Path.home()
    except RuntimeError:
        # the system knows no user of this number
        os.environ[HOME] = str(paths.CACHE)


def prepare_lab() -> None:
    """The same for JupyterLab, which keeps the settings of the user if their folders can be written to.

    Its kernel `python3` is that of this environment, even if others are installed.
    """
    os.environ.pop("JUPYTER_PATH", None)
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    # JupyterLab does not ask whether to fetch news, nor look for newer versions; settings of the user go first
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(
        filter(None, [str(paths.LAB_CONFIG), os.environ.get("JUPYTER_CONFIG_PATH")])
    )
    os.environ.update(STEADY)
    home = os.path.expanduser("~")
    if not (os.path.isdir(home) and os.access(home, os.W_OK)):
        prepare()
    # errors of a cell are shown as one line; a start-up file of the user stays
    os.environ.setdefault("PYTHONSTARTUP", str(paths.LAB_STARTUP))


def prepare_kernels() -> None:
    """The same for notebooks, which run in parallel with one thread each. Also lets matplotlib find its fonts."""
    prepare()
    os.environ.update(STEADY)
    os.environ["ENCLAVE_BUILD"] = str(paths.BUILD)
    os.environ[in_cells.WHOLE] = "1"
    with searching:
        _find_fonts()


def _find_fonts() -> None:
    """Let each version of matplotlib search once. In a notebook it would warn that this takes long."""
    done = paths.CACHE / FOLDERS["MPLCONFIGDIR"] / f"searched-{version('matplotlib')}"
    if not done.exists():
        subprocess.run([sys.executable, "-c", SEARCH], check=False, capture_output=True)
        done.touch()
