"""The commands of the book. Each first brings the environment up to date, so that each works alone in a fresh clone."""

import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import failures, set_up
from tools.installer import FOREIGN, SetUpError
from tools.set_up import ROOT

OLDEST_PIP_LOCK = ROOT / "tests" / "oldest_pip.lock"
SPARK_LOCK = ROOT / "requirements-spark.lock"
SETTINGS = {
    "SOURCE": "twin",
    "TWIN": "1",
    "PORT": "8000",
    "SEED": "1",
    "N": "1000",
    "FIRMS": "1000000",
    "FORMAT": "parquet",
    "MAP": "",
    "CLASS": "",
    "SUBMISSIONS": "",
    "ENGINE": "",
    "WHEELS": "",
    "PLATFORM": "",
    "PYTHON": "",
    "ALONE": "",
    "ARGS": "",
}
# settings of the package, such as its memory, are passed on
OF_PACKAGE = "ENCLAVE_"
# without byte code every kernel compiles the package again
UNCACHED = "PYTHONDONTWRITEBYTECODE"
# a worker more than there are processors, since some tests wait for programs that they start; the tests of a file in
# one of them, files in the order of tests/conftest.py
WORKERS = (os.cpu_count() or 1) + 1
SIDE_BY_SIDE = f"-n {WORKERS} --dist loadfile --no-loadscope-reorder --durations 15"
MADE = ("_build", ".pytest_cache", ".ruff_cache")


@dataclass(frozen=True)
class Command:
    """A command: its line in the help, and what it does with the settings; returns an exit code or None."""

    line: str
    do: Callable[[dict[str, str]], int | None]


def main(words: list[str]) -> int:
    """Run one command, `NAME=value` being settings as `make` has them; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a letter that the console does not have is printed as its number
            stream.reconfigure(errors="backslashreplace")
    try:
        name, settings = _understood(words)
        return COMMANDS[name].do(settings) or 0
    except (SetUpError, ValueError) as fault:
        print(fault, file=sys.stderr)
        return 1
    except OSError as fault:
        print(f"{fault.filename or ROOT}: {fault.strerror}. Close programs that use it, or delete it.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Type the command again to go on.", file=sys.stderr)
        return 130


def _understood(words: list[str]) -> tuple[str, dict[str, str]]:
    """The command and its settings, by default the usual ones. make passes on what was typed after it."""
    names = [word for word in words if "=" not in word]
    typed = dict(word.split("=", 1) for word in words if "=" in word)
    others = [name for name in typed if name not in SETTINGS and not name.startswith(OF_PACKAGE)]
    unknown = [name for name in names if name not in COMMANDS] or [f"{name}=" for name in others]
    if unknown or len(names) > 1:
        wrong = unknown[0] if unknown else " ".join(names)
        raise SetUpError(f"{wrong!r} is not understood. `{failures.RUN} help` lists the commands and settings.")
    settings = {**SETTINGS, **typed}
    if settings["TWIN"] != "1" and "SOURCE" not in typed:
        settings["SOURCE"] = f"twin-{settings['TWIN']}"
    settings["CHOSEN_SOURCE"] = typed.get("SOURCE", "")
    return (names or ["help"])[0], settings


def help_(settings: dict[str, str]) -> None:
    print("python run.py COMMAND [NAME=value ...], or the same with make:")
    width = max(map(len, COMMANDS))
    for name, command in COMMANDS.items():
        print(f"  {name:{width}}  {command.line}")


def setup(settings: dict[str, str]) -> None:
    set_up.set_up(set_up.of_book(), _wheels(settings))


def spark(settings: dict[str, str]) -> None:
    setup(settings)
    set_up.add_spark(set_up.of_book(), SPARK_LOCK, _wheels(settings))


def book(settings: dict[str, str]) -> int:
    (spark if settings["ENGINE"] == "spark" else setup)(settings)
    return _enclave(settings, "build", "--source", settings["SOURCE"])


def test(settings: dict[str, str]) -> int:
    spark(settings)
    return _python(settings, "-m", "pytest", *_words(settings["ARGS"] or SIDE_BY_SIDE))


def test_book(settings: dict[str, str]) -> int:
    """The tests with the marker `book`."""
    setup(settings)
    return _python(settings, "-m", "pytest", "-m", "book", *_words(settings["ARGS"] or SIDE_BY_SIDE))


def test_fit(settings: dict[str, str]) -> int:
    """The tests with the marker `fit`. If all of them have run and passed, their inputs are recorded."""
    setup(settings)
    return _long_tests(settings, "fit")


def test_slow(settings: dict[str, str]) -> int:
    """The tests with the marker `slow`. If all of them have run and passed, their inputs are recorded."""
    spark(settings)
    set_up.bring_oldest_pip(set_up.of_book(), OLDEST_PIP_LOCK, _wheels(settings))
    return _long_tests(settings, "slow")


def _long_tests(settings: dict[str, str], marker: str) -> int:
    failed = _python(settings, "-m", "pytest", "-m", marker, *_words(settings["ARGS"] or SIDE_BY_SIDE))
    return failed or (0 if settings["ARGS"] else _python(settings, "-m", "tools.stamps", marker, "write"))


def test_campaign(settings: dict[str, str]) -> int:
    """The tests with the marker `campaign`."""
    setup(settings)
    return _python(settings, "-m", "pytest", "-m", "campaign", *_words(settings["ARGS"] or SIDE_BY_SIDE))


def lab(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, "lab")


def exercises(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, "exercises")


def page(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, "page", *_words(settings["ARGS"]))


def serve(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, "serve", "--source", settings["SOURCE"], "--port", settings["PORT"])


def pdf(settings: dict[str, str]) -> int:
    built = book(settings)
    return built or _enclave(settings, "pdf", "--source", settings["SOURCE"])


def look(settings: dict[str, str]) -> int:
    built = book(settings)
    return built or _enclave(settings, "look", "--source", settings["SOURCE"])


def programs(settings: dict[str, str]) -> int:
    setup(settings)
    built = _enclave(settings, "build", "--source", settings["SOURCE"], "--until", "pages")
    return built or _enclave(settings, "programs", "--source", settings["SOURCE"])


def slides(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, "slides", "--source", settings["SOURCE"])


def slides_pdf(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, "slides", "--source", settings["SOURCE"], "--pdf")


def check(settings: dict[str, str]) -> int:
    setup(settings)
    draft = ["--map", settings["MAP"]] if settings["MAP"] else []
    return _enclave(settings, "check", "--source", settings["SOURCE"], *draft)


def course(settings: dict[str, str]) -> int:
    built = book(settings) or _enclave(settings, "slides", "--source", settings["SOURCE"])
    return built or _enclave(settings, "course", "--source", settings["SOURCE"])


def instructor(settings: dict[str, str]) -> int:
    built = book(settings)
    return built or _enclave(settings, "instructor", "--source", settings["SOURCE"])


def handout(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, "handout", _named(settings, "CLASS", "class.csv"))


def grade(settings: dict[str, str]) -> int:
    setup(settings)
    names = ["--names", settings["CLASS"]] if settings["CLASS"] else []
    return _enclave(settings, "grade", _named(settings, "SUBMISSIONS", "folder"), *names)


def _named(settings: dict[str, str], name: str, example: str) -> str:
    """A setting that a command cannot do without."""
    if not settings[name]:
        raise SetUpError(f"{name} is missing. Name it: {name}={example}")
    return settings[name]


def enclave(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, *_words(settings["ARGS"]))


def twin(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, "twin", "--source", settings["SOURCE"])


def twin_fit(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, "twin-fit", "--source", settings["SOURCE"], "--seed", settings["SEED"])


def registers(settings: dict[str, str]) -> int:
    """Without SOURCE they get a name of their own, so that they do not replace those of the book."""
    setup(settings)
    source = settings["CHOSEN_SOURCE"] or f"firms-{settings['FIRMS']}"
    how = [word for name in ("TWIN", "FIRMS", "SEED", "FORMAT") for word in (f"--{name.lower()}", settings[name])]
    return _enclave(settings, "registers", "--source", source, *how)


def bench(settings: dict[str, str]) -> int:
    spark(settings)
    return _python(settings, "-m", "benchmarks.run", *_words(settings["ARGS"]))


def mutate(settings: dict[str, str]) -> int:
    setup(settings)
    how = ["--n", settings["N"], "--seed", settings["SEED"]]
    return _python(settings, "-m", "campaign.run", *how, *_words(settings["ARGS"]))


def lab_study(settings: dict[str, str]) -> int:
    setup(settings)
    return _python(settings, "-m", "enclave.laboratory.study", *_words(settings["ARGS"]))


def exhibits(settings: dict[str, str]) -> int:
    setup(settings)
    return _enclave(settings, "exhibits", "--write")


def links(settings: dict[str, str]) -> int:
    built = book(settings)
    place = f"_build/book/{settings['SOURCE']}"
    check = ["--builder", "linkcheck", "--path-output", "_build/links"]
    return built or _python(settings, "-m", "jupyter_book", "build", place, *check)


def book_next(settings: dict[str, str]) -> int:
    setup(settings)
    set_up.set_up(set_up.of_next(), _wheels(settings))
    alone = ["--alone"] if settings["ALONE"] else []
    return _enclave(settings, "book-next", "--source", settings["SOURCE"], *alone)


def wheels(settings: dict[str, str]) -> int:
    setup({**settings, "WHEELS": ""})
    version = settings["PYTHON"] if re.fullmatch(r"3\.\d+", settings["PYTHON"]) else ""
    asked = ["--platform", settings["PLATFORM"], "--python", version]
    return _python(settings, "-m", "tools.wheels", str(_wheels(settings) or ROOT / "wheels"), *asked)


def lock(settings: dict[str, str]) -> int:
    setup(settings)
    return _python(settings, "-m", "tools.lock_checks", *_words(settings["ARGS"]))


def drift(settings: dict[str, str]) -> int:
    built = book({**settings, "SOURCE": "twin"})
    return built or _python(settings, "-m", "tools.drift")


def clean(settings: dict[str, str]) -> None:
    for name in MADE:
        shutil.rmtree(ROOT / name, ignore_errors=True)


COMMANDS = {
    "help": Command("list the commands", help_),
    "setup": Command("install what the lock names into .venv, unless it is there (WHEELS=folder)", setup),
    "spark": Command("install what the lock for Spark names on top, unless it is there", spark),
    "book": Command("run what is out of date and render the book (SOURCE=twin, TWIN=1)", book),
    "test": Command('run the daily tests (ARGS="tests/estimators/test_did.py -k sentence" for some)', test),
    "test-book": Command("build the whole book from nothing, with both kinds of registers, and test it", test_book),
    "test-fit": Command("run the long tests of the fit; if they pass, write the stamp to commit", test_fit),
    "test-slow": Command("run the other long tests", test_slow),
    "test-campaign": Command("run the tests with damaged files, killed runs and other circumstances", test_campaign),
    "lab": Command("open JupyterLab on the notebooks", lab),
    "exercises": Command("write copies of the notebooks without solutions into work/, to work in", exercises),
    "page": Command("turn a notebook of yours into one HTML file (ARGS=work/02_baseline_did.ipynb)", page),
    "serve": Command("serve the built book on localhost (SOURCE=twin, PORT=8000)", serve),
    "pdf": Command("print the book into one PDF; needs Chromium, Chrome or Edge (SOURCE=twin)", pdf),
    "look": Command("count in a browser what is cut, what hinders readers, and what is loaded (SOURCE=twin)", look),
    "programs": Command("run the programs in R and compare each number; needs R (SOURCE=twin)", programs),
    "slides": Command("make the slides of the course, one HTML file per deck (SOURCE=twin)", slides),
    "slides-pdf": Command("make the slides and print each deck; needs Chromium, Chrome or Edge", slides_pdf),
    "check": Command(
        "check raw tables before a build (SOURCE=licensed), or write a first map of them (MAP=draft)", check
    ),
    "course": Command(
        "build slides, problem sets, and an edition for students and one for lecturers (SOURCE=twin)", course
    ),
    "instructor": Command("build the instructor edition alone (SOURCE=twin)", instructor),
    "handout": Command("write problem sets with data of its own for each student (CLASS=class.csv)", handout),
    "grade": Command("run and mark submissions without a network (SUBMISSIONS=folder, CLASS=class.csv)", grade),
    "enclave": Command('any command of the package (ARGS="run 02_baseline_did -p language=zh")', enclave),
    "twin": Command("write the synthetic registers from the fitted counts in data/twin", twin),
    "twin-fit": Command("fit a twin to the printed numbers anew, up to three hours (SOURCE=twin, SEED=1)", twin_fit),
    "registers": Command(
        "write synthetic registers of any size (FIRMS=1000000, TWIN=1, SEED=1, FORMAT=csv)", registers
    ),
    "bench": Command("measure speed and memory, and keep the figures in data/bench", bench),
    "mutate": Command("damage small registers in N ways and sort what becomes of them (N=1000, SEED=1)", mutate),
    "lab-study": Command("draw the panels of the laboratory anew and keep the results in data/lab_study", lab_study),
    "exhibits": Command("write the map of exhibits into the README", exhibits),
    "links": Command("check that the addresses in the book answer (needs the network)", links),
    "wheels": Command("fill a folder to install from without a network (PLATFORM=windows, PYTHON=3.12)", wheels),
    "lock": Command("renew the locks and check that they are complete (ARGS=upgrade, ARGS=check)", lock),
    "drift": Command("renew the lock in a copy, build there, and report which printed digits move", drift),
    "book-next": Command("build without Jupyter Book, on the newest Sphinx, and compare page by page", book_next),
    "clean": Command("remove everything made, but not .venv", clean),
}


def _words(text: str) -> list[str]:
    """The words of a text, in quotes or not; a backslash is a letter, as in paths of Windows."""
    words = shlex.shlex(text, posix=True)
    words.whitespace_split, words.escape, words.commenters = True, "", ""
    try:
        return list(words)
    except ValueError:
        raise SetUpError(f"A quotation mark is missing: {text}") from None


def _wheels(settings: dict[str, str]) -> Path | None:
    return Path(settings["WHEELS"]).expanduser().resolve() if settings["WHEELS"] else None


def _enclave(settings: dict[str, str], *words: str) -> int:
    return _python(settings, "-m", "enclave_book", *words)


def _python(settings: dict[str, str], *words: str) -> int:
    """Run the environment's Python in the project's folder; returns its exit code. Ctrl-C reaches it, and it ends."""
    kept = {name: value for name, value in os.environ.items() if name not in (*FOREIGN, UNCACHED)}
    ours = {"PYTHONUTF8": "1"}
    ours |= {"ENGINE": settings["ENGINE"]} if settings["ENGINE"] else {}
    ours |= {name: value for name, value in settings.items() if name.startswith(OF_PACKAGE)}
    process = subprocess.Popen([str(set_up.of_book().python), *words], cwd=ROOT, env={**kept, **ours})
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, former)
