"""All paths of the project. No other module contains one."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("ENCLAVE_BUILD", ROOT / "_build")).resolve()

BOOK = ROOT / "book"
NOTEBOOKS = ROOT / "notebooks"
COURSE = ROOT / "course"
DECKS = COURSE / "slides"
SESSIONS = COURSE / "sessions"
SYLLABUS = COURSE / "syllabus.md"
SEMINAR = COURSE / "seminar.md"
LECTURER = COURSE / "instructor"
WORK = ROOT / "work"
LIB = ROOT / "lib"
DATA = ROOT / "data"
FACTS = DATA / "facts"
PUBLISHED = DATA / "published"
CLAIMS = DATA / "claims"
PUBLIC = DATA / "public"
TWIN = DATA / "twin"
TARGETED_CLAIMS = TWIN / "targeted_claims.csv"
MANUFACTURING = TWIN / "manufacturing.csv"
BENCH = DATA / "bench"
CAMPAIGN = DATA / "campaign"
LISTS = DATA / "lists"
SIZE_STUDY = DATA / "size_study"
ENSEMBLE = DATA / "ensemble"
# the study of estimators on panels with a known effect, and its parts while it is made
LAB_STUDY = DATA / "lab_study"
LAB_PARTS = BUILD / "lab_study"
# the scripts of other programs, and what they printed
PROGRAMS = ROOT / "programs"
PRINTED = DATA / "programs"
COURSE = ROOT / "course"
PROBLEM_SETS = COURSE / "problem_sets"
# the lecturer's secret: what students' data are drawn with
COURSE_KEY = Path(os.environ.get("ENCLAVE_COURSE_KEY", ROOT / "course_key.txt")).resolve()
LICENSED = Path(os.environ.get("ENCLAVE_LICENSED", DATA / "licensed")).resolve()
TREATED = "treated.csv"
DELIVERY_MAP = "map.yml"
# axe-core, the counts that are taken in a browser, and the order of what the search finds
AXE = LIB / "enclave_book" / "browser" / "axe.min.js"
COUNTS = LIB / "enclave_book" / "browser" / "counts.js"
SEARCH_ORDER = LIB / "enclave_book" / "render" / "search_order.js"
# what JupyterLab is set to, and what its kernels run first
LAB_CONFIG = LIB / "enclave_book" / "notebooks" / "lab_config"
LAB_STARTUP = LIB / "enclave_book" / "notebooks" / "startup.py"
FONTS = LIB / "enclave" / "style" / "fonts"
# the program of the slides, with its licence, and how they look
REVEAL = LIB / "enclave_book" / "slides" / "reveal"
DECK_STYLE = LIB / "enclave_book" / "slides" / "deck.css"

README = ROOT / "README.md"
CHANGELOG = ROOT / "CHANGELOG.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
PICTURE = BOOK / "_static" / "pairs.png"
MATH_FONT = BOOK / "_static" / "math.woff"
COVER = ROOT / "index.md"
SCORECARD = BOOK / "scorecard.md"
BOOK_CONFIG = ROOT / "_config.yml"
BOOK_TOC = ROOT / "_toc.yml"
REQUIREMENTS = ROOT / "requirements.lock"
NEXT_LOCK = ROOT / "requirements-next.lock"
NEXT_PLACE = ROOT / ".venv-next"
ENVIRONMENT = ROOT / "environment.yml"
PROJECT = ROOT / "pyproject.toml"
TESTS = ROOT / "tests"

HTML = BUILD / "html"
RUNS = BUILD / "runs"
FAILURES = BUILD / "failures"
COURSE_BUILD = BUILD / "course"
HANDED_OUT = BUILD / "handed_out"
GRADES = BUILD / "grades"
TASK_RECORD = BUILD / ".tasks"
STAGE = BUILD / ".stage"
CACHE = BUILD / ".cache"


def registers(source: str) -> Path:
    """Folder of the raw tables. Licensed files stay where their holder has put them."""
    return LICENSED if source == "licensed" else BUILD / "registers" / source


def target_counts(source: str) -> Path | None:
    """Folder of the counts that a committed twin is written from: `data/twin` of twin, `data/twin/2` of twin-2."""
    if source == "twin":
        return TWIN
    folder = TWIN / source.removeprefix("twin-")
    return folder if source.startswith("twin-") and folder.is_dir() else None


def twins() -> list[str]:
    """The committed twins, the default one first."""
    return ["twin", *sorted(f"twin-{folder.name}" for folder in TWIN.iterdir() if folder.is_dir())]


def fit(source: str, seed: int) -> Path:
    """Folder for the stages of a fit of a twin."""
    return BUILD / "fit" / f"{source}-{seed}"


def treated(source: str) -> Path:
    """A source's own list of treated pairs, if it has one: beside its counts, or beside its registers."""
    return (target_counts(source) or registers(source)) / TREATED


def delivery_map(folder: Path) -> Path:
    """The file that says how the raw tables of a folder are named and coded, if their holder wrote one."""
    return folder / DELIVERY_MAP


def ground_truth(source: str) -> Path:
    """Folder of what a generator hid in the registers, for scoring the cleaning."""
    return BUILD / "ground_truth" / source


def validated(source: str) -> Path:
    """Folder of the validated raw tables: checked, typed, one Parquet file each."""
    return BUILD / "validated" / source


def repeated_firms(folder: Path) -> Path:
    """In the folder of the firm master: the identifiers that occur in it more than once, one per row."""
    return folder / "repeated_firms.parquet"


def intake_cache(source: str) -> Path:
    """Folder of the chunks that validation has read so far. It is kept if a run was killed."""
    return BUILD / "intake-cache" / source


def not_understood(source: str) -> Path:
    """The file of the texts that a check did not understand. It has values of records, so it is private."""
    return BUILD / "not-understood" / f"{source}.csv"


def panels(source: str) -> Path:
    """Folder of the cleaned panels."""
    return BUILD / "panels" / source


def results(source: str) -> Path:
    """Folder of the estimates, one file per exhibit."""
    return BUILD / "results" / source


def executed(source: str) -> Path:
    """Folder of the executed notebooks."""
    return BUILD / "notebooks" / source


def pages(source: str) -> Path:
    """Folder of the generated parts of the book's pages."""
    return BUILD / "pages" / source


def downloads(source: str) -> Path:
    """Folder of the files that the pages offer for download."""
    return BUILD / "downloads" / source


def mutated(seed: int, number: int, build: Path | str = BUILD) -> Path:
    """Folder of a damaged delivery of the campaign, kept so that it can be looked at."""
    return Path(build) / "campaign" / f"{seed}-{number}"


def runs(source: str) -> Path:
    """Folder of notebooks that the user has run with other parameters."""
    return RUNS if source == "twin" else BUILD / f"runs-{source}"


def timings(source: str) -> Path:
    """Folder of the measured run times, one file per notebook. Nothing else is built from them."""
    return BUILD / "timings" / source


def book_source(source: str) -> Path:
    """Folder of the whole book as MyST files: prose, executed notebooks and generated parts. Sphinx renders it."""
    return BUILD / "book" / source


def rendered(stage: Path) -> Path:
    """Folder of the pages of a book that jupyter-book has built in `stage`."""
    return stage / "_build" / "html"


def class_data(source: str) -> Path:
    """Folder of the panels for other programs, as the pages offer them."""
    return BUILD / "class" / source


def paper(source: str) -> Path:
    """Folder of the book as PDF."""
    return BUILD / "pdf" / source


def slides(source: str) -> Path:
    """Folder of the decks of slides. Only the twin's has the short name, as with `html`."""
    return BUILD / ("course" if source == "twin" else f"course-{source}") / "slides"


def looks(source: str) -> Path:
    """Folder of what was counted on the pages in a browser."""
    return BUILD / "look" / source


def html(source: str) -> Path:
    """Folder of the rendered book. Only the twin's is named html, so that no other is published by mistake."""
    return HTML if source == "twin" else BUILD / f"html-{source}"


def next_python() -> Path:
    """The Python of the environment with plain Sphinx and the newest versions of its extensions."""
    return NEXT_PLACE / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def next_html(source: str) -> Path:
    """Folder of the book that plain Sphinx has rendered. Only the twin's has the short name, as with `html`."""
    return BUILD / ("next" if source == "twin" else f"next-{source}")
