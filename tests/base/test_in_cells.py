"""Errors in a notebook, as a kernel sends them to JupyterLab."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from enclave.base import in_cells, paths

CELLS = [
    ("markdown", "# A chapter\n\nWords."),
    ("code", "import math\nfrom enclave import did as method\nsource = 'twin'"),
    ("markdown", "Words.\n\n## The data\n\nMore words."),
    ("code", "%matplotlib inline\nfirst, (second, *third) = 1, (2, 3)\nfor number in range(2):\n    last = number"),
    ("code", "def doubled(given):\n    inside = 2 * given\n    return inside"),
    ("code", "total = total + first"),
    ("code", "this is no Python"),
]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A function that runs a cell, as JupyterLab of `make lab` does, and returns the lines of its error."""
    place = tmp_path_factory.mktemp("notebook") / "chapter.ipynb"
    cells = [{"cell_type": kind, "source": text.splitlines(keepends=True)} for kind, text in CELLS]
    place.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    mine = {"PYTHONSTARTUP": str(paths.LAB_STARTUP), in_cells.IN_LAB: str(place)}
    variables = {name: value for name, value in os.environ.items() if name != in_cells.WHOLE} | mine
    manager, client = start_new_kernel(kernel_name="python3", env=variables)

    def run(code):
        told = []
        client.execute_interactive(code, output_hook=told.append, timeout=60)
        faults = [message["content"] for message in told if message["msg_type"] == "error"]
        return [re.sub(r"\x1b\[[\d;]*m", "", line) for fault in faults for line in fault["traceback"]]

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_an_error_of_ours_is_one_line_and_its_traceback_is_kept(kernel):
    [line] = kernel("from enclave import panels\npanels.read('manufacture', 'twin')")
    assert line.startswith(
        "EnclaveError: There is no panel 'manufacture'. Did you mean 'manufacturing'? Choose one of "
    )
    assert "\n" not in line
    assert "collection.py" in "".join(kernel("%tb"))


def test_an_error_of_ours_under_another_name_is_called_by_the_name_that_is_known(kernel):
    assert kernel("from enclave import panels\npanels.of('twin').manufacture")[0].startswith(
        "EnclaveError: There is no panel 'manufacture'."
    )


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("source", 'under "A chapter", beginning with `import math`'),
        ("method", 'under "A chapter", beginning with `import math`'),
        ("math", 'under "A chapter", beginning with `import math`'),
        ("third", 'under "The data", beginning with `%matplotlib inline`'),
        ("last", 'under "The data", beginning with `%matplotlib inline`'),
        ("doubled", 'under "The data", beginning with `def doubled(given):`'),
    ],
)
def test_a_name_of_a_cell_that_was_not_run_is_told_with_the_cell(kernel, name, place):
    told = f"NameError: {name!r} is made in another cell, which was not run: {place}. Run that one first, "
    assert kernel(f"{name} + 1") == [f"{told}or all cells above."]


def test_a_name_inside_a_function_is_made_by_no_cell(kernel):
    assert kernel("inside") == [
        "NameError: There is no 'inside' yet. Run the cells above first: menu Run, Run All Above Selected Cell."
    ]


def test_a_cell_is_not_told_to_run_itself(kernel):
    assert kernel("total = total + first")[0].startswith("NameError: There is no 'total' yet.")


def test_a_misspelt_name_gets_the_nearest_one(kernel):
    kernel("estimates = 3")
    assert kernel("estimtaes")[0].startswith(
        "NameError: There is no 'estimtaes' yet. Did you mean 'estimates'? If not, "
    )


def test_a_misspelt_function_of_ours_gets_the_nearest_one(kernel):
    assert kernel("from enclave import did\ndid.tfwe") == [
        "AttributeError: enclave.did has no 'tfwe'. Did you mean 'twfe'?"
    ]


@pytest.mark.parametrize("code", ["1 / 0", "(1).nothing", "import json\njson.lods", "exec('undefined', {})"])
def test_errors_that_are_not_ours_are_shown_as_ever(kernel, code):
    lines = "".join(kernel(code))
    assert "Traceback" in lines
    assert code.splitlines()[-1] in lines


def test_an_error_stops_the_cells_below(kernel):
    assert kernel("from enclave import panels\npanels.read('manufacture', 'twin')\nbelow = 1")
    assert kernel("below")[0].startswith("NameError")


def test_start_up_leaves_no_name_in_the_notebook(kernel):
    assert kernel("assert not {'begin', 'in_cells', 'enclave'} & {*globals()}") == []


def test_a_build_keeps_tracebacks(monkeypatch):
    changed = []
    monkeypatch.delenv(in_cells.WHOLE, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", FakeIPython(changed))
    in_cells.begin()
    assert changed == [in_cells.SHORTENED]
    monkeypatch.setenv(in_cells.WHOLE, "1")
    in_cells.begin()
    assert len(changed) == 1


def test_a_notebook_that_cannot_be_read_has_no_cells(tmp_path, monkeypatch):
    place = tmp_path / "broken.ipynb"
    for text in ("{", "{}"):
        place.write_text(text, encoding="utf-8")
        monkeypatch.setenv(in_cells.IN_LAB, str(place))
        assert in_cells._undefined("panel", {}).startswith("There is no 'panel' yet.")
    monkeypatch.setenv(in_cells.IN_LAB, str(Path(tmp_path, "none.ipynb")))
    assert in_cells._undefined("panel", {}).startswith("There is no 'panel' yet.")


class FakeIPython:
    """IPython, whose shell notes which errors it was told to hand over."""

    def __init__(self, changed) -> None:
        self.changed = changed

    def get_ipython(self):
        return self

    def set_custom_exc(self, kinds, handler):
        self.changed.append(kinds)
