"""An executed notebook as a chapter: number in its title, plumbing folded, no style in its tables."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from enclave.style import tables
from enclave_book.render import chapter_page


def code(source, outputs=(), tags=()):
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source, "outputs": list(outputs)}


def made(*cells, name="02_baseline_did"):
    title = {"cell_type": "markdown", "metadata": {}, "source": "# The baseline\n\nText"}
    return json.loads(chapter_page.page(json.dumps({"cells": [title, *cells]}), name))["cells"]


def test_a_chapter_carries_its_number_and_an_appendix_its_own_title():
    assert made()[0]["source"] == "# 02 The baseline\n\nText"
    assert made(name="A_unbalanced_panel")[0]["source"] == "# The baseline\n\nText"


@pytest.mark.parametrize(
    ("source", "plumbing"),
    [
        ("import numpy as np\nfrom enclave import style\nstyle.use(language)", True),
        ("keep(n=len(pairs))", True),
        ("for name in names:\n    keep(**{name: 1})", True),
        ("panel = panels.load(source)", False),
        ("panel = panels.load(source)\nkeep(n=len(panel))", False),
        ("", False),
    ],
)
def test_only_cells_that_compute_nothing_are_plumbing(source, plumbing):
    assert chapter_page.is_plumbing(source) == plumbing


def test_plumbing_and_parameters_are_folded_and_own_tags_are_kept():
    cells = made(
        code("import numpy"),
        code('source = "twin"', tags=["parameters"]),
        code("1 + 1"),
        code("keep(n=1)", outputs=[{"data": {}}]),
        code("import os", tags=["remove-cell"]),
    )
    assert [cell["metadata"]["tags"] for cell in cells[1:]] == [
        ["hide-cell"],
        ["parameters", "hide-cell"],
        [],
        ["hide-input"],
        ["remove-cell"],
    ]


def test_a_table_leaves_its_style_to_the_style_sheet():
    output = {"data": {"text/html": [tables.STYLE, "<div>1</div>"]}}
    assert made(code("1", outputs=[output]))[1]["outputs"][0]["data"]["text/html"] == "<div>1</div>"


def test_a_picture_becomes_lighter_and_looks_the_same():
    grey = np.add.outer(np.arange(200), np.arange(200)) % 64
    colours = np.stack([grey * 4, 255 - grey, np.full_like(grey, 128), np.full_like(grey, 255)], axis=2)
    buffer = io.BytesIO()
    Image.fromarray(colours.astype("uint8"), "RGBA").save(buffer, "PNG", compress_level=0)
    output = {"data": {"image/png": base64.b64encode(buffer.getvalue()).decode()}}
    light = base64.b64decode(made(code("1", outputs=[output]))[1]["outputs"][0]["data"]["image/png"])
    assert len(light) < len(buffer.getvalue()) / 3
    seen = np.asarray(Image.open(io.BytesIO(light)).convert("RGB")).astype(int)
    assert np.abs(seen - colours[:, :, :3]).max() <= 4
