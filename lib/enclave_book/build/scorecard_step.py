"""Results to the scorecard and to the claims: what the paper prints and says beside what we find."""

from enclave.base import paths
from enclave_book.build import code_dependencies
from enclave_book.build.nodes import Folder, Step, files
from enclave_book.notebooks import contents


def steps(source: str) -> list[Step]:
    """Two steps: the printed numbers against all tables that notebooks have written, and the claims in words."""
    return [_scorecard(source), _claims(source)]


def _scorecard(source: str) -> Step:
    tables = [exhibit for exhibit in _exhibits() if exhibit.startswith("table_")]
    made = {paths.results(source) / f"{table}.csv" for table in tables}
    code = code_dependencies.closure(["enclave.exhibits.results", "enclave.exhibits.scorecard"])
    return Step(
        name="scorecard",
        run=lambda tell: _compare(tables, source),
        inputs=[Folder(path=paths.PUBLISHED), *files(made | code)],
        products=files([paths.results(source) / "scorecard.csv"]),
    )


def _claims(source: str) -> Step:
    made = {paths.results(source) / f"{exhibit}.csv" for exhibit in _exhibits()}
    folders = [Folder(path=paths.PUBLISHED), Folder(path=paths.panels(source))]
    return Step(
        name="claims",
        run=lambda tell: _evaluate(source),
        inputs=[*folders, *files(made | code_dependencies.closure(["enclave.exhibits.claims"]))],
        products=files([paths.results(source) / "claims.csv"]),
    )


def _exhibits() -> list[str]:
    return sorted({exhibit for notebook in contents.every() for exhibit in contents.written(notebook)})


def _compare(tables: list[str], source: str) -> None:
    import pandas as pd

    from enclave import facts
    from enclave.exhibits import results, scorecard

    cells = [results.read(table, source) for table in tables] or [pd.DataFrame(columns=results.TABLE)]
    obtained = pd.concat(cells, ignore_index=True)
    results.write(scorecard.compare(obtained, facts.published()), "scorecard", source)


def _evaluate(source: str) -> None:
    from enclave.exhibits import claims, results

    results.write(claims.evaluate(source), "claims", source)
