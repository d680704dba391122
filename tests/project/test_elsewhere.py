"""What sets the book up elsewhere: Dockerfile, dev container, conda and Binder, workflows.

No container engine and no hosted runner is at hand in the tests. The files are parsed, and what they name must exist.
"""

import re
import shlex
import subprocess
import tomllib

import pytest
import recipes
import yaml

from enclave.base import paths
from enclave_book import cli

IGNORED = paths.ROOT / ".gitignore"
LEFT_OUT = paths.ROOT / ".dockerignore"
PYTHONS = {"3.11", "3.12", "3.13", "3.14"}
# named where a package manager installs the program of that name
INSTALLS = re.compile(r"(apt-get|apt) install")
NAMED = re.compile(r"""(?:run\.py|(?:^|['"\s])make) ([a-z][a-z-]*)""")
# of the package, by `run.py enclave` or by the module
OF_PACKAGE = re.compile(r"""ARGS="([^"]+)"|-m enclave_book (.+)$""")


def every_text(content):
    """Every text in a workflow, the values of its matrices included."""
    if isinstance(content, dict):
        content = list(content.values())
    return [content] if isinstance(content, str) else [text for one in content for text in every_text(one)]


def lines():
    in_workflows = [(name, text) for name, content in recipes.workflows().items() for text in every_text(content)]
    split = [(name, line) for name, text in in_workflows for line in text.splitlines()]
    return [(place, line) for place, line in split + recipes.shell_lines() if not INSTALLS.search(line)]


def test_every_command_that_a_recipe_names_is_one_of_the_book():
    named = [(place, name) for place, line in lines() for name in NAMED.findall(line)]
    known = recipes.commands()
    assert {"book", "test", "setup", "drift", "book-next"} <= {name for _, name in named}
    assert [f"{place}: {name}" for place, name in named if name not in known] == []


def test_every_call_of_the_package_is_one_that_its_command_line_understands():
    calls = [found for _, line in lines() for found in OF_PACKAGE.finditer(line) if "run.py test" not in line]
    words = {call[1] or call[2] for call in calls}
    assert {"build --until panels", "colab _build/colab"} <= words
    for call in words:
        cli._parser().parse_args(shlex.split(call))


# --- Container --------------------------------------------------------------------------------------------------------


def test_the_container_runs_and_sets_up_as_an_ordinary_user():
    user, set_up_by = "root", []
    for one in recipes.dockerfile():
        user = one.rest if one.word == "USER" else user
        set_up_by += [user] if one.word == "RUN" and "run.py" in one.rest else []
    assert user not in ("root", "0")
    assert set_up_by == [user]
    assert f"useradd --create-home --shell /bin/bash {user} " in " ".join(
        one.rest + " " for one in recipes.dockerfile()
    )


def test_the_container_starts_from_a_named_version_of_debian_and_takes_no_secret():
    first, second = [one.rest for one in recipes.dockerfile() if one.word == "FROM"]
    assert re.fullmatch(r"debian:\d+-slim AS system", first)
    assert second == "system AS book"
    # ARG and ENV, by which a secret could enter, are none of the words that the parser knows
    assert {one.word for one in recipes.dockerfile()} <= recipes.KNOWN
    assert "--mount" not in recipes.DOCKERFILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", ["ENV TOKEN=1", "ARG TOKEN", "ADD book.tar /", "RUN", "run true"])
def test_the_parser_of_the_container_refuses_what_it_does_not_expect(wrong):
    with pytest.raises(ValueError, match="is no instruction that is expected here"):
        recipes.instructions(f"FROM debian:13-slim AS system\n{wrong}\n")


def test_a_continued_line_of_the_container_is_one_instruction():
    made = recipes.instructions("FROM a AS b\n# why\nRUN one \\\n    && two\n")
    assert [(one.stage, one.word, one.rest) for one in made] == [("b", "FROM", "a AS b"), ("b", "RUN", "one && two")]


def test_the_command_of_the_container_names_programs_of_the_lock():
    command = yaml.safe_load(next(one.rest for one in recipes.dockerfile() if one.word == "CMD"))
    assert command[:4] == [".venv/bin/python", "-m", "jupyter", "lab"]
    assert "--allow-root" not in command
    assert re.search(r"^jupyterlab==", paths.REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE)


def test_what_git_ignores_does_not_enter_an_image():
    def as_docker_writes(pattern):
        denied, bare = pattern.startswith("!"), pattern.removeprefix("!").removesuffix("/")
        return ("!" if denied else "") + (bare if bare.startswith("/") else f"**/{bare}")

    patterns = [line for line in IGNORED.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    left_out = LEFT_OUT.read_text(encoding="utf-8").splitlines()
    assert [pattern for pattern in patterns if as_docker_writes(pattern) not in left_out] == []
    assert left_out[-2:] == ["/data/licensed/*", "!/data/licensed/README.md"]


def test_the_dev_container_is_the_first_stage_with_the_user_of_the_container():
    made = recipes.devcontainer()
    folder = recipes.DEVCONTAINER.parent
    assert (folder / made["build"]["dockerfile"]).resolve() == recipes.DOCKERFILE
    assert (folder / made["build"]["context"]).resolve() == paths.ROOT
    assert made["build"]["target"] in {one.stage for one in recipes.dockerfile()}
    assert made["remoteUser"] in {one.rest for one in recipes.dockerfile() if one.word == "USER"}
    assert made["postCreateCommand"] == "python3 run.py setup"


# --- Conda and Binder -------------------------------------------------------------------------------------------------


def test_conda_installs_the_lock_and_nothing_else():
    made = yaml.safe_load(paths.ENVIRONMENT.read_text(encoding="utf-8"))
    assert made["channels"] == ["conda-forge"]
    assert made["dependencies"] == ["python=3.11", "pip", {"pip": ["--requirement requirements.lock"]}]


def test_the_package_is_built_with_what_the_lock_names_alone():
    lock = paths.REQUIREMENTS.read_text(encoding="utf-8")
    needed = tomllib.loads(paths.PROJECT.read_text(encoding="utf-8"))["build-system"]["requires"]
    # an editable build of hatchling needs editables too
    assert [name for name in [*needed, "editables"] if not re.search(rf"^{name}==", lock, re.MULTILINE)] == []
    told = paths.ENVIRONMENT.read_text(encoding="utf-8")
    for text in (recipes.POST_BUILD.read_text(encoding="utf-8"), told):
        [install] = re.findall(r"python -m pip install .*", text)
        assert {"--no-deps", "--no-build-isolation", "--editable"} <= set(install.split())


def test_binder_finds_its_files_where_it_looks_for_them():
    # a Dockerfile at the top, or a folder binder or .binder, would make Binder pass over environment.yml
    assert [name for name in ("Dockerfile", "binder", ".binder") if (paths.ROOT / name).exists()] == []
    assert recipes.POST_BUILD.read_text(encoding="utf-8").startswith("#!/bin/bash\n")
    told = ["git", "ls-files", "--stage", recipes.POST_BUILD.name]
    staged = subprocess.run(told, cwd=paths.ROOT, capture_output=True, text=True, check=True).stdout
    assert staged.startswith("100755 ")


# --- Workflows --------------------------------------------------------------------------------------------------------


def jobs():
    return {f"{name} {job}": one for name, flow in recipes.workflows().items() for job, one in flow["jobs"].items()}


def test_a_workflow_may_only_read_but_for_two_jobs_of_the_main_branch():
    assert [flow["permissions"] for flow in recipes.workflows().values()] == [{"contents": "read"}] * 2
    more = {name: job["permissions"] for name, job in jobs().items() if "permissions" in job}
    assert more == {
        "book.yml publish": {"pages": "write", "id-token": "write"},
        "book.yml colab": {"contents": "write"},
    }
    for name in more:
        assert jobs()[name]["if"].startswith("github.ref == 'refs/heads/main' && ")


def test_no_workflow_uses_a_secret_or_runs_what_a_stranger_proposes_with_rights():
    for name, flow in recipes.workflows().items():
        assert "pull_request_target" not in flow["on"], name
        assert [text for text in every_text(flow) if "secrets." in text] == [], name


def test_no_job_keeps_the_rights_of_its_checkout_but_the_one_that_pushes():
    keeping = [
        f"{name} {job}"
        for name, job, step in recipes.steps()
        if step.get("uses", "").startswith("actions/checkout@")
        and step.get("with", {}).get("persist-credentials") != "false"
    ]
    assert keeping == ["book.yml colab"]


def test_every_job_ends_by_itself():
    assert [name for name, job in jobs().items() if not 0 < int(job["timeout-minutes"]) <= 120] == []


def test_linux_macos_and_windows_and_every_python_of_the_lock_are_run():
    matrices = [
        job["strategy"]["matrix"] for name, job in jobs().items() if name in ("book.yml systems", "book.yml pythons")
    ]
    systems = {system.split("-")[0] for matrix in matrices for system in matrix["system"]}
    assert systems == {"ubuntu", "macos", "windows"}
    assert {python for matrix in matrices for python in matrix["python"]} == PYTHONS
    whole = [step["run"] for step in jobs()["book.yml systems"]["steps"] if "run" in step]
    assert whole[:2] == ["python run.py book", "python run.py test"]


def test_no_job_on_windows_needs_make():
    on_windows = [job for job in jobs().values() if "windows-latest" in every_text(job.get("strategy", {}))]
    assert len(on_windows) == 2
    assert [text for job in on_windows for text in every_text(job) if re.search(r"\bmake\b", text)] == []


def test_a_fresh_machine_runs_both_commands_of_the_readme_each_week():
    fresh = jobs()["weekly.yml fresh"]
    assert fresh["strategy"]["matrix"] == {
        "image": ["debian:12", "debian:13", "python:3.11.0"],
        "command": ["make book", "make test"],
    }
    readme = paths.README.read_text(encoding="utf-8")
    assert all(re.search(rf"^{command}\b", readme, re.MULTILINE) for command in fresh["strategy"]["matrix"]["command"])
    assert fresh["steps"][-1]["run"].startswith("su - reader --command ")
    assert "schedule" in recipes.workflows()["weekly.yml"]["on"]
