"""Results to the scorecard and the claims: what the paper prints and says, and what we obtain."""

from enclave.base import imports, paths
from enclave.exhibits import READS, TABLES
from enclave_book.build.nodes import Folder, Step, files


def steps(source: str) -> list[Step]:
    """Two steps: the printed numbers against ours, and the claims in words."""
    return [_scorecard(source), _claims(source)]


def _scorecard(source: str) -> Step:
    made = {paths.results(source) / f"{table}.csv" for table in TABLES}
    code = imports.closure(["enclave.exhibits.scorecard", "enclave_book.build.result_file"])
    return Step(
        name="scorecard",
        run=lambda tell: _compare(source),
        inputs=[Folder(path=paths.PUBLISHED), *files(made | code)],
        products=files([paths.results(source) / "scorecard.csv"]),
    )


def _claims(source: str) -> Step:
    made = {paths.results(source) / f"{exhibit}.csv" for exhibit in READS}
    code = imports.closure(
        ["enclave.exhibits.claims", "enclave_book.build.exhibit_process", "enclave_book.build.result_file"]
    )
    folders = [Folder(path=paths.PUBLISHED), Folder(path=paths.panels(source))]
    return Step(
        name="claims",
        run=lambda tell: _evaluate(source),
        inputs=[*folders, *files(made | code)],
        products=files([paths.results(source) / "claims.csv"]),
    )


def _compare(source: str) -> None:
    from enclave import facts
    from enclave.exhibits import results, scorecard
    from enclave_book.build import result_file

    result_file.write(scorecard.compare(results.read_tables(source), facts.published()), "scorecard", source)


def _evaluate(source: str) -> None:
    from enclave_book.build import exhibit_process, result_file

    result_file.write(exhibit_process.claims(source), "claims", source)
