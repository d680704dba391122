"""The tables, figures and appendices of the paper, and what goes beyond it, one module for each.

`MAKERS["table_2"](panels)` computes Table 2 of the paper from the panels of a source. It is `table_2.make(panels)`: the
module of an exhibit is loaded when its maker is first called.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module

# exhibit -> the panels that it reads, in the order of the paper
READS = {
    "table_1": ["manufacturing", "yearbook"],
    "table_2": ["manufacturing", "yearbook"],
    "figure_1": ["manufacturing", "yearbook"],
    "table_3": ["manufacturing"],
    "figure_2": ["manufacturing"],
    "table_4": ["manufacturing", "pairs", "yearbook"],
    "table_5": ["all_industry", "branches", "yearbook"],
    "figure_3": ["network"],
    "figure_4": ["land"],
    "figure_5": ["land"],
    "audit": [],
    "many_estimators": ["manufacturing", "yearbook"],
    "inference": ["all_industry", "branches", "manufacturing", "pairs", "yearbook"],
    "parallel_trends": ["manufacturing", "yearbook"],
    "diversion": ["manufacturing"],
    "counts": ["all_industry", "branches", "manufacturing"],
    "counts_unit": ["all_industry", "branches", "manufacturing"],
    "counts_simulated": [],
    "counts_land": ["land", "land_elsewhere"],
    "laboratory": [],
    "real_data": [],
    "appendix_a": ["manufacturing"],
    "appendix_b": ["alternatives", "pairs", "yearbook"],
    "appendix_c": ["all_industry", "branches", "land", "manufacturing", "yearbook"],
}
TABLES = [name for name in READS if name.startswith("table_")]


def _make(exhibit: str, panels, **choices):
    return import_module(f"{__name__}.{exhibit}").make(panels, **choices)


# exhibit -> the function that computes it from the panels of a source
MAKERS: dict[str, Callable] = {exhibit: partial(_make, exhibit) for exhibit in READS}
