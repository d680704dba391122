"""Frames as Markdown tables, for page parts that hold plain lists."""

import pandas as pd


def table(frame: pd.DataFrame) -> str:
    """One line per row; numbers stand right, missing values are left empty."""
    right = [pd.api.types.is_numeric_dtype(frame[column]) for column in frame]
    lines = [list(frame.columns), ["---:" if number else "---" for number in right]]
    lines += [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value) -> str:
    return "" if pd.isna(value) else str(value).replace("|", "\\|")
