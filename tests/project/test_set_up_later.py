"""The set-up some years from now: an index that has moved on, a proxy, no network. Each sets up a small project."""

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from importlib import metadata
from pathlib import Path

import package_index
import pytest

from enclave.base import paths
from tools import failures, set_up
from tools.installer import Installer, for_pip, for_uv, index_settings

pytestmark = pytest.mark.slow

# released after the lock: the new `spec` brings an extra that asks for what no lock names
LOCKED = ["task-1.0", "spec-1.0", "toml_reader-1.0", "withdrawn-1.0"]
BUILD_TOOLS = ["uv", "hatchling", "editables", "packaging", "pathspec", "pluggy", "trove_classifiers"]
# how the set-up makes an environment: seconds each time, most of them for pip
MAKE = '[base, "-m", "venv", str(self.folder)]'
COPY = "import shutil, sys; shutil.copytree(*sys.argv[1:], symlinks=True, dirs_exist_ok=True)"
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "small"
version = "1"
[tool.hatch.build.targets.wheel]
packages = ["lib/small"]
"""


@pytest.fixture(scope="module")
def index_folder(tmp_path_factory):
    """What the index has: the locked files and newer ones."""
    folder = tmp_path_factory.mktemp("index")
    asks = ("spec[toml]>=1.0",)
    package_index.made_up(folder, "task", "1.0", requires=asks)
    package_index.made_up(folder, "task", "2.0", requires=asks)
    package_index.made_up(folder, "spec", "1.0", extra={"toml": "toml-reader"})
    package_index.made_up(folder, "spec", "1.1", extra={"toml": "brand-new"})
    package_index.made_up(folder, "toml_reader", "1.0")
    package_index.made_up(folder, "toml_reader", "1.1")
    package_index.made_up(folder, "brand_new", "1.0")
    package_index.made_up(folder, "withdrawn", "1.0")
    package_index.made_up(folder, "withdrawn", "1.1")
    for name in BUILD_TOOLS:
        package_index.repacked(folder, name)
    return folder


@pytest.fixture
def index(index_folder):
    with package_index.served(index_folder, yanked=frozenset({"withdrawn-1.0-py3-none-any.whl"})) as (address, asked):
        yield address, asked


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A new environment of this Python, to be copied."""
    folder = tmp_path_factory.mktemp("environment")
    base = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([base, "-m", "venv", str(folder)], check=True)
    return folder


@pytest.fixture
def project(whole_project, environment):
    """The same project, whose set-up copies an environment in the place of making one."""
    installer = whole_project / "tools" / "installer.py"
    text = installer.read_text(encoding="utf-8")
    assert text.count(MAKE) == 1
    copy = f'[base, "-c", {COPY!r}, {str(environment)!r}, str(self.folder)]'
    installer.write_text(text.replace(MAKE, copy), encoding="utf-8")
    return whole_project


@pytest.fixture
def whole_project(tmp_path, index_folder):
    """A project in an awkward path, with the set-up of this one and a lock of its own."""
    root = tmp_path / "a book 书 [1] #"
    shutil.copytree(paths.ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(paths.ROOT / "run.py", root)
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (root / "lib" / "small").mkdir(parents=True)
    (root / "lib" / "small" / "__init__.py").write_text("HERE = True\n", encoding="utf-8")
    _lock(root, index_folder, [*LOCKED, *BUILD_TOOLS])
    return root


def _lock(root, index_folder, names):
    files = [next(index_folder.glob(f"{name}-*.whl")) for name in names]
    (root / "requirements.lock").write_text("".join(map(package_index.entry, files)), encoding="utf-8")


def _variables(tmp_path, address, **more):
    """The environment of a user whose only index is the given one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "WHEELS"))}
    cache = {"UV_CACHE_DIR": str(tmp_path / "cache"), "PIP_NO_CACHE_DIR": "1", "PIP_CONFIG_FILE": os.devnull}
    return {**kept, **cache, "PIP_INDEX_URL": address, "PIP_RETRIES": "1", "UV_HTTP_RETRIES": "0", **more}


def _set_up(root, variables, *settings):
    command = [sys.executable, "run.py", "setup", *settings]
    return subprocess.run(
        command, cwd=root, env=variables, capture_output=True, text=True, encoding="utf-8", check=False
    )


def _python(root) -> Path:
    return set_up.of_book(root).python


def _versions(root) -> dict[str, str]:
    """What stands in the environment, by name."""
    asked = [_python(root), "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    place = subprocess.run(asked, capture_output=True, encoding="utf-8", check=True).stdout.strip()
    return {one.name.lower().replace("_", "-"): one.version for one in metadata.distributions(path=[place])}


def _is_as_locked(root):
    versions = _versions(root)
    locked = {name.partition("-")[0].replace("_", "-"): "1.0" for name in LOCKED}
    return {name: versions.get(name) for name in locked} == locked and "brand-new" not in versions


def test_newer_releases_a_new_extra_and_a_yanked_file_change_nothing(whole_project, index, tmp_path):
    address, asked = index
    ran = _set_up(whole_project, _variables(tmp_path, address))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert _is_as_locked(whole_project)
    fetched = {path for path in asked if path.endswith(".whl")}
    lock = (whole_project / "requirements.lock").read_text(encoding="utf-8")
    assert {path.strip("/").split("-")[0].replace("_", "-") for path in fetched} == {
        line.split("==")[0] for line in lock.splitlines() if "==" in line
    }


def test_a_system_without_a_file_of_uv_falls_back_to_pip(project, index, index_folder, tmp_path):
    lock = project / "requirements.lock"
    text = lock.read_text(encoding="utf-8")
    lock.write_text(text.replace("uv==", "uv==9999"), encoding="utf-8")
    ran = _set_up(project, _variables(tmp_path, index[0]))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "there is no uv for this system: pip installs" in ran.stdout
    assert "uv" not in _versions(project)
    assert _is_as_locked(project)


@pytest.fixture
def oldest_pip():
    """The pip of Python 3.11.0, which `make test` has fetched; later Pythons cannot run it and keep their own."""
    if sys.version_info >= (3, 12):
        return None
    (file,) = (set_up.of_book().folder / set_up.OLDEST_PIP).glob("*.whl")
    return file


def _install_pip(python, wheel):
    if wheel:
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)], check=True)


@pytest.mark.parametrize("with_uv", [True, False])
def test_the_oldest_pip_of_a_supported_python_installs_the_same(
    project, index, index_folder, tmp_path, environment, oldest_pip, monkeypatch, with_uv
):
    _lock(project, index_folder, [*LOCKED, *BUILD_TOOLS[not with_uv :]])
    made = set_up.of_book(project)
    shutil.copytree(environment, made.folder, symlinks=True)
    _install_pip(made.python, oldest_pip)
    monkeypatch.setattr(os, "environ", _variables(tmp_path, index[0]))
    installer = Installer(made.folder, made.python)
    installer.bring_uv(made.lock)
    installer.install(made.lock)
    installer.install_package(project)
    assert oldest_pip is None or _versions(project)["pip"] == "22.3"
    assert ("uv" in _versions(project)) == with_uv
    assert _is_as_locked(project)


def test_an_old_pip_that_resolves_fails_on_the_same_index(
    project, index, index_folder, tmp_path, environment, oldest_pip
):
    """The set-up did this before: without this failure the tests above would show nothing."""
    _lock(project, index_folder, LOCKED)
    shutil.copytree(environment, project / ".venv", symlinks=True)
    _install_pip(_python(project), oldest_pip)
    resolving = [_python(project), "-m", "pip", "install", "--require-hashes", "-r", "requirements.lock"]
    variables = _variables(tmp_path, index[0])
    ran = subprocess.run(resolving, cwd=project, env=variables, capture_output=True, text=True, check=False)
    mended = int(_versions(project)["pip"].replace(".", "")[:3]) >= 233
    assert ran.returncode == 0 if mended else "spec[toml]" in ran.stderr


def test_an_index_that_serves_other_bytes_stops_the_set_up_with_one_line(project, index_folder, tmp_path):
    changed = tmp_path / "changed"
    shutil.copytree(index_folder, changed)
    package_index.made_up(changed, "toml_reader", "1.0", requires=("spec",))
    with package_index.served(changed) as (address, _):
        ran = _set_up(project, _variables(tmp_path, address))
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert "toml-reader" in line
    assert "does not have the bytes that the lock names" in line
    assert not (project / ".venv" / set_up.RECORD).exists()


def test_without_a_network_one_line_names_the_folder_of_wheels(project, tmp_path):
    ran = _set_up(project, _variables(tmp_path, "http://127.0.0.1:9/simple/"))
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert "WHEELS=folder" in line
    assert "network" in line
    assert not (project / ".venv" / set_up.RECORD).exists()


def test_a_folder_of_wheels_needs_no_network(project, index_folder, tmp_path):
    ran = _set_up(project, _variables(tmp_path, "http://127.0.0.1:9/simple/"), f"WHEELS={index_folder}")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert _is_as_locked(project)


def test_a_folder_of_wheels_with_a_file_of_other_bytes_is_refused_by_its_name(project, index_folder, tmp_path):
    changed = tmp_path / "wheels"
    shutil.copytree(index_folder, changed)
    (changed / "spec-1.0-py3-none-any.whl").write_bytes(b"cut off")
    ran = _set_up(project, _variables(tmp_path, "http://127.0.0.1:9/simple/"), f"WHEELS={changed}")
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert "spec-1.0-py3-none-any.whl does not have the bytes that requirements.lock names" in line
    assert not (project / ".venv").exists()


def test_a_folder_of_wheels_for_another_system_is_refused_with_its_name(project, index_folder, tmp_path):
    other = tmp_path / "wheels"
    shutil.copytree(index_folder, other)
    record = {"system": "windows", "sys_platform": "win32", "machine": "AMD64", "python": "3.12", "lock": ""}
    (other / failures.WHEELS_RECORD).write_text(json.dumps(record), encoding="utf-8")
    ran = _set_up(project, _variables(tmp_path, "http://127.0.0.1:9/simple/"), f"WHEELS={other}")
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert "was filled for windows and Python 3.12" in line


@pytest.mark.parametrize("lacking", ["spec", "uv"])
def test_a_folder_of_wheels_that_lacks_a_file_is_told_which(project, index_folder, tmp_path, lacking):
    part = tmp_path / "wheels"
    shutil.copytree(index_folder, part)
    for file in part.glob(f"{lacking}-*"):
        file.unlink()
    ran = _set_up(project, _variables(tmp_path, "http://127.0.0.1:9/simple/"), f"WHEELS={part}")
    if lacking == "uv":
        assert ran.returncode == 0, ran.stderr
        return
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert f"has no file of {lacking} for this system" in line


def test_a_set_up_that_was_killed_half_way_starts_again(project, index, tmp_path):
    variables = _variables(tmp_path, index[0])
    process = subprocess.Popen(
        [sys.executable, "run.py", "setup"], cwd=project, env=variables, stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if line.startswith("  start  installing the locked packages"):
            process.kill()
            break
    process.wait()
    process.stdout.close()
    assert not (project / ".venv" / set_up.RECORD).exists()
    ran = _set_up(project, variables)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert _is_as_locked(project)


def test_two_set_ups_at_once_make_one_environment(project, index, tmp_path):
    variables = _variables(tmp_path, index[0])
    command = [sys.executable, "run.py", "setup"]
    one = partial(subprocess.Popen, command, cwd=project, env=variables, stdout=subprocess.PIPE, text=True)
    both = [one(stderr=subprocess.STDOUT) for _ in range(2)]
    printed = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], printed
    assert sum("Setting up" in text for text in printed) == 1
    assert _is_as_locked(project)


def test_a_finished_set_up_is_left_alone_and_one_of_another_lock_in_another_place_is_not(
    project, index, index_folder, tmp_path
):
    """The lock alone, the place alone and the Python alone are told apart in test_setup.py."""
    variables = _variables(tmp_path, index[0])
    assert _set_up(project, variables).returncode == 0
    again = _set_up(project, variables)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    moved = project.rename(project.with_name("moved"))
    _lock(moved, index_folder, ["task-2.0", *LOCKED[1:], *BUILD_TOOLS])
    assert "Setting up" in _set_up(moved, variables).stdout
    assert _versions(moved)["task"] == "2.0"


def test_a_package_that_is_described_anew_is_installed_anew_and_nothing_else_is(project, index, tmp_path):
    variables = _variables(tmp_path, index[0])
    assert _set_up(project, variables).returncode == 0
    description = project / "pyproject.toml"
    renamed = description.read_text(encoding="utf-8").replace('version = "1"', 'version = "2"')
    description.write_text(renamed, encoding="utf-8")
    again = _set_up(project, variables)
    assert again.returncode == 0
    assert "installing the package" in again.stdout
    assert "Setting up" not in again.stdout
    assert _versions(project)["small"] == "2"
    assert _set_up(project, variables).stdout == ""


def test_what_the_user_has_set_for_pip_and_uv_cannot_change_what_is_installed(project, index, tmp_path):
    """Only the way to the index counts: other settings would install elsewhere, something else, or nothing."""
    home = tmp_path / "home"
    (home / ".config" / "pip").mkdir(parents=True)
    (home / ".config" / "uv").mkdir()
    elsewhere = tmp_path / "elsewhere"
    (home / ".config" / "pip" / "pip.conf").write_text(
        f"[global]\nindex-url = {index[0]}\nuser = true\ntarget = {elsewhere}\nconstraint = /no/such/file\n", "utf-8"
    )
    (home / ".config" / "uv" / "uv.toml").write_text(
        f'[pip]\npython-platform = "windows"\ntarget = "{elsewhere}"\nexclude-newer = "2001-01-01T00:00:00Z"\n', "utf-8"
    )
    variables = _variables(tmp_path, "", HOME=str(home), UV_CONSTRAINT="/no/such/file", PIP_REQUIREMENT="/no/such/file")
    for name in ("PIP_CONFIG_FILE", "PIP_INDEX_URL", "XDG_CONFIG_HOME"):
        variables.pop(name, None)
    ran = _set_up(project, variables)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert _is_as_locked(project)
    assert not elsewhere.exists()


def test_a_login_page_in_the_place_of_the_index_is_not_taken_for_a_system_without_files(project, tmp_path):
    with package_index.login_page() as address:
        ran = _set_up(project, _variables(tmp_path, address))
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert "a login page may answer in its place" in line


def test_what_the_user_told_pip_of_the_index_holds_for_uv():
    listed = (
        ":env:.index-url='https://first.example/simple'\n"
        "global.index-url='https://third.example/simple'\n"
        "install.index-url='https://second.example/simple'\n"
        "global.extra-index-url='https://a.example/simple\\nhttps://b.example/simple'\n"
        "global.trusted-host='a.example'\n"
        "global.timeout='60'\n"
        "global.no-color='true'\n"
        "global.find-links='/nowhere/at/all'\n"
    )
    settings = index_settings(listed)
    assert for_uv(settings) == {
        "UV_DEFAULT_INDEX": "https://first.example/simple",
        "UV_INDEX": "https://a.example/simple https://b.example/simple",
        "UV_INSECURE_HOST": "a.example",
        "UV_HTTP_TIMEOUT": "60",
    }
    assert for_pip(settings) == {
        "PIP_INDEX_URL": "https://first.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://a.example/simple https://b.example/simple",
        "PIP_TRUSTED_HOST": "a.example",
        "PIP_TIMEOUT": "60",
    }
