"""How the tests are run: which files begin first, what workers share, what the README of the tests lists."""

import ast

import conftest
import pytest
import shared
import sources

from enclave.base import paths


def test_the_files_that_begin_first_are_in_the_folder_of_tests():
    assert [name for name in conftest.LONGEST if not (paths.TESTS / name).is_file()] == []


def test_each_folder_and_support_module_is_in_the_readme_of_the_tests():
    text = (paths.TESTS / "README.md").read_text(encoding="utf-8")
    folders = [f"`{place.name}/`" for place in paths.TESTS.iterdir() if place.is_dir() and place.name[0] not in "._"]
    modules = [f"`{file.stem}`" for file in (paths.TESTS / "support").glob("*.py")]
    assert len(modules) > 10
    assert [name for name in [*folders, *modules] if f"| {name} |" not in text] == []


def test_what_is_shared_is_made_once(tmp_path_factory):
    made = []
    for _ in range(2):
        folder = shared.folder(tmp_path_factory, "made once", made.append)
    assert made == [folder]
    assert folder.is_dir()


def test_what_is_shared_is_made_again_after_a_failure(tmp_path_factory):
    def fail(folder):
        (folder / "half").touch()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        shared.folder(tmp_path_factory, "made twice", fail)
    folder = shared.folder(tmp_path_factory, "made twice", lambda folder: (folder / "whole").touch())
    assert [file.name for file in folder.iterdir()] == ["whole"]


def test_tests_are_collected_without_spark():
    # `make test-fit` collects every file and installs no Spark
    lock = (paths.ROOT / "requirements-spark.lock").read_text(encoding="utf-8")
    packages = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    assert "pyspark" in packages
    loading = []
    for file in paths.TESTS.rglob("*.py"):
        for node in sources.tree(file).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            loading += [sources.place(file, node.lineno) for name in names if name.split(".")[0] in packages]
    assert loading == []
