"""Generated parts on speed and memory, from the figures in `data/bench`. `make bench` measures them."""

import json

import pandas as pd

from enclave.base import paths
from enclave.style import sentences
from enclave_book.pages.markdown import table

ORDER = ["placebo", "chapters", "book", "cleaning"]
COLUMNS = ["benchmark", "what", "value", "unit", "limit", "kept"]


def page(source: str) -> str:
    """Every measured figure with its limit, and the machine of each benchmark."""
    rows = read()
    shown = rows.assign(
        value=rows["value"].map(_number),
        limit=rows["limit"].map(sentences.readable),
        kept=rows["kept"].map({True: "yes", False: "no"}),
    )
    return f"{table(shown)}\n\nMeasured on:\n\n" + "".join(f"- `{name}`: {machine(name)}\n" for name in _records())


def cleaning(source: str) -> str:
    """Time and memory by number of firms and engine, the promises with their limits, and which engine to choose."""
    rows = read().query("benchmark == 'cleaning'")
    if rows.empty:
        return "Nothing has been measured yet: run `python run.py bench`.\n"
    words = f"{_not_measured(**_records()['cleaning']['limits'])} {_when_spark_pays(rows)}"
    return "\n\n".join([table(_by_size(rows)), words, table(_promised(rows)), f"Measured on: {machine('cleaning')}.\n"])


def read() -> pd.DataFrame:
    """All rows in `data/bench`: `COLUMNS`, in the order of `ORDER`."""
    frames = [pd.DataFrame(record["rows"]).assign(benchmark=name) for name, record in _records().items()]
    return pd.concat(frames, ignore_index=True)[COLUMNS] if frames else pd.DataFrame(columns=COLUMNS)


def machine(name: str) -> str:
    """One sentence on the machine of a benchmark."""
    used = _records()[name]["machine"]
    words = f"{used['processor']}, {used['cores']} cores, {used['memory_gb']} GB, Python {used['python']}"
    return f"{words}, load {used['load']} when it ended"


def _records() -> dict[str, dict]:
    """Content of each file, by the name of its benchmark; those that `ORDER` does not name come last."""
    found = {path.stem: path for path in sorted(paths.BENCH.glob("*.json"))}
    names = [name for name in ORDER if name in found] + [name for name in found if name not in ORDER]
    return {name: json.loads(found[name].read_text(encoding="utf-8")) for name in names}


def _by_size(rows: pd.DataFrame) -> pd.DataFrame:
    """A column for each number of firms, a row for each figure that was measured at several numbers."""
    named = rows["what"].str.extract(r"^(?P<firms>[\d,]+) firms, (?P<what>.*)$")
    shown = named.assign(value=[_figure(*pair) for pair in zip(rows["value"], rows["unit"], strict=True)]).dropna()
    wide = shown.pivot(index="what", columns="firms", values="value").reindex(shown["what"].unique()).fillna("")
    return wide[shown["firms"].unique()].rename_axis(None, axis=1).reset_index(names="Firms")


def _figure(value: float, unit: str) -> str:
    return f"{_number(value)} {unit}".strip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else sentences.readable(f"{value:.3g}")


def _promised(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a limit: Promise, Measured, Limit, Kept."""
    limited = rows[rows["limit"] != ""]
    figures = [_figure(*pair) for pair in zip(limited["value"], limited["unit"], strict=True)]
    kept = limited["kept"].map({True: "kept", False: "not kept"})
    return pd.DataFrame(
        {
            "Promise": limited["what"],
            "Measured": figures,
            "Limit": limited["limit"].map(sentences.readable),
            "Kept": kept,
        }
    )


def _not_measured(spark: int, pandas: int, aimed: int, memory: str) -> str:
    """Up to how many firms each program is measured, and for how many the time is promised."""
    return (
        f"Spark is measured up to {spark:,} firms and pandas up to {pandas:,}: beyond, one "
        f"machine is too slow or too small for them. DuckDB may use {memory} of memory. The time over the floor "
        f"is promised for {aimed:,} firms, the peak of memory for the largest size."
    )


def _when_spark_pays(rows: pd.DataFrame) -> str:
    """From which number of firms on Spark was the faster one."""
    seconds = rows[rows["unit"] == "s"].set_index("what")["value"]
    firms = [what.removesuffix(", spark") for what in seconds.index if what.endswith(", spark")]
    if not firms:
        return ""
    paid = [size for size in firms if seconds[f"{size}, spark"] < seconds[f"{size}, duckdb"]]
    if paid:
        return f"On this one machine Spark was faster than DuckDB from {paid[0]} on."
    return f"On this one machine Spark was slower than DuckDB at every such size, up to {firms[-1]}."
