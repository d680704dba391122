"""The language of a page: taken from its notebook, and spoken by the marks of its figures and tables."""

from types import SimpleNamespace

import IPython
import pandas as pd
import pytest
import toys

from enclave.base import files, language
from enclave.base.errors import EnclaveError
from enclave.exhibits import results
from enclave.style import figures, tables
from enclave_book.notebooks import execute

MARKED = (
    "import pandas as pd\n\nfrom enclave import figures, tables\n\n"
    "print(figures.mark(figures.canvas()[0], source).get_suptitle())\n"
    'print(tables.frame(pd.DataFrame({"a": [1]}), "t", source).html)'
)


@pytest.fixture
def page(monkeypatch):
    """A function that stands for a notebook with the given names."""
    return lambda **names: monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(user_ns=names))


def test_outside_of_notebooks_the_language_is_english():
    assert language.of_page() == "en"


def test_a_notebook_speaks_its_parameter_and_english_without_one(page):
    page(language="zh")
    assert language.of_page() == "zh"
    page(source="twin")
    assert language.of_page() == "en"


def test_an_unknown_language_is_refused_with_the_known_ones(page):
    page(language="fr")
    with pytest.raises(EnclaveError, match=r"no language 'fr'.*en or zh"):
        language.of_page()
    with pytest.raises(EnclaveError, match="no language 'de'"):
        results.mark("twin", "de")


def test_figures_and_tables_of_a_chinese_page_are_marked_in_chinese(page):
    page(language="zh")
    assert figures.mark(figures.canvas()[0], "twin").get_suptitle() == "合成数据:仅检验流程"
    html = tables.frame(pd.DataFrame({"a": [1]}), "t", "demo").html
    assert "来源不明的数据 (demo)" in html
    assert "Synthetic" not in html
    assert [results.mark(source) for source in ("real", "licensed")] == ["真实数据", "授权数据"]


def test_both_languages_mark_the_same_kinds_of_data():
    assert results.MARKS.keys() == set(language.LANGUAGES)
    assert results.MARKS["en"].keys() == results.MARKS["zh"].keys()


def test_a_notebook_that_is_run_in_chinese_shows_chinese_marks(tmp_path):
    parameters = ('source = "twin"\nlanguage = "en"', toys.PARAMETERS)
    files.write_text(toys.notebook(parameters, MARKED), tmp_path / "01_page.ipynb")
    execute.run(tmp_path / "01_page.ipynb", tmp_path / "run.ipynb", {"language": "zh"}, lambda text: None)
    shown = (tmp_path / "run.ipynb").read_text(encoding="utf-8")
    assert shown.count("合成数据:仅检验流程") == 2
    assert "Synthetic" not in shown
