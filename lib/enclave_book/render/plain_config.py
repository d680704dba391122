"""The settings of the book for plain Sphinx: `_config.yml` is read here, and jupyter-book is not needed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from enclave.base import paths
from enclave.base.errors import InputError
from enclave_book.render import book_source

EXTENSIONS = [
    "sphinx_togglebutton",
    "sphinx_copybutton",
    "myst_nb",
    "sphinx_external_toc",
    "sphinx_design",
    "sphinx_book_theme",
]
CITATIONS = "sphinxcontrib.bibtex"
# what jupyter-book sets in every book
ALWAYS = {
    "pygments_style": "sphinx",
    "html_theme": "sphinx_book_theme",
    "html_sourcelink_suffix": "",
    "numfig": True,
    "myst_url_schemes": ["mailto", "http", "https"],
}
NOT_OURS = ["**.ipynb_checkpoints", ".DS_Store", "Thumbs.db"]
THEME = "html_theme_options"
# key of `_config.yml` -> setting of Sphinx; within a setting that is a table, the place in it
NAMES = {
    "title": "html_title",
    "author": "author",
    "copyright": "copyright",
    "only_build_toc_files": "external_toc_exclude_missing",
    "exclude_patterns": "exclude_patterns",
    "bibtex_bibfiles": "bibtex_bibfiles",
    "execute.execute_notebooks": "nb_execution_mode",
    "parse.myst_enable_extensions": "myst_enable_extensions",
    "repository.url": f"{THEME}.repository_url",
    "repository.branch": f"{THEME}.repository_branch",
    "repository.path_to_book": f"{THEME}.path_to_docs",
    "html.baseurl": "html_baseurl",
    "html.use_repository_button": f"{THEME}.use_repository_button",
    "html.use_issues_button": f"{THEME}.use_issues_button",
    "html.use_edit_page_button": f"{THEME}.use_edit_page_button",
    "html.home_page_in_navbar": f"{THEME}.home_page_in_toc",
    "launch_buttons.thebe": f"{THEME}.launch_buttons.thebe",
    "launch_buttons.notebook_interface": f"{THEME}.launch_buttons.notebook_interface",
    "launch_buttons.binderhub_url": f"{THEME}.launch_buttons.binderhub_url",
    "launch_buttons.colab_url": f"{THEME}.launch_buttons.colab_url",
}
# Sphinx looks for these in the folder of its settings, which is another one
NEXT_TO_SETTINGS = ["html_static_path", "bibtex_bibfiles"]


def settings(folder: Path) -> dict[str, Any]:
    """Name and value of each setting of Sphinx, from `_config.yml` in `folder`.

    Raises InputError for a key of that file that is not known here.
    """
    config = yaml.safe_load((folder / paths.BOOK_CONFIG.name).read_text(encoding="utf-8"))
    sphinx = config.pop("sphinx", {})
    made: dict[str, Any] = {"external_toc_path": paths.BOOK_TOC.name, **ALWAYS}
    for key, value in _leaves(config):
        _put(made, _name(key), value)
    made["exclude_patterns"] = sorted({*NOT_OURS, *made.get("exclude_patterns", [])})
    made["extensions"] = [*EXTENSIONS, *sphinx.get("extra_extensions", []), CITATIONS]
    book_source.merge(made, sphinx.get("config", {}))
    return made


def text(folder: Path) -> str:
    """The settings of the book in `folder` as the text of a `conf.py` that may be in any other folder."""
    made = settings(folder)
    for name in NEXT_TO_SETTINGS:
        made[name] = [str(folder / place) for place in made.get(name, [])]
    return "".join(f"{name} = {value!r}\n" for name, value in sorted(made.items()))


def _leaves(config: dict, above: str = "") -> Iterator[tuple[str, object]]:
    """Each value of `_config.yml` and its key, with the keys above it before a point."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield above + key, value


def _name(key: str) -> str:
    if key not in NAMES:
        remedy = "Add it to NAMES of plain_config.py with its setting of Sphinx."
        raise InputError(paths.BOOK_CONFIG.name, f"plain Sphinx does not know the key {key}", remedy)
    return NAMES[key]


def _put(made: dict, name: str, value: object) -> None:
    """Set a value at its place, which points divide."""
    *tables, last = name.split(".")
    for table in tables:
        made = made.setdefault(table, {})
    made[last] = value
