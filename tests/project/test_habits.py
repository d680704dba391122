"""Rules for every file of the project. Each test names file and line of what breaks its rule.

Rules that a program can check are in `pyproject.toml`: ruff checks style, docstrings and the length of functions,
pyrefly types, import-linter which package may import which (test_imports.py).
"""

import ast
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest
import sources
import yaml

from enclave.base import paths

TREE = re.compile(r"^(_build|data|book|notebooks|lib|tests|tools)(/|$)")
# put together here, so that this file does not name what it forbids
ONE_MACHINE = re.compile(
    r"(?:^|[^A-Za-z0-9_.\]])/(?:" + "|".join(["ro" + "ot", "ho" + "me", "wo" + "rk", "Us" + "ers"]) + r")/"
)
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "conda.ana" + "conda.org", "registry." + "npmjs"]
SILENCED = re.compile(r"#\s*(?:no" + r"qa|type:\s*ignore)|pytest\.(?:mark\.)?(?:sk" + r"ip|xfa" + r"il)")
# the reason to leave out a test here that runs there
ELSEWHERE = re.compile("is not installed on this machine; the (daily|weekly) job has it")
TEXT = {".py", ".md", ".yml", ".yaml", ".toml", ".ipynb", ".csv", ".cff", ".lock", ".bib", ".css", ".js", ""}
LARGEST = 2 * 1024 * 1024
LONGEST_MODULE = 400
TEST = re.compile(r"^ *def (test_\w+)", re.MULTILINE)
SCRIPTS = Path(sysconfig.get_path("scripts"))
CHECKS = {
    "ruff check": ["ruff", "check", "--no-cache"],
    "types": ["pyrefly", "check", "--output-format", "min-text"],
    "ruff format": ["ruff", "format", "--check", "--no-cache"],
    "directions of imports": ["lint-imports", "--no-cache"],
}


def test_only_the_paths_module_spells_a_path_of_the_tree():
    spelt = [
        f"{sources.place(file, node.lineno)}: {node.value!r}"
        for file in sources.modules()
        if file.stem != "paths"
        for node in sources.texts(file)
        if TREE.match(node.value) and node.value not in {"book", "data"}
    ]
    found_from_itself = [
        sources.place(file, node.lineno)
        for file in sources.modules()
        if file.stem != "paths"
        for node in ast.walk(sources.tree(file))
        if isinstance(node, ast.Name) and node.id == "__file__"
    ]
    assert spelt + found_from_itself == []


def test_modules_are_short():
    sizes = {sources.place(file): len(file.read_text(encoding="utf-8").splitlines()) for file in sources.modules()}
    assert len(sizes) > 100
    assert [f"{name}: {size} lines" for name, size in sizes.items() if size > LONGEST_MODULE] == []


def test_nothing_is_tied_to_one_machine_or_registry():
    found = []
    for file in sources.tracked():
        if file.suffix in TEXT:
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                if ONE_MACHINE.search(line) or any(host in line for host in REGISTRIES):
                    found.append(f"{sources.place(file, number)}: {line.strip()[:80]}")
    assert found == []


def test_no_tracked_file_is_large():
    large = [
        f"{sources.place(file)}: {file.stat().st_size}" for file in sources.tracked() if file.stat().st_size > LARGEST
    ]
    assert large == []


def test_each_folder_of_data_says_where_its_files_come_from():
    folders = [folder for folder in paths.DATA.iterdir() if folder.is_dir()]
    assert len(folders) >= 4
    assert [sources.place(folder) for folder in folders if not (folder / "README.md").exists()] == []


def test_no_check_is_silenced_and_no_test_is_left_out():
    found = [
        f"{sources.place(file, number)}: {line.strip()}"
        for file in sources.tracked()
        if file.suffix == ".py"
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if SILENCED.search(line) and not ELSEWHERE.search(line)
    ]
    assert found == []


def test_names_of_tests_are_sentences():
    short = [
        f"{sources.place(file)} {name}"
        for file in sorted(paths.TESTS.rglob("test_*.py"))
        for name in TEST.findall(file.read_text(encoding="utf-8"))
        if len(name.split("_")) < 4
    ]
    assert short == []


@pytest.mark.parametrize("command", CHECKS.values(), ids=CHECKS.keys())
def test_the_checks_of_style_and_types_find_nothing(command):
    program, *words = command
    ran = subprocess.run(
        [str(SCRIPTS / program), *words], capture_output=True, text=True, encoding="utf-8", check=False, cwd=paths.ROOT
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_continuous_integration_runs_what_a_reader_is_told_to_type():
    workflow = yaml.safe_load((paths.ROOT / ".github" / "workflows" / "book.yml").read_text(encoding="utf-8"))
    commands = [step.get("run", "") for step in workflow["jobs"]["build"]["steps"]]
    script = (paths.ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    readme = paths.README.read_text(encoding="utf-8")
    assert ".ci/run" in commands
    assert "set -euo pipefail" in script
    for command in ("make test", "make book"):
        assert any(line.startswith(command) for line in script)
        assert re.search(rf"^{command}\b", readme, re.MULTILINE)
