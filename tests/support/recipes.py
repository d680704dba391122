"""Reads the files that set the book up elsewhere: Dockerfile, dev container, Binder, workflows."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

import yaml

from enclave.base import paths

DOCKERFILE = paths.ROOT / ".devcontainer" / "Dockerfile"
DEVCONTAINER = paths.ROOT / ".devcontainer" / "devcontainer.json"
POST_BUILD = paths.ROOT / "postBuild"
CI = paths.ROOT / ".ci" / "run"
KNOWN = {"FROM", "RUN", "USER", "WORKDIR", "COPY", "EXPOSE", "CMD"}
COMMENT = re.compile(r"^\s*#")


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile: its stage, its first word, and the rest of its line with continued lines."""

    stage: str
    word: str
    rest: str


def instructions(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile. Raises ValueError at a word that is not in KNOWN."""
    joined = re.sub(r"\\\n\s*", "", "\n".join(line for line in text.splitlines() if not COMMENT.match(line)))
    found, stage = [], ""
    for line in filter(str.strip, joined.splitlines()):
        word, _, rest = line.partition(" ")
        if word not in KNOWN or not rest:
            raise ValueError(f"{line!r} is no instruction that is expected here")
        stage = rest.split(" AS ")[-1] if word == "FROM" else stage
        found.append(Instruction(stage, word, rest.strip()))
    return found


def dockerfile() -> list[Instruction]:
    """The instructions of our Dockerfile."""
    return instructions(DOCKERFILE.read_text(encoding="utf-8"))


def devcontainer() -> dict:
    """The settings of the dev container."""
    return json.loads(DEVCONTAINER.read_text(encoding="utf-8"))


@cache
def workflows() -> dict[str, dict]:
    """Every workflow by the name of its file. `on` is read as text, not as a truth value."""
    places = sorted((paths.ROOT / ".github" / "workflows").glob("*.yml"))
    return {place.name: yaml.load(place.read_text(encoding="utf-8"), yaml.BaseLoader) for place in places}


def steps() -> list[tuple[str, str, dict]]:
    """Workflow, job and step of every step."""
    return [
        (name, job, step)
        for name, workflow in workflows().items()
        for job, content in workflow["jobs"].items()
        for step in content["steps"]
    ]


def shell_lines() -> list[tuple[str, str]]:
    """Every line that a workflow, a container, Binder or the checks give to a shell, with the name of its file."""
    lines = [(name, line) for name, _, step in steps() for line in step.get("run", "").splitlines()]
    lines += [(DOCKERFILE.name, one.rest) for one in dockerfile() if one.word == "RUN"]
    lines += [(DEVCONTAINER.name, value) for key, value in devcontainer().items() if key.endswith("Command")]
    for file in (POST_BUILD, CI):
        lines += [(file.name, line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(place, line) for place, line in lines if not COMMENT.match(line)]


@cache
def commands() -> list[str]:
    """The commands that `run.py` knows, from its own help."""
    ran = subprocess.run(
        [sys.executable, "run.py", "help"], cwd=paths.ROOT, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return re.findall(r"^  ([a-z][a-z-]*) {2,}\S", ran.stdout, re.MULTILINE)
