"""Small notebooks, to try the build on."""

import json

PARAMETERS = ["parameters"]


def notebook(*cells):
    """A notebook from its cells: text that begins with # is prose, a pair is code and its tags, the rest is code."""
    made = []
    for number, cell in enumerate(cells):
        text, tags = cell if isinstance(cell, tuple) else (cell, [])
        kind = "markdown" if text.startswith("#") else "code"
        made.append({"cell_type": kind, "id": f"c{number}", "metadata": {"tags": tags} if tags else {}, "source": text})
        if kind == "code":
            made[-1] |= {"outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


def writer(exhibit, estimate):
    """A notebook that writes one exhibit of event time."""
    return notebook(
        f"# How {exhibit} is made",
        ('source = "twin"\nlanguage = "en"', PARAMETERS),
        "import pandas as pd\n\nfrom enclave.exhibits import results",
        'columns = ["event_time", "estimate", "std_error", "conf_low", "conf_high"]\n'
        f"effects = pd.DataFrame([[0, {estimate}, 1, 0, 1]], columns=columns)",
        f'results.write(effects, "{exhibit}", source)\nprint(effects["estimate"].item())',
    )
