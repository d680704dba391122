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


if __name__ == "__main__":
    SPARK.write_text(on_top(SPARK.read_text(encoding="utf-8"), LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    ENVIRONMENT.write_text(environment(LOCK.read_text(encoding="utf-8")), encoding="utf-8")
