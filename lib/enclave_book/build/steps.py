"""All steps of a build, from raw tables to the book. Each step names the files that it reads and makes.

raw tables -> validated tables -> panels -> results -> pages -> book
"""

import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from enclave.base import imports, paths
from enclave.base.files import write_bytes, write_text
from enclave.exhibits import READS
from enclave.panels.columns import PANELS as PANELS_WRITTEN
from enclave_book.build import exhibits_step, notebooks_step, scorecard_step, slides_step
from enclave_book.build.nodes import File, Folder, Report, Step, files, kind
from enclave_book.notebooks import contents
from enclave_book.render import book_source, jupyter_book

# makes the steps of a source
Maker = Callable[[str], list[Step]]
# generated part of a page -> module of `enclave_book.pages`, and its function that returns the text or the picture
GENERATED = {
    "benchmarks.md": ("benchmarks", "page"),
    "blind_test.md": ("blind_test", "page"),
    "campaign.md": ("campaign", "page"),
    "claims.md": ("claims", "page"),
    "cleaning.md": ("benchmarks", "cleaning"),
    "codebook.md": ("codebook", "page"),
    "cover_map.png": ("cover", "map_of_pairs"),
    "class_data.md": ("class_data", "page"),
    "deviations.md": ("deviations", "page"),
    "downloads.md": ("downloads", "of_scorecard"),
    "exhibits.md": ("exhibit_map", "page"),
    "lists.md": ("lists", "page"),
    "programs.md": ("programs", "page"),
    "scorecard.md": ("scorecard", "tables"),
    "scorecard_line.md": ("scorecard", "line"),
    "stars.md": ("scorecard", "stars"),
    "status.md": ("status", "page"),
}
# modules that write panels from valid tables
CLEANING = ("pipeline", "land_elsewhere", "other_readings")


def collect(source: str, until: str = "book") -> list[Step]:
    """The steps of a source in order, up to a goal of `GOALS`. All run again when the lock names other packages."""
    steps = [step for make in GOALS[until] for step in make(source)]
    for step in steps:
        if paths.REQUIREMENTS not in [node.path for node in step.inputs]:
            step.add_input(File(path=paths.REQUIREMENTS))
    return steps


def registers(source: str) -> list[Step]:
    """Target counts of a committed twin to its synthetic registers. No step for registers that come from elsewhere."""
    counts = paths.target_counts(source)
    if counts is None:
        return []

    def run(report: Report) -> None:
        from enclave_twin import write

        write.registers(source, counts=counts)

    return [
        Step(
            name="registers",
            run=run,
            inputs=[*files(counts.glob("*.csv")), Folder(path=paths.FACTS), *_code("enclave_twin.write")],
            products=[Folder(path=paths.registers(source)), Folder(path=paths.ground_truth(source))],
        )
    ]


def validation(source: str) -> list[Step]:
    """Raw tables to validated and typed tables, all six in one step, with all that `enclave check` looks at."""

    def run(report: Report) -> None:
        from enclave_registers.intake import completeness

        completeness.store(source, report)

    return [
        Step(
            name="validation",
            run=run,
            inputs=[
                Folder(path=paths.registers(source)),
                Folder(path=paths.FACTS),
                *files(filter(Path.exists, [paths.treated(source)])),
                *_code("enclave_registers.intake.completeness"),
            ],
            products=[Folder(path=paths.validated(source))],
        )
    ]


def panels(source: str) -> list[Step]:
    """Validated tables to panels, those of other readings of the registers included."""

    def run(report: Report) -> None:
        from enclave_registers.cleaning import land_elsewhere, other_readings, pipeline

        pipeline.build(source)
        land_elsewhere.build(source)
        other_readings.build(source)

    folder = paths.panels(source)
    return [
        Step(
            name="panels",
            run=run,
            inputs=[
                Folder(path=paths.validated(source)),
                Folder(path=paths.FACTS),
                *files(filter(Path.exists, [paths.treated(source)])),
                *_code(*(f"enclave_registers.cleaning.{name}" for name in CLEANING)),
            ],
            products=[Folder(path=folder), *files(folder / panel.name for panel in PANELS_WRITTEN)],
        )
    ]


def downloads(source: str) -> list[Step]:
    """Executed notebooks and results to the files that the pages offer for download."""

    def run(report: Report) -> None:
        from enclave_book.pages import downloads

        downloads.write(source)

    made = {path for notebook in contents.every() for path in notebooks_step.products(notebook, source)}
    results = [*exhibits_step.steps(source), *scorecard_step.steps(source)]
    made |= {node.path for step in results for node in step.products}
    return [
        Step(
            name="downloads",
            run=run,
            inputs=[kind(source), *files(made), *_code("enclave_book.pages.downloads")],
            products=[Folder(path=paths.downloads(source))],
        )
    ]


def class_data(source: str) -> list[Step]:
    """Panels to the files for other programs that a page offers."""

    def run(report: Report) -> None:
        from enclave_book.pages import class_data

        class_data.write(source)

    return [
        Step(
            name="class data",
            run=run,
            inputs=[
                kind(source),
                Folder(path=paths.panels(source)),
                Folder(path=paths.PROGRAMS),
                Folder(path=paths.FACTS),
                *_code("enclave_book.pages.class_data"),
            ],
            products=[Folder(path=paths.class_data(source))],
        )
    ]


def generated(source: str) -> list[Step]:
    """Results to the generated parts of pages, one step for each part."""
    return [_generated(name, *GENERATED[name], source) for name in GENERATED]


def _generated(name: str, module: str, function: str, source: str) -> Step:
    product = paths.pages(source) / name

    def run(report: Report) -> None:
        page = importlib.import_module(f"enclave_book.pages.{module}")
        made = getattr(page, function)(source)
        (write_bytes if isinstance(made, bytes) else write_text)(made, product)

    results = [paths.results(source) / f"{exhibit}.csv" for exhibit in [*READS, "scorecard", "claims"]]
    # the map of exhibits names the estimators that these modules call
    makers = [imports.module_file(f"enclave.exhibits.{exhibit}") for exhibit in READS]
    return Step(
        name=f"generated {name}",
        run=run,
        inputs=[
            kind(source),
            *files(
                [paths.REQUIREMENTS, paths.TARGETED_CLAIMS, paths.MANUFACTURING, *results, *makers, *contents.every()]
            ),
            *[Folder(path=folder) for folder in _read_by_pages(source)],
            *_code(f"enclave_book.pages.{module}"),
        ],
        products=files([product]),
    )


def _read_by_pages(source: str) -> list[Path]:
    """The folders that generated parts are made from."""
    kept = [paths.PUBLISHED, paths.CLAIMS, paths.BENCH, paths.CAMPAIGN, paths.LISTS, paths.FACTS, paths.TWIN]
    return [*kept, *_programs(source), paths.downloads(source), paths.class_data(source)]


def _programs(source: str) -> list[Path]:
    """The folders that decide what a page says of other programs: scripts, their output, and the panels."""
    return [paths.PROGRAMS, paths.PRINTED, paths.panels(source)]


def source_of_book(source: str) -> list[Step]:
    """Prose, executed notebooks and generated parts to one folder of MyST files."""
    executed = [notebooks_step.executed(notebook, source) for notebook in contents.every()]
    parts = [paths.pages(source) / name for name in GENERATED]
    return [
        Step(
            name="book source",
            run=lambda report: book_source.write(source),
            inputs=[
                kind(source),
                Folder(path=paths.BOOK),
                Folder(path=paths.downloads(source)),
                Folder(path=paths.class_data(source)),
                *[Folder(path=folder) for folder in _programs(source)],
                *files([paths.BOOK_CONFIG, *filter(Path.exists, book_source.documents()), *executed, *parts]),
                *files(book_source.course()),
                *_code(book_source.__name__),
            ],
            products=[_folder_of_book(source)],
        )
    ]


def book(source: str) -> list[Step]:
    """The folder of MyST files to HTML. Raises EnclaveError unless jupyter-book 1 is installed."""
    jupyter_book.refuse_other_engine()
    return [
        Step(
            name="book",
            run=partial(jupyter_book.render, source),
            inputs=[_folder_of_book(source), *_code("enclave_book.sphinx_ext", jupyter_book.__name__)],
            products=[Folder(path=paths.html(source), without=frozenset({book_source.TIMES}))],
        )
    ]


def _folder_of_book(source: str) -> Folder:
    """The measured times differ from run to run, and no page is rendered again for them."""
    return Folder(path=paths.book_source(source), without=frozenset({book_source.TIMES}))


def _code(*modules: str) -> list[File]:
    """Nodes of the code that these modules run."""
    return files(imports.closure(modules))


PANELS: list[Maker] = [registers, validation, panels]
PAGES: list[Maker] = [
    *PANELS,
    exhibits_step.steps,
    notebooks_step.steps,
    scorecard_step.steps,
    downloads,
    class_data,
    generated,
    source_of_book,
]
SLIDES: list[Maker] = [*PANELS, exhibits_step.steps, notebooks_step.steps, slides_step.steps]
# where a build may stop -> what makes its steps
GOALS: dict[str, list[Maker]] = {"panels": PANELS, "pages": PAGES, "slides": SLIDES, "book": [*PAGES, book]}
