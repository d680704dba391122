"""What imports load: a notebook starts without engines, and the calls that others rely on keep their names."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from enclave_book.notebooks import contents

HEAVY = ["duckdb", "ibis", "numba", "openpyxl", "pandera", "sqlglot"]
OTHERS = ["enclave_registers", "enclave_twin", "enclave_book"]
# shows the cleaning of the registers, so it loads what cleans them
CLEANING = "01_data_cleaning"


def imports(notebook: Path) -> list[str]:
    """The import statements of a notebook, wherever they are."""
    cells = nbformat.read(notebook, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return [ast.unparse(node) for node in ast.walk(ast.parse(code)) if isinstance(node, (ast.Import, ast.ImportFrom))]


def loaded_by(statements: list[str]) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after `statements`."""
    code = [*statements, "import json, sys", "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"]
    ran = subprocess.run([sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, check=True)
    return set(json.loads(ran.stdout))


def test_notebooks_of_the_study_load_no_engine_and_no_other_package():
    notebooks = [notebook for notebook in contents.every() if notebook.stem != CLEANING]
    statements = [statement for notebook in notebooks for statement in imports(notebook)]
    assert len(notebooks) >= 13
    assert any(statement.startswith("from enclave") for statement in statements)
    assert loaded_by(statements) & {*HEAVY, *OTHERS} == set()


def test_the_notebook_of_the_cleaning_loads_an_engine():
    """So the test above would see one."""
    cleaning = next(notebook for notebook in contents.every() if notebook.stem == CLEANING)
    assert {"ibis", "pandera", "enclave_registers"} <= loaded_by(imports(cleaning))


SHORT_NAMES = {
    "did": ["twfe", "base_year_controls"],
    "event_study": ["estimate"],
    "csdid": ["aggregate", "att_gt", "event_time"],
    "placebo": ["draws"],
    "network": ["density"],
    "land": ["event_study"],
    "scorecard": ["compare"],
}


@pytest.mark.parametrize("module", SHORT_NAMES)
def test_the_calls_that_others_rely_on_keep_their_short_names(module):
    package = "exhibits" if module == "scorecard" else "estimators"
    short, full = importlib.import_module(f"enclave.{module}"), importlib.import_module(f"enclave.{package}.{module}")
    for name in SHORT_NAMES[module]:
        assert getattr(short, name) is getattr(full, name)
