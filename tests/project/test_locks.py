"""The locks name every file of every promised system, and no lock that lacks one is let through."""

import json
import re
import tomllib

import package_index
import pytest
from packaging.requirements import Requirement

from enclave.base import paths
from tools import lock_checks, locks, systems, wheels
from tools.systems import Target

LINUX, WINDOWS = Target("linux", "3.11"), Target("windows", "3.12")


def entry(name, version, sha="a" * 64, marker=""):
    mark = f" ; {marker}" if marker else ""
    return locks.Entry(
        name, version, marker, frozenset({sha}), f"{name}=={version}{mark} \\\n    --hash=sha256:{sha}\n"
    )


def package(name, version, *requires, sha="a" * 64):
    return lock_checks.Package(name, version, sha, requires)


ASKED = [Requirement("one")]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-spark.lock", "requirements-next.lock"])
def test_each_entry_of_a_lock_has_hashes_and_no_address_stands_in_it(name):
    text = (paths.ROOT / name).read_text(encoding="utf-8")
    entries = locks.entries(paths.ROOT / name)
    assert sum(len(one.hashes) for one in entries) == text.count("--hash=sha256:")
    assert "".join(one.text for one in entries).split() == text.split()
    assert "://" not in text
    assert "--index" not in text


def test_an_entry_without_a_hash_is_refused_by_its_name(tmp_path):
    (tmp_path / "some.lock").write_text("one==1 \\\n    --hash=sha256:" + "a" * 64 + "\ntwo==2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"some.lock: 'two==2' has no version or no hash"):
        locks.entries(tmp_path / "some.lock")


def test_the_lock_holds_every_package_that_the_project_names_and_builds_with():
    project = tomllib.loads(paths.PROJECT.read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    named = [
        *project["project"]["dependencies"],
        *extras["test"],
        *extras["build"],
        *project["build-system"]["requires"],
    ]
    names = {locks.normalized(re.match(r"[A-Za-z0-9._-]+", requirement)[0]) for requirement in named}
    assert names <= {one.name for one in locks.entries(paths.REQUIREMENTS)}


def test_the_lock_for_spark_holds_its_extra_and_nothing_that_the_other_lock_holds():
    spark = {one.name for one in locks.entries(paths.ROOT / "requirements-spark.lock")}
    project = tomllib.loads(paths.PROJECT.read_text(encoding="utf-8"))["project"]
    extra = {re.match(r"[a-z0-9]+", requirement)[0] for requirement in project["optional-dependencies"]["spark"]}
    assert extra <= spark
    assert spark & {one.name for one in locks.entries(paths.REQUIREMENTS)} == set()
    lock = paths.ROOT / "requirements-spark.lock"
    assert lock_checks.on_top(lock, paths.REQUIREMENTS) == lock.read_text(encoding="utf-8")


def test_the_table_of_the_readme_was_made_for_this_lock():
    text = paths.README.read_text(encoding="utf-8")
    table = text[text.index(lock_checks.START) : text.index(lock_checks.END)]
    assert locks.checksum(paths.REQUIREMENTS)[:12] in table, "renew it: make lock ARGS=check"
    assert sum(table.count(f"| {title} |") for title in lock_checks.TITLES.values()) == len(systems.SYSTEMS)


def test_a_lock_that_meets_what_its_packages_ask_for_is_complete():
    entries = [entry("one", "1"), entry("two", "2"), entry("only-windows", "3", marker="sys_platform == 'win32'")]
    found = [package("one", "1", "two>=1", "only-windows; sys_platform == 'win32'"), package("two", "2")]
    assert lock_checks.faults(LINUX, found, entries, ASKED) == []
    assert lock_checks.faults(WINDOWS, [*found, package("only-windows", "3")], entries, ASKED) == []


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ([package("one", "1", "three")], "one asks for three, and the lock has none (linux, Python 3.11)"),
        ([package("one", "1", "two>=3")], "one asks for two>=3, and the lock has 2 (linux, Python 3.11)"),
        (
            [package("one", "1", "two[quick]"), package("two", "2", 'three; extra == "quick"')],
            'two[quick] asks for three; extra == "quick", and the lock has none (linux, Python 3.11)',
        ),
        (
            [
                package("one", "1", "two; sys_platform == 'linux' and python_version < '3.12'"),
                package("two", "2", "four"),
            ],
            "two asks for four, and the lock has none (linux, Python 3.11)",
        ),
        (
            [package("one", "1", sha="b" * 64)],
            "one 1: the lock does not name the bytes of its file (linux, Python 3.11)",
        ),
    ],
)
def test_a_lock_that_lacks_something_is_told_what_asks_for_it(found, line):
    assert line in lock_checks.faults(LINUX, found, [entry("one", "1"), entry("two", "2")], ASKED)


def test_an_extra_is_followed_through_packages_that_ask_for_each_other():
    entries = [entry("one", "1"), entry("two", "2")]
    found = [
        package("one", "1", "two[more]", 'two[more]; extra == "more"'),
        package("two", "2", 'one[more]; extra == "more"'),
    ]
    assert lock_checks.faults(LINUX, found, entries, ASKED) == []


def test_what_the_index_lacks_for_a_system_is_named_in_the_table(tmp_path, monkeypatch):
    """One package has a file for Windows alone; the index is real, its files are made up here."""
    package_index.made_up(tmp_path, "plain", "1.0")
    made = package_index.made_up(tmp_path, "special", "1.0")
    made.rename(made.with_name("special-1.0-cp312-cp312-win_amd64.whl"))
    entries = [entry("plain", "1.0"), entry("special", "1.0")]
    with package_index.served(tmp_path) as (address, _):
        for name, value in {"PIP_INDEX_URL": address, "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": ""}.items():
            monkeypatch.setenv(name, value)
        reports = {target: lock_checks.at_index(target, entries) for target in (LINUX, WINDOWS)}
    assert [one.name for one in reports[WINDOWS][0]] == ["plain", "special"]
    assert {target: missing for target, (_, missing) in reports.items()} == {LINUX: ["special"], WINDOWS: []}
    without = {target: reports.get(target, ([], []))[1] for target in systems.every()}
    assert "1 of 2 (not special)" in lock_checks.table(without, entries)


def test_the_marker_of_an_entry_decides_on_which_systems_it_is_wanted():
    for_windows = entry("one", "1", marker="sys_platform == 'win32'")
    before_312 = entry("one", "1", marker="python_full_version < '3.12'")
    assert [target for target in systems.every() if target.wants(for_windows)] == [
        Target("windows", python) for python in systems.PYTHONS
    ]
    assert {target.python for target in systems.every() if target.wants(before_312)} == {"3.11"}


def test_a_folder_is_filled_for_another_system_with_what_its_markers_ask_for(tmp_path, monkeypatch):
    source, folder = tmp_path / "index", tmp_path / "wheels"
    source.mkdir()
    plain = package_index.made_up(source, "plain", "1.0")
    special = package_index.made_up(source, "special", "1.0")
    special = special.rename(special.with_name("special-1.0-cp312-cp312-win_amd64.whl"))
    marked = package_index.entry(special).replace("==1.0", "==1.0 ; sys_platform == 'win32'")
    lock = tmp_path / "small.lock"
    lock.write_text(package_index.entry(plain) + marked, encoding="utf-8")
    monkeypatch.setattr(wheels, "LOCKS", {lock: ["--only-binary", ":all:"]})
    with package_index.served(source) as (address, asked):
        for name, value in {"PIP_INDEX_URL": address, "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": ""}.items():
            monkeypatch.setenv(name, value)
        wheels.fill(folder, WINDOWS)
        fetched = len([path for path in asked if path.endswith(".whl")])
        wheels.fill(folder, WINDOWS)
    assert sorted(file.name for file in folder.iterdir()) == [plain.name, special.name, "wheels.json"]
    assert fetched == 2
    assert json.loads((folder / "wheels.json").read_text(encoding="utf-8"))["system"] == "windows"


@pytest.mark.parametrize(("system", "python"), [("amiga", "3.12"), ("windows", "2.7")])
def test_a_system_without_files_is_refused_with_the_list_of_those_that_have(system, python):
    with pytest.raises(ValueError, match=r"Choose PLATFORM=linux\|.* and PYTHON=3.11\|"):
        wheels.chosen(system, python)
