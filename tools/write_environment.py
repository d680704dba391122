"""Write `environment.yml`: the versions of `requirements.lock`, for conda and Binder."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
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


if __name__ == "__main__":
    ENVIRONMENT.write_text(environment(LOCK.read_text(encoding="utf-8")), encoding="utf-8")
