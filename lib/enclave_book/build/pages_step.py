"""The generated parts of the book's pages, one file each."""

from functools import partial

from enclave.base import files, paths
from enclave_book.build import code_dependencies
from enclave_book.build.nodes import File, Folder, Step, kind
from enclave_book.build.nodes import files as file_nodes
from enclave_book.notebooks import contents

NAMES = [
    "benchmarks.md",
    "claims.md",
    "cleaning.md",
    "codebook.md",
    "deviations.md",
    "downloads.md",
    "exhibits.md",
    "scorecard.md",
    "scorecard_line.md",
    "stars.md",
    "status.md",
]


def steps(source: str) -> list[Step]:
    """One step for each generated part."""
    return [_step(name, source) for name in NAMES]


def _step(name: str, source: str) -> Step:
    return Step(
        name=f"page part {name}",
        run=partial(_write, name, source),
        inputs=[*_inputs(source), *file_nodes(code_dependencies.closure(["enclave_book.pages.generated"]))],
        products=file_nodes([paths.pages(source) / name]),
    )


def _inputs(source: str) -> list[File]:
    graded = [paths.results(source) / name for name in ("scorecard.csv", "claims.csv")]
    return [
        kind(source),
        *file_nodes([paths.REQUIREMENTS, paths.TARGETED_CLAIMS, *graded, *contents.every()]),
        Folder(path=paths.PUBLISHED),
        Folder(path=paths.BENCH),
        Folder(path=paths.FACTS),
        Folder(path=paths.downloads(source)),
    ]


def _write(name: str, source: str, tell) -> None:
    from enclave_book.pages import generated

    files.write_text(generated.PARTS[name](source), paths.pages(source) / name)
