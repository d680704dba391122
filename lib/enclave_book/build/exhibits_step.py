"""Panels to results: one step for each exhibit of the paper. No notebook is run."""

from enclave.base import imports, paths
from enclave.exhibits import READS
from enclave_book.build.nodes import Folder, Step, files

# computes an exhibit, validates its frame and writes it
WRITING = ("enclave_book.build.exhibit_process", "enclave_book.build.result_file")
# folders that an exhibit reads beside panels and facts
BESIDE = {
    "audit": (paths.PUBLISHED, paths.LISTS),
    "laboratory": (paths.LAB_STUDY,),
    "parallel_trends": (paths.LISTS,),
    "real_data": (paths.PUBLISHED, paths.PUBLIC),
}


def steps(source: str) -> list[Step]:
    """One step for each exhibit, in the order of the paper."""
    return [_step(exhibit, source) for exhibit in READS]


def _step(exhibit: str, source: str) -> Step:
    read = {paths.panels(source) / f"{name}.parquet" for name in READS[exhibit]}
    code = imports.closure([f"enclave.exhibits.{exhibit}", *WRITING])
    return Step(
        name=exhibit,
        run=lambda tell: _write(exhibit, source),
        inputs=[*(Folder(path=path) for path in (paths.FACTS, *BESIDE.get(exhibit, ()))), *files(read | code)],
        products=files([paths.results(source) / f"{exhibit}.csv"]),
    )


def _write(exhibit: str, source: str) -> None:
    from enclave_book.build import exhibit_process, result_file

    result_file.write(exhibit_process.make(exhibit, source), exhibit, source)
