"""The examples in docstrings give what they print."""

import doctest
import importlib
import inspect
import pkgutil

import numpy as np
import pandas as pd
import pytest

import enclave.base.stars
from enclave import estimators

MODULES = [
    importlib.import_module(f"enclave.estimators.{found.name}") for found in pkgutil.iter_modules(estimators.__path__)
]
WITH_EXAMPLE = {
    "batch",
    "csdid",
    "did",
    "distance",
    "event_study",
    "jackknife",
    "network",
    "panel_checks",
    "placebo",
    "poisson",
}


def examples(module):
    """The examples of the functions that are defined in the module."""
    names = {"np": np, "pd": pd} | vars(module)
    functions = [
        item for _, item in inspect.getmembers(module, inspect.isfunction) if item.__module__ == module.__name__
    ]
    finder = doctest.DocTestFinder()
    return [test for function in functions for test in finder.find(function, globs=names) if test.examples]


@pytest.mark.parametrize("module", [*MODULES, enclave.base.stars], ids=lambda module: module.__name__)
def test_each_example_prints_what_its_docstring_says(module):
    runner = doctest.DocTestRunner(verbose=False)
    wrong = [test.name for test in examples(module) if runner.run(test).failed]
    assert wrong == []


def test_every_estimator_but_the_long_ones_has_an_example():
    found = {module.__name__.rpartition(".")[2] for module in MODULES if examples(module)}
    assert found >= WITH_EXAMPLE
