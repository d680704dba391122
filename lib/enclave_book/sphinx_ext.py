"""Sphinx extension of the book: shows executed notebooks, includes generated parts, and carries MathJax along.

Nothing is computed here. If a notebook or a part is out of date, the build is called first.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset_file

from enclave.base import errors, files, paths
from enclave_book.notebooks import colab
from enclave_book.pages import data_notice, downloads, exhibit_map, status

log = logging.getLogger(__name__)
INSIDE_BUILD = "ENCLAVE_INSIDE_BUILD"
MATHJAX = "tex-svg.js"


class Made(Directive):
    """The generated part of a page: `made` with the name of the part."""

    required_arguments = 1

    def run(self) -> list:
        part = paths.pages(source()) / self.arguments[0]
        if not part.exists():
            raise self.error(f"There is no generated part {self.arguments[0]!r}. Its name may be misspelt.")
        env = self.state.document.settings.env
        env.note_dependency(str(part))
        lines = StringList(part.read_text(encoding="utf-8").splitlines(), source=str(part))
        self.state.nested_parse(lines, 0, self.state_machine.node, match_titles=True)
        return []


def scorecard_link(name: str, raw: str, number: str, line: int, inliner, options=None, content=()) -> tuple:
    """The role `scorecard` with the number of a table: a link to the scorecard on which only that table is shown."""
    env = inliner.document.settings.env
    document = paths.SCORECARD.relative_to(paths.ROOT).with_suffix("").as_posix()
    target = env.app.builder.get_relative_uri(env.docname, document) + "#" + exhibit_map.on_scorecard(number)
    return [nodes.reference(raw, f"Table {number} on the scorecard", refuri=target, internal=True)], []


def source() -> str:
    """Name of the register set that the book shows."""
    return os.environ.get("ENCLAVE_SOURCE", "twin")


def bring_up_to_date(app: Sphinx) -> None:
    """Run what is out of date, unless the build itself has called Sphinx."""
    if os.environ.get(INSIDE_BUILD):
        return
    log.info("Bringing the notebooks of source %s up to date", source())
    command = [sys.executable, "-m", "enclave_book", "build", "--source", source(), "--until", "pages"]
    if subprocess.run(command, check=False).returncode:
        raise ExtensionError("The notebooks could not be brought up to date; see above.")


def show_executed(app: Sphinx, docname: str, text: list[str]) -> None:
    """Put the executed copy in the place of a notebook, which is kept without outputs."""
    document = Path(app.env.doc2path(docname))
    if document.suffix != ".ipynb":
        return
    executed = paths.executed(source()) / document.name
    if not executed.exists():
        raise ExtensionError(f"{document.name} has not been executed. Run {errors.command('book', SOURCE=source())}")
    text[0] = downloads.page(executed.read_text(encoding="utf-8"), document.stem, source())


def keep_working_buttons(app: Sphinx, config: Config) -> None:
    """Leave out the buttons that lead to Binder or Colab, unless the repository has an address that they can open."""
    config.html_theme_options = colab.buttons(config.html_theme_options)


def lead_to_first_cell(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Let the Colab button lead to the notebook that begins with the cell for Colab."""
    colab.to_branch(context, app.config.html_theme_options.get("repository_branch", ""))


def drop_remote_scripts(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Leave out the scripts for live code, which would load from the network and are not used."""
    context["script_files"] = [script for script in context["script_files"] if "thebe" not in _described(script)]


def _described(script) -> str:
    return f"{script.filename} {script.attributes.get('body', '')}".lower()


def bring_along(app: Sphinx, fault: Exception | None) -> None:
    """Put MathJax, the downloads and the measured times into the book, so that it needs nothing from elsewhere."""
    if fault or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    (static / "mathjax").mkdir(parents=True, exist_ok=True)
    copy_asset_file(str(mathjax()), str(static / "mathjax" / MATHJAX))
    shutil.copytree(paths.downloads(source()), static / "downloads", dirs_exist_ok=True)
    files.write_text(status.script(source()), static / "timings.js")
    Path(app.outdir, ".buildinfo").unlink(missing_ok=True)


def mathjax() -> Path:
    """MathJax in one file, fonts included, from the package that carries it."""
    package = importlib.util.find_spec("sphinx-mathjax-offline")
    return Path(package.origin).parent / "static" / "mathjax" / MATHJAX


def setup(app: Sphinx) -> dict:
    """Called by Sphinx."""
    data_notice.apply(app, source())
    app.add_directive("made", Made)
    app.add_role("scorecard", scorecard_link)
    app.connect("config-inited", keep_working_buttons)
    app.connect("builder-inited", bring_up_to_date)
    app.connect("source-read", show_executed)
    app.connect("html-page-context", drop_remote_scripts, priority=900)
    app.connect("html-page-context", lead_to_first_cell, priority=900)
    app.connect("build-finished", bring_along)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
