"""Frames as Markdown tables."""

import re

import pandas as pd

from enclave.style import words


def table(frame: pd.DataFrame) -> str:
    """One line per row. Numbers are aligned to the right; missing values are left empty; heads are in words."""
    sides = ["right" if pd.api.types.is_numeric_dtype(frame[column]) else "left" for column in frame]
    frame = frame.rename(columns=words.head)
    text = frame.astype(object).where(frame.notna(), "").astype(str)
    text = text.replace(r"\|", r"\\|", regex=True)
    return text.to_markdown(index=False, colalign=sides, disable_numparse=True)


def narrow(frame: pd.DataFrame) -> str:
    """The same for a text that people read as it is: no cell is filled up to the width of the longest one."""
    return "\n".join(re.sub(r" {2,}", " ", re.sub(r":?-{3,}", "---", line)) for line in table(frame).splitlines())
