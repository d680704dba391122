"""What every module of the package keeps to. Each test names file and line of what breaks a habit."""

import ast
import re
import statistics
import subprocess
import sys

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
TEXT = {".py", ".md", ".yml", ".yaml", ".toml", ".ipynb", ".csv", ".cff", ".lock", ".bib", ".css", ".js", ""}
LARGEST = 2 * 1024 * 1024
SHORT, MEDIAN, SHARE_SHORT = 30, 10, 0.95
LONGEST_MODULE, MEDIAN_MODULE = 400, 200


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


def test_functions_are_short():
    found = sources.functions()
    long = [f"{function.place} {function.name}: {function.lines} lines" for function in found if function.lines > SHORT]
    assert len(found) > 200
    assert statistics.median(function.lines for function in found) <= MEDIAN
    assert len(long) <= (1 - SHARE_SHORT) * len(found), long


def test_modules_are_short():
    sizes = {sources.place(file): len(sources.code_lines(file)) for file in sources.modules()}
    assert [f"{name}: {size} lines" for name, size in sizes.items() if size > LONGEST_MODULE] == []
    assert statistics.median(sizes.values()) <= MEDIAN_MODULE


def test_every_module_class_and_public_function_says_what_it_is():
    silent = []
    for file in sources.modules():
        module = sources.tree(file)
        public = [node for node in module.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        nodes = [node for node in public if not node.name.startswith("_")]
        silent += [sources.place(file, node.lineno) for node in nodes if not ast.get_docstring(node)]
        silent += [] if ast.get_docstring(module) else [sources.place(file, 1)]
    assert silent == []


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
        if SILENCED.search(line)
    ]
    assert found == []


def test_names_of_tests_are_sentences():
    short = [
        f"{sources.place(file, node.lineno)} {node.name}"
        for file in sorted(paths.TESTS.rglob("test_*.py"))
        for node in ast.walk(sources.tree(file))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and len(node.name.split("_")) < 4
    ]
    assert short == []


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_the_linter_has_nothing_to_say(command):
    ran = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", str(paths.ROOT)],
        capture_output=True,
        text=True,
        check=False,
        cwd=paths.ROOT,
    )
    assert ran.returncode == 0, ran.stdout


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
