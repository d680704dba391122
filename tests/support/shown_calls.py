"""The calls that chapters show in full: the name that holds the result, and what a maker has to agree with."""

import ast
from pathlib import Path

import numpy as np

from enclave import panels
from enclave_book.notebooks import contents


def cell(frame, column, row, statistic="estimate"):
    """One value of a table."""
    wanted = (frame["column"] == column) & (frame["row"] == row) & (frame["statistic"] == statistic)
    return frame.loc[wanted, "value"].item()


def same(one, other):
    """Equal up to the order in which a computer adds."""
    return np.allclose(np.asarray(one, float), np.asarray(other, float), rtol=1e-10, atol=1e-12, equal_nan=True)


def columns(*names):
    """Whether these columns of two frames are the same."""
    return lambda one, other: len(one) == len(other) and all(same(one[name], other[name]) for name in names)


def regression(table, column, row="treat"):
    """Whether the first row of a regression is in a column of a table: estimate, standard error and rows."""

    def agrees(rows, frames):
        frame, line = frames[table], rows.iloc[0]
        found = [cell(frame, column, row), cell(frame, column, row, "std_error"), cell(frame, column, "model", "n")]
        return same(line[["estimate", "std_error", "n"]], found)

    return agrees


def described(values, frames):
    """Whether number, mean and deviation are those of the links of treated pairs in Table 1."""
    found = [cell(frames["table_1"], "treated", "investments", statistic) for statistic in ("n", "mean", "sd")]
    return same(values[["count", "mean", "std"]], found)


def averaged(averages, frames):
    """Whether all averages are those of Table 3."""
    estimates = frames["table_3"].query("statistic == 'estimate'")
    return len(estimates) == 5 and same(averages["estimate"].loc[estimates["row"]], estimates["value"])


def modelled(rows, frames):
    """Whether a regression is the model of any link of Appendix A."""
    return same(rows["estimate"], frames["appendix_a"].query("model == 'any link'")["estimate"])


def combined(rows, frames):
    """Whether a regression is the combination of the book in Appendix B."""
    chosen = "reading == 'ours' and outcome == 'count' and controls == 'no'"
    return same(rows["estimate"], frames["appendix_b"].query(chosen)["estimate"])


def exposed(rows, frames):
    """Whether a regression is the model with exposure of the chapter on spillovers."""
    found = frames["diversion"].query("model == 'with exposure'")
    return columns("estimate", "std_error", "n")(rows, found.reset_index(drop=True))


def audited(rows, frames):
    """Whether all verdicts are those of the audit."""
    return rows.equals(frames["audit"][list(rows)])


def at_once(rows, frames):
    """Whether all estimates are those of the table of ten methods without controls."""
    made = frames["many_estimators"].query("controls == 'no'")
    return list(rows["method"]) == list(made["method"]) and same(rows["estimate"], made["estimate"])


def bounded(ends, frames):
    """Whether both ends of an interval are those of chapter 13, design free, at a quarter of the largest change."""
    chosen = "part == 'relative' and design == 'free' and setting == '0.25' and quantity in ['conf_low', 'conf_high']"
    return same(sorted(ends), sorted(frames["parallel_trends"].query(chosen)["value"]))


def counted(rows, frames):
    """Whether a Poisson prediction for links in all industries is that of the chapter on counts."""
    line = frames["counts"].query("panel == 'all_industry' and model == 'Poisson, untreated rows'")
    return same(rows[["effect", "log_factor", "std_error"]], line[["effect", "log_factor", "std_error"]])


def tested(rows, frames):
    """Whether the first rungs are those of column (1) of Table 2."""
    chosen = frames["inference"].query("table == '2' and column == '1'").set_index("method")
    kept = chosen.loc[rows["method"], ["std_error", "p_value"]]
    return same(rows[["std_error", "p_value"]], kept)


def drawn_again(rows, frames):
    """Whether the cell that is drawn on the page is one of the study, but for the last of its four digits."""
    frame = frames["laboratory"]
    dials = [name for name in rows.columns[: list(rows.columns).index("estimator")] if name != "dispersion"]
    found = frame.merge(rows[[*dials, "estimator", "error"]], how="inner")
    found = found[found["dispersion"].isna()]
    measures = ["truth", "bias", "sd", "mean_error", "rejects_truth", "rejects_zero"]
    gaps = found[measures].to_numpy(float) - rows[measures].to_numpy(float)
    return len(found) == len(rows) and np.nanmax(np.abs(gaps)) < 2e-4


def on_real_data(rows, frames):
    """Whether a regression is the one of the Medicaid panel with all states."""
    found = frames["real_data"].query("table == 'medicaid' and column == '1' and row == 'treat'")
    return same(
        rows[["estimate", "std_error"]].iloc[0], found.set_index("statistic")["value"][["estimate", "std_error"]]
    )


POINTS = ["event_time", "estimate", "std_error", "conf_low", "conf_high"]
# page -> name in it -> whether its value and the frames of the makers agree
SHOWN = {
    "01_data_cleaning": {"by_hand": described},
    "02_baseline_did": {"first": regression("table_2", "1")},
    "03_event_study": {"full": lambda value, frames: columns(*POINTS)(value, frames["figure_1"])},
    "04_callaway_santanna": {"averages": averaged},
    "05_placebo": {"by_call": lambda value, frames: same(value, frames["figure_2"]["estimate"])},
    "06_distance": {"first": regression("table_4", "1")},
    "07_all_industries_and_branches": {"first": regression("table_5", "1")},
    "08_social_network": {
        "by_call": lambda value, frames: columns("year", "threshold", "density")(value, frames["figure_3"])
    },
    "09_land_market": {
        "by_call": lambda value, frames: columns("year", "inside", "outside")(value, frames["figure_4"]),
        "event_study": lambda value, frames: columns(*POINTS)(value, frames["figure_5"]),
    },
    "10_audit": {"verdicts": audited},
    "11_estimators": {"first": at_once},
    "13_parallel_trends": {"interval": bounded},
    "15_counts": {"full": counted},
    "14_spillovers": {"with_exposure": exposed},
    "12_few_treated": {"ladder": tested},
    "16_laboratory": {"by_call": drawn_again},
    "17_real_data": {"first": on_real_data},
    "A_unbalanced_panel": {"margin": modelled},
    "B_specification_curve": {"first": combined},
    "C_plausible_counts": {
        "by_hand": lambda value, frames: same(value, frames["appendix_c"]["measured"].iloc[0]),
    },
}


def value(notebook: Path, name: str, data: panels.Panels) -> object:
    """What the page gives `name`, from its imports, its parameters and the statements that the name rests on."""
    space = {}
    run = ast.Module(_resting_on(notebook, name), type_ignores=[])
    former, panels.of = panels.of, lambda source: data
    try:
        exec(compile(run, notebook.name, "exec"), space)
    finally:
        panels.of = former
    return space[name]


def _resting_on(notebook: Path, name: str) -> list[ast.stmt]:
    """The statements up to the first that gives the name a value, less those that nothing of it needs."""
    statements = [statement for _, tree in contents.code(notebook) for statement in tree.body]
    last = next(place for place, statement in enumerate(statements) if name in given(statement))
    needed, kept = {name}, []
    for statement in reversed(statements[: last + 1]):
        if given(statement) & needed or isinstance(statement, (ast.Import, ast.ImportFrom)):
            kept.insert(0, statement)
            needed |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    return kept


def given(statement: ast.stmt) -> set[str]:
    """The names that an assignment gives a value."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def is_shown(notebook: Path, statement: ast.stmt) -> bool:
    """Whether a statement is a call that the page shows in full."""
    return bool(given(statement) & SHOWN[notebook.stem].keys())


def repeats(statement: ast.stmt, choice: int | tuple[int, ...]) -> bool:
    """Whether a statement has a number, or numbers side by side in a call, a list or a tuple."""
    wanted = choice if isinstance(choice, tuple) else (choice,)
    return any(_side_by_side(wanted, _numbers(node)) for node in ast.walk(statement))


def _numbers(node: ast.AST) -> list:
    parts = node.args + [keyword.value for keyword in node.keywords] if isinstance(node, ast.Call) else []
    parts = node.elts if isinstance(node, (ast.List, ast.Tuple)) else parts or [node]
    return [_number(part) for part in parts]


def _number(node: ast.AST) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def _side_by_side(wanted: tuple, found: list) -> bool:
    width = len(wanted)
    return any(tuple(found[place : place + width]) == wanted for place in range(len(found) - width + 1))


def packages(tree: ast.AST) -> set[str]:
    """The packages that the code imports from."""
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {module.split(".")[0] for module in modules}
