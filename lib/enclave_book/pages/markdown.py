"""Frames as Markdown tables."""

import pandas as pd


def table(frame: pd.DataFrame) -> str:
    """One line per row. Numbers are aligned to the right; missing values are left empty."""
    sides = ["right" if pd.api.types.is_numeric_dtype(frame[column]) else "left" for column in frame]
    text = frame.astype(object).where(frame.notna(), "").astype(str)
    text = text.replace(r"\|", r"\\|", regex=True)
    return text.to_markdown(index=False, colalign=sides, disable_numparse=True)
