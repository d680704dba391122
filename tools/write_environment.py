"""Write `environment.yml`: the versions of `requirements.lock`, for conda and Binder.

Also leave in `requirements-spark.lock` only what `requirements.lock` does not hold: Spark is installed on top of it.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
SPARK = ROOT / "requirements-spark.lock"
ENVIRONMENT = ROOT / "environment.yml"
PIN = re.compile(r"^([A-Za-z0-9._-]+==[^\\\n]+?)\s*\\?$", re.MULTILINE)
HEAD = """# made by `make lock` from requirements.lock
name: enclave
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
"""


def environment(lock: str) -> str:
    """The text of `environment.yml` for a lock."""
    lines = [f"    - {pin}" if ";" not in pin else f'    - "{pin}"' for pin in PIN.findall(lock)]
    return HEAD + "\n".join([*lines, "    - -e ."]) + "\n"


def on_top(lock: str, base: str) -> str:
    """The entries of `lock` that name a package which `base` does not."""
    held = set(re.findall(r"^([a-z0-9._-]+)==", base, re.MULTILINE))
    entries = re.split(r"\n(?=\S)", lock.strip())
    return "".join(f"{entry}\n" for entry in entries if entry.split("==")[0] not in held)


def write(root: Path = ROOT) -> None:
    """Write both files of the project in `root`."""
    lock, spark = (root / file.name for file in (LOCK, SPARK))
    text = lock.read_text(encoding="utf-8")
    spark.write_text(on_top(spark.read_text(encoding="utf-8"), text), encoding="utf-8", newline="\n")
    (root / ENVIRONMENT.name).write_text(environment(text), encoding="utf-8", newline="\n")
