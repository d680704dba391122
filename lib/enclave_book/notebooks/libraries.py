"""Imports the libraries of notebooks and exhibits: the server of `forked` has them loaded, and so have its processes.

It imports none of our own modules. Each process imports those itself, as they are when it starts: a build never runs
code that was changed since.
"""

import os

# matplotlib reads this when it is imported; ipykernel would set the same
os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")

import diff_diff
import differences
import ipykernel.kernelapp
import matplotlib.pyplot
import myst_nb
import nbformat
import networkx
import numpy
import pandas.io.formats.style
import psutil
import pyarrow.parquet
import pyproj
import scipy.stats
import shapely
from pyfixest.estimation.api import feols, fepois

__all__ = [
    "diff_diff",
    "differences",
    "feols",
    "fepois",
    "ipykernel",
    "matplotlib",
    "myst_nb",
    "nbformat",
    "networkx",
    "numpy",
    "pandas",
    "psutil",
    "pyarrow",
    "pyproj",
    "scipy",
    "shapely",
]
