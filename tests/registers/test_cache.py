"""A cached chunk is used again only while the code and the facts that decide its bytes are the same."""

import shutil
import subprocess
import sys

import pytest

from enclave.base import imports, paths
from enclave_registers.intake.cache import CONVERSION, IntakeCache

LOADED = f"""
import sys
import {CONVERSION}
for name, module in sys.modules.items():
    if name.startswith("enclave"):
        print(module.__file__)
"""


@pytest.fixture
def lib(tmp_path, monkeypatch):
    """A copy of the code, to be changed."""
    copy = tmp_path / "lib"
    shutil.copytree(paths.LIB, copy, ignore=shutil.ignore_patterns("__pycache__", "fonts"))
    monkeypatch.setattr(paths, "LIB", copy)
    return copy


def fingerprint() -> str:
    return IntakeCache(paths.BUILD).fingerprint


def change(file):
    file.write_text(file.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")


@pytest.mark.parametrize(
    "file",
    [
        *("intake/convert.py", "intake/cache.py", "intake/delivery/delivery_map.py", "intake/formats/csv_files.py"),
        *("intake/values/cell_types.py", "intake/values/__init__.py", "schema.py", "../enclave/facts/tables.py"),
    ],
)
def test_a_change_of_code_that_a_conversion_runs_changes_the_fingerprint(file, lib):
    before = fingerprint()
    change(lib / "enclave_registers" / file)
    assert fingerprint() != before


@pytest.mark.parametrize(
    "package", ["enclave_registers/cleaning", "enclave/estimators", "enclave_twin", "enclave_book"]
)
def test_a_change_of_other_code_leaves_the_fingerprint(package, lib):
    before, files = fingerprint(), list((lib / package).rglob("*.py"))
    assert files
    for file in files:
        change(file)
    assert fingerprint() == before


def test_a_change_of_the_facts_changes_the_fingerprint(tmp_path, monkeypatch):
    facts = tmp_path / "facts"
    shutil.copytree(paths.FACTS, facts)
    monkeypatch.setattr(paths, "FACTS", facts)
    before = fingerprint()
    (facts / "counties.csv").write_text("code\n", encoding="utf-8")
    assert fingerprint() != before


def test_the_fingerprint_covers_every_file_of_ours_that_python_loads_for_a_conversion():
    ran = subprocess.run([sys.executable, "-c", LOADED], check=True, capture_output=True, text=True)
    loaded = set(ran.stdout.splitlines())
    assert len(loaded) > 20
    assert loaded <= {str(file) for file in imports.closure([CONVERSION])}
