"""Results to the scorecard: each printed number beside ours."""

from enclave import paths
from enclave.tasks import imports, notebooks
from enclave.tasks.nodes import Folder, Step, files


def steps(source: str) -> list[Step]:
    """One step: all tables that notebooks have written, against the printed numbers."""
    exhibits = {exhibit for notebook in notebooks.every() for exhibit in notebooks.written(notebook)}
    tables = sorted(exhibit for exhibit in exhibits if exhibit.startswith("table_"))
    made = {paths.results(source) / f"{table}.csv" for table in tables}
    code = imports.closure(["enclave.results", "enclave.scorecard"])
    return [
        Step(
            name="scorecard",
            run=lambda tell: _compare(tables, source),
            inputs=[Folder(path=paths.PUBLISHED), *files(made | code)],
            products=files([paths.results(source) / "scorecard.csv"]),
        )
    ]


def _compare(tables: list[str], source: str) -> None:
    import pandas as pd

    from enclave import facts, results, scorecard

    cells = [results.read(table, source) for table in tables] or [pd.DataFrame(columns=results.TABLE)]
    obtained = pd.concat(cells, ignore_index=True)
    results.write(scorecard.compare(obtained, facts.published()), "scorecard", source)
