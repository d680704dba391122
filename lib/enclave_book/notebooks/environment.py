"""The environment of all that a build starts: the same on every machine, and nothing personal in it.

The folders that Jupyter, IPython, matplotlib and others keep in the home of a user lie in `paths.CACHE`, so that a home
that is missing or cannot be written to does not matter.
"""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from threading import Lock

from enclave.base import paths

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS")
# With these a notebook gives the same numbers to the last bit wherever it runs. Sums of several threads differ in it.
# Python's sets keep one order: pyfixest takes the fixed effects of a formula from a set, and the last digits of a
# regression with two of them follow that order. joblib starts no processes: without shared memory it would warn.
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
LOOK = "import logging; logging.disable(); import matplotlib.font_manager"
HOME = "USERPROFILE" if os.name == "nt" else "HOME"
looking = Lock()


def prepare() -> None:
    """Set it, for this process and for those that it starts: text is UTF-8, and settings of the user do not count."""
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
    """The same for JupyterLab, which keeps its settings where the user has them, if these folders can be written to.

    Its kernel `python3` is that of this environment, whatever is installed elsewhere.
    """
    os.environ.pop("JUPYTER_PATH", None)
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    os.environ.update(STEADY)
    home = os.path.expanduser("~")
    if not (os.path.isdir(home) and os.access(home, os.W_OK)):
        prepare()


def prepare_kernels() -> None:
    """The same for notebooks, which run beside each other with one thread each, and the fonts that they look for."""
    prepare()
    os.environ.update(STEADY)
    os.environ["ENCLAVE_BUILD"] = str(paths.BUILD)
    with looking:
        _find_fonts()


def _find_fonts() -> None:
    """Let each matplotlib look once. In a notebook it would warn that this takes long: the book prints no warnings."""
    looked = paths.CACHE / FOLDERS["MPLCONFIGDIR"] / f"looked-{version('matplotlib')}"
    if not looked.exists():
        subprocess.run([sys.executable, "-c", LOOK], check=False, capture_output=True)
        looked.touch()
