"""Generated part of the status page: the data source, the grades, versions, and the time of each notebook."""

import json
import re
import subprocess
from importlib import metadata
from pathlib import Path

import pandas as pd

from enclave.base import paths, sources
from enclave.exhibits import results, scorecard
from enclave_book.notebooks import contents
from enclave_book.pages.markdown import table

SHOWN = ["jupyter-book", "papermill", "pytask", "pandas", "ibis-framework", "duckdb", "pandera", "pyfixest"]
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
NATURES = {
    sources.LICENSED: "The registers are the licensed ones.",
    sources.SYNTHETIC: "The registers are synthetic: the grades check the pipeline and are no evidence for the paper's "
    "findings.",
    sources.UNKNOWN: "The registers are of unknown origin: nothing says who made them, so they are treated as private, "
    "and the grades are no evidence.",
}
MADE = """```{raw} html
<p id="enclave-commit">The commit of this build is not recorded.</p>
```
"""
TIMES = """```{raw} html
<div id="enclave-times">The times of this build are not recorded.</div>
<script src="../_static/timings.js"></script>
```
"""
SCRIPT = """(function () {{
  var times = {times};
  var made = document.getElementById("enclave-commit");
  if (made) made.textContent = {made};
  var place = document.getElementById("enclave-times");
  if (!place || !times.length) return;
  var row = function (t) {{ return "<tr><td>" + t.notebook + "</td><td>" + t.seconds.toFixed(0) + "</td></tr>"; }};
  var rows = times.map(row);
  place.innerHTML = '<table class="table"><thead><tr><th>Notebook</th><th>Seconds</th></tr></thead><tbody>' +
    rows.join("") + "</tbody></table>";
}})();
"""


def page(source: str) -> str:
    """Data source, scorecard totals and versions. A script adds the times, so that the page itself stays the same."""
    return "\n".join(
        [
            f"**Version:** {metadata.version('enclave')}",
            "",
            MADE,
            f"**Data source:** `{source}`. {_nature(source)}",
            "",
            "## Grades",
            "",
            _grades(source),
            "",
            "## Time per notebook",
            "",
            TIMES,
            "## Versions",
            "",
            _versions(),
            "",
        ]
    )


def pins() -> dict[str, str]:
    """Package -> version, as locked."""
    return dict(PIN.findall(paths.REQUIREMENTS.read_text(encoding="utf-8")))


def script(source: str) -> str:
    """JavaScript that writes the commit and the measured times of each notebook into the status page."""
    files = [paths.timings(source) / f"{notebook.stem}.json" for notebook in contents.every()]
    times = [_read(file) for file in files if file.exists()]
    return SCRIPT.format(times=json.dumps(times), made=json.dumps(commit()))


def commit() -> str:
    """The commit that the book was made from, in a sentence, and whether files had changed since."""
    try:
        name = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "The commit of this build is not known: it was made outside of a repository."
    return f"Commit {name}{', with changes that are not committed' if changed else ''}."


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=paths.ROOT, capture_output=True, encoding="utf-8", check=True)
    return done.stdout.strip()


def _read(file: Path) -> dict:
    return json.loads(file.read_text(encoding="utf-8"))


def _nature(source: str) -> str:
    return NATURES[sources.kind(source)]


def _grades(source: str) -> str:
    return table(scorecard.summary(results.read("scorecard", source)))


def _versions() -> str:
    locked = pins()
    return table(pd.DataFrame({"Package": SHOWN, "Version": [locked[name] for name in SHOWN]}))
