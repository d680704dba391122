"""Which code a step runs, and which changes of it make the step run again."""

import ast
import sys

import pytest

from enclave.base import imports, paths
from enclave_book.build import exhibits_step, nodes, notebooks_step, scorecard_step, steps
from enclave_book.notebooks import contents

CLEANING = paths.LIB / "enclave_registers" / "cleaning"
CHAPTER_ON_CLEANING = "01_data_cleaning"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package in which one imports two, two imports three inside a function, and four stands alone."""
    folder = tmp_path / "toy_package"
    (folder / "sub").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "one.py": "import json\nfrom toy_package import two\n",
        "two.py": "def late():\n    from toy_package.sub import three\n",
        "four.py": "from toy_package.one import something\n",
        "sub/__init__.py": "",
        "sub/three.py": "from . import five\n",
        "sub/five.py": "",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(paths, "LIB", tmp_path)
    monkeypatch.setattr(imports, "PACKAGES", ("toy_package",))
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    sys.modules.pop("toy_package", None)


def test_a_module_brings_along_all_that_it_imports_and_nothing_else(package):
    names = {file.relative_to(package).as_posix() for file in imports.closure(["toy_package.one"])}
    assert names == {"__init__.py", "one.py", "two.py", "sub/__init__.py", "sub/three.py", "sub/five.py"}


def test_a_name_that_is_a_function_is_no_module(package):
    tree = ast.parse("import pandas\nfrom toy_package.one import something\nfrom toy_package import two, nothing\n")
    assert imports.imported(tree) == {"toy_package", "toy_package.one", "toy_package.two"}
    assert package / "one.py" in imports.closure(["toy_package.four"])


def test_an_import_that_was_added_is_noticed(package):
    assert imports.closure(["toy_package.sub.five"]) == {
        package / name for name in ("__init__.py", "sub/__init__.py", "sub/five.py")
    }
    (package / "sub" / "five.py").write_text("import toy_package.four\n", encoding="utf-8")
    assert package / "four.py" in imports.closure(["toy_package.sub.five"])


def test_a_name_of_the_contract_leads_to_the_module_that_does_the_work():
    for name in ("did", "event_study", "csdid", "placebo", "network", "land"):
        worker = paths.LIB / "enclave" / "estimators" / f"{name}.py"
        assert worker in imports.closure([f"enclave.{name}"]), name


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ('# another comment\ndef f(x):\n    "Doc."\n    return x + 1\n', False),
        ("def f(\n    x,\n):\n    'Doc.'\n\n    return (x + 1)  # why\n", False),
        ('def f(x):\n    "Another reason."\n    return x + 1\n', True),
        ('def f(x):\n    "Doc."\n    return x + 2\n', True),
        ('def f(x:\n    "Doc."\n', True),
    ],
    ids=["comment", "line breaks", "docstring", "code", "syntax error"],
)
def test_comments_and_line_breaks_of_code_do_not_count_and_all_else_does(tmp_path, text, counts):
    file = tmp_path / "module.py"
    file.write_text('def f(x):\n    "Doc."\n    return x + 1\n', encoding="utf-8")
    [node] = nodes.files([file])
    before = node.measure()
    file.write_text(text, encoding="utf-8")
    assert (node.measure() != before) == counts
    file.unlink()
    assert node.measure() is None


def test_a_file_that_is_no_code_counts_by_its_bytes(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    [node] = nodes.files([file])
    before = node.measure()
    file.write_text("a\n1\n# note\n", encoding="utf-8")
    assert node.measure() != before


def test_a_changed_comment_of_any_module_changes_the_state_of_no_step(monkeypatch):
    before = {step.name: step.state() for step in _steps()}
    read = nodes.Path.read_bytes
    monkeypatch.setattr(nodes.Path, "read_bytes", lambda file: read(file) + b"\n# a comment\n")
    monkeypatch.setattr(nodes, "fingerprint", lambda path: f"other bytes {path}")
    nodes.code_hash.cache_clear()
    after = {step.name: step.state() for step in _steps()}
    nodes.code_hash.cache_clear()
    assert after == before
    assert len(before) > 15


def _steps():
    """Every step of the twin, with its code as its only inputs and without products."""
    read = {step.name: [node for node in step.inputs if isinstance(node, nodes.Code)] for step in steps.collect("twin")}
    return [nodes.Step(name=name, run=print, inputs=code, products=[]) for name, code in read.items() if code]


def test_changed_code_of_the_cleaning_reruns_the_panels_and_only_the_chapter_on_cleaning():
    [panels] = steps.panels("twin")
    assert _cleaning(panels)
    chapters = {step.name for step in notebooks_step.steps("twin") if _cleaning(step)}
    assert chapters == {CHAPTER_ON_CLEANING}
    assert len(contents.every()) > 10


def _cleaning(step):
    """The modules of the cleaning among the inputs of a step."""
    return [node.path.name for node in step.inputs if node.path.is_relative_to(CLEANING)]


def inputs(step):
    return {node.path for node in step.inputs}


def test_a_result_is_made_again_when_the_code_that_validates_and_writes_it_changes():
    writing = {imports.module_file(name) for name in ("enclave.exhibits.columns", "enclave_registers.written")}
    made = [*exhibits_step.steps("twin"), *scorecard_step.steps("twin")]
    assert [step.name for step in made if not writing <= inputs(step)] == []


def test_a_chapter_that_computes_from_target_counts_is_run_again_when_they_change():
    reading = {step.name for step in notebooks_step.steps("twin") if paths.TWIN in inputs(step)}
    assert reading == {"D_several_twins"}


def test_the_map_of_exhibits_is_made_again_when_a_maker_changes():
    [step] = [step for step in steps.generated("twin") if step.name == "generated exhibits.md"]
    assert paths.LIB / "enclave" / "exhibits" / "table_4.py" in inputs(step)
