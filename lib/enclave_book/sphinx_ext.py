"""Sphinx extension of the book: passages by kind of data, buttons that work, and no scripts from the network.

Formulas, numbers, search and the mending of written pages are in modules of `enclave_book.render`.

Nothing is computed here.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from enclave.base import errors, paths
from enclave_book.notebooks import copies
from enclave_book.render import formulas, numbers, page_changes, search_words

# Colab opens notebooks from GitHub, and those with the first cell for Colab are in this branch
HOST = "https://github.com/"
COLAB_BRANCH = "colab"


def choose_passages(app: Sphinx, config: Config) -> None:
    """Let the directive `only` show the passages for the kind of data in this book.

    Raises ExtensionError outside the folder that the build has made: elsewhere the generated parts are missing.
    """
    if not config.enclave_kind:
        raise ExtensionError(
            f"The pages here lack their results. Run {errors.command('book')}, which renders the book. To render it by "
            f"hand after that: jupyter-book build {paths.book_source('twin')}"
        )
    app.tags.add(config.enclave_kind)


def keep_working_buttons(app: Sphinx, config: Config) -> None:
    """Leave out the buttons that lead to Binder or Colab, unless the repository has an address that they can open."""
    config.html_theme_options = buttons(config.html_theme_options)


def buttons(options: dict) -> dict:
    """The theme's options with the buttons that can work.

    None without an address, and none for Colab unless the repository is on GitHub.
    """
    url, wanted = options.get("repository_url") or "", options.get("launch_buttons") or {}
    kept = wanted if url.startswith(HOST) else {name: value for name, value in wanted.items() if name != "colab_url"}
    return {**options, "launch_buttons": kept if url else {}}


def lead_to_first_cell(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Let the Colab button lead to the notebook that begins with the cell for Colab."""
    branch = app.config.html_theme_options.get("repository_branch", "")
    groups = [group.get("buttons", []) for group in context.get("header_buttons", [])]
    for button in [button for group in groups for button in group if button["text"] == "Colab"]:
        button["url"] = button["url"].replace(f"/blob/{branch}/", f"/blob/{COLAB_BRANCH}/")


def drop_remote_scripts(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Leave out the scripts for live code (thebe), which would load from the network and are not used."""
    context["script_files"] = [script for script in context["script_files"] if "thebe" not in _described(script)]


def _described(script) -> str:
    return f"{script.filename} {script.attributes.get('body', '')}".lower()


def finish(app: Sphinx, fault: Exception | None) -> None:
    """Let the download button of a page give the notebook of the repository, remove what nobody needs, mend pages.

    In an edition without solutions the notebook has none either.
    """
    if fault or app.builder.format != "html":
        return
    for page in Path(app.outdir, "_sources", paths.NOTEBOOKS.name).glob("*.ipynb"):
        notebook = (paths.NOTEBOOKS / page.name).read_text(encoding="utf-8")
        given = notebook if app.config.enclave_solutions else copies.without_solutions(notebook)
        page.write_text(given, encoding="utf-8", newline="\n")
    Path(app.outdir, ".buildinfo").unlink(missing_ok=True)
    Path(app.outdir, "_static", "scripts", "fontawesome.js").unlink(missing_ok=True)
    for unused in Path(app.outdir, "_static", "scripts").glob("*.map"):
        unused.unlink()
    page_changes.pages(Path(app.outdir))


def setup(app: Sphinx) -> dict:
    """Called by Sphinx."""
    app.add_config_value("enclave_kind", "", "env", str)
    app.add_config_value("enclave_solutions", default=True, rebuild="", types=bool)
    for part in (formulas, numbers, search_words):
        part.setup(app)
    app.connect("config-inited", choose_passages)
    app.connect("config-inited", keep_working_buttons)
    app.connect("html-page-context", drop_remote_scripts, priority=900)
    app.connect("html-page-context", lead_to_first_cell, priority=900)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
