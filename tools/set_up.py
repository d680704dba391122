"""Install what `requirements.lock` names into `.venv`, and the package itself. Does nothing if that has been done.

With the word `spark` it installs what `requirements-spark.lock` names on top of that, in the same way.
Runs on the Python that `make` was given, with nothing but its standard library.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
PLACE = ROOT / ".venv"
DONE = PLACE / "installed.lock"
SPARK = ROOT / "requirements-spark.lock"
SPARK_DONE = PLACE / "installed-spark.lock"
PYTHON = PLACE / "bin" / "python"
LINES_SHOWN = 20
SILENCE = 1.5


def main() -> int:
    """Exit code: 0 if `.venv` is as locked, 1 with one line that says what is missing."""
    if DONE.exists() and DONE.read_bytes() == LOCK.read_bytes() and PYTHON.exists():
        return 0
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return fail(f"The venv module is missing: install it, for example: apt install python{version}-venv")
    DONE.unlink(missing_ok=True)
    print(f"Setting up {PLACE} (once)", flush=True)
    steps = [
        ("making .venv", [sys.executable, "-m", "venv", "--clear", str(PLACE)]),
        ("installing the locked packages", pip("--require-hashes", "-r", str(LOCK))),
        ("installing the package", pip("--no-deps", "--no-build-isolation", "-e", str(ROOT))),
    ]
    for name, command in steps:
        if not run(name, command):
            return fail(f"Set-up stopped at: {name}. Mend what is said above and type the command again.")
    shutil.copyfile(LOCK, DONE)
    return 0


def spark() -> int:
    """Exit code as of `main`: 0 if Spark stands in `.venv` as locked."""
    if SPARK_DONE.exists() and SPARK_DONE.read_bytes() == SPARK.read_bytes():
        return 0
    print(f"Setting up Spark in {PLACE} (once)", flush=True)
    if not run("installing Spark and a Java for it", pip("--no-deps", "--require-hashes", "-r", str(SPARK))):
        return fail("Set-up of Spark stopped. Mend what is said above and type the command again.")
    shutil.copyfile(SPARK, SPARK_DONE)
    return 0


def pip(*arguments: str) -> list[str]:
    return [str(PYTHON), "-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check", *arguments]


def run(name: str, command: list[str]) -> bool:
    """Run a command, telling every few moments how far it is; what it says is shown only if it fails."""
    log = PLACE.with_name(".venv.log")
    began = spoken = time.monotonic()
    print(f"  start  {name}", flush=True)
    with log.open("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        while process.poll() is None:
            time.sleep(0.1)
            if time.monotonic() - spoken > SILENCE:
                spoken = time.monotonic()
                print(f"  ...    {name} {spoken - began:.0f} s, {now(log)}", flush=True)
        said.seek(0)
        lines = said.read().splitlines()
    log.unlink()
    if process.returncode:
        print("\n".join(lines[-LINES_SHOWN:]), file=sys.stderr)
    else:
        print(f"  done   {name} ({time.monotonic() - began:.0f} s)", flush=True)
    return process.returncode == 0


def now(log: Path) -> str:
    """What the command is fetching or, once it fetches no more, how many of the locked packages stand in `.venv`."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    fetched = [line.split()[1] for line in lines if line.startswith("Collecting ")]
    if fetched and not any(line.startswith("Installing ") for line in lines):
        return f"fetching {fetched[-1]} ({len(fetched)} of up to {locked()})"
    there = sum(1 for _ in PLACE.glob("lib/python*/site-packages/*.dist-info"))
    return f"{there} of up to {locked()} packages in place"


def locked() -> int:
    """How many packages the lock names, those for other systems included."""
    return sum(line[:1].isalnum() for line in LOCK.read_text(encoding="utf-8").splitlines())


def fail(line: str) -> int:
    print(line, file=sys.stderr)
    return 1


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(spark() if sys.argv[1:] == ["spark"] else main())
