"""The language of data labels: English, or what the page has set."""

import pandas as pd
import pytest
import toys

from enclave import style
from enclave.base import files, language, sources
from enclave.base.errors import EnclaveError
from enclave.style import figures, tables
from enclave_book.notebooks import execute

IMPORTS = (
    "import pandas as pd\n\nfrom enclave import style\nfrom enclave.style import figures, tables\n\nstyle.use(language)"
)
LABELLED = (
    "print(figures.finish(figures.canvas()[0], source).get_suptitle())\n"
    'print(tables.frame(pd.DataFrame({"a": [1]}), "t", source).html)'
)


@pytest.fixture(autouse=True)
def _language_of_the_tests():
    yield
    style.use("en")


def test_without_a_choice_the_language_is_english():
    assert language.in_use() == "en"
    assert sources.data_label("real") == "Real data"


def test_a_page_sets_the_language_of_all_its_labels():
    style.use("zh")
    assert figures.finish(figures.canvas()[0], "twin").get_suptitle() == "合成数据:仅检验流程"
    html = tables.frame(pd.DataFrame({"a": [1]}), "t", "demo").html
    assert "来源不明的数据 (demo)" in html
    assert "unknown" not in html
    assert [sources.data_label(source) for source in ("real", "licensed")] == ["真实数据", "授权数据"]


def test_an_unknown_language_is_refused_with_the_known_ones():
    with pytest.raises(EnclaveError, match=r"no language 'fr'.*en or zh"):
        style.use("fr")
    assert language.in_use() == "en"
    with pytest.raises(EnclaveError, match="no language 'de'"):
        sources.data_label("twin", "de")


def test_both_languages_have_labels_for_the_same_kinds_of_data():
    assert sources.DATA_LABELS.keys() == set(language.LANGUAGES)
    assert sources.DATA_LABELS["en"].keys() == sources.DATA_LABELS["zh"].keys()


def test_a_notebook_that_is_run_in_chinese_shows_chinese_labels(tmp_path):
    parameters = ('source = "twin"\nlanguage = "en"', toys.PARAMETERS)
    files.write_text(toys.notebook(parameters, IMPORTS, LABELLED), tmp_path / "01_page.ipynb")
    execute.run(tmp_path / "01_page.ipynb", tmp_path / "run.ipynb", {"language": "zh"}, lambda text: None)
    shown = (tmp_path / "run.ipynb").read_text(encoding="utf-8")
    assert shown.count("合成数据:仅检验流程") == 2
    assert "Synthetic" not in shown


def test_every_notebook_hands_its_language_to_the_labels():
    from enclave_book.notebooks import contents

    missing = [
        notebook.name
        for notebook in contents.every()
        if "style.use(language)" not in notebook.read_text(encoding="utf-8")
    ]
    assert missing == []
