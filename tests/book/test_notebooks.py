import pytest
import toys

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_book.build import notebooks_step
from enclave_book.notebooks import contents
from enclave_book.pages import exhibit_map, readme


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A function that writes a notebook with the given cells."""
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)

    def write(*cells, name="01_page.ipynb"):
        (tmp_path / name).write_text(toys.notebook(*cells), encoding="utf-8")
        return tmp_path / name

    return write


def test_parameters_are_those_of_the_tagged_cell_with_their_defaults(page):
    parameters = 'source = "twin"\nlanguage = "en"\ndraws = 500'
    notebook = page("# Title", (parameters, ["parameters"]), "other = 3")
    assert contents.parameters(notebook) == {"source": "twin", "language": "en", "draws": 500}


def test_an_unknown_parameter_is_refused_and_the_known_ones_are_named(page):
    notebook = page("# Title", ('source = "twin"\nlanguage = "en"', ["parameters"]))
    with pytest.raises(EnclaveError, match=r"01_page\.ipynb has no parameter 'colour'.*source, language"):
        contents.check_parameters(notebook, {"colour": "red"})


def test_exhibits_written_and_those_read_from_others_are_told_apart(page):
    code = 'results.write(a, "table_1", source)\nresults.read("table_1", source)\nresults.read("table_2", source)'
    notebook = page(code)
    assert contents.written(notebook) == ["table_1"]
    assert contents.read(notebook) == {"table_2"}


def test_a_page_shows_the_exhibits_whose_makers_it_calls_in_its_order(page):
    notebook = page(
        "from enclave.exhibits import figure_4, table_2",
        "figure_4.make(data)\nmade = table_2.make(data, base_year=2001)\ntable_2.columns(data)",
        "other.make(data)\nfigure_4.make(data)",
    )
    assert contents.made(notebook) == ["figure_4", "table_2"]


def test_an_exhibit_that_is_no_plain_text_is_refused_with_its_cell(page):
    notebook = page("# Title", "results.write(a, name, source)")
    with pytest.raises(EnclaveError, match=r"01_page\.ipynb, cell 2: results\.write needs the exhibit"):
        contents.written(notebook)


def test_a_syntax_error_names_notebook_cell_and_line(page):
    notebook = page("# Title", "a = 1\nb = = 2")
    with pytest.raises(EnclaveError, match=r"01_page\.ipynb, cell 2, line 2"):
        contents.code(notebook)


def test_lines_for_ipython_alone_are_passed_over(page):
    assert contents.written(page('%matplotlib inline\n!ls\nresults.write(a, "figure_1", source)')) == ["figure_1"]


def test_a_file_that_is_no_notebook_is_refused_by_name(tmp_path):
    broken = tmp_path / "03_broken.ipynb"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(EnclaveError, match=r"03_broken\.ipynb is not a notebook"):
        contents.cells(broken)


def test_an_exhibit_has_its_maker_and_the_estimators_that_the_maker_uses(page):
    page("from enclave.exhibits import figure_1", "figure_1.make(data)")
    [exhibit] = exhibit_map.every()
    assert (exhibit.name, exhibit.title) == ("figure_1", "Figure 1")
    assert exhibit.estimators == ["event_study.estimate"]


def test_an_exhibit_on_two_pages_is_refused(page):
    page("table_2.make(data)", name="01_page.ipynb")
    page("table_2.make(data)", name="02_page.ipynb")
    with pytest.raises(EnclaveError, match=r"01_page\.ipynb and 02_page\.ipynb both show 'table_2'"):
        notebooks_step.steps("twin")


def test_the_readme_keeps_all_but_the_tables_between_its_marks(page, monkeypatch):
    page("from enclave.exhibits import figure_4\nfigure_4.make(data)")
    monkeypatch.setattr(readme, "table_2_beside", lambda: "Table 2")
    old = "before\n<!-- {0}:start -->\nold\n<!-- {0}:end -->\nafter\n"
    new = readme.renewed(old.format("table2") + old.format("exhibits"))
    row = "| Figure 4 | [01_page](notebooks/01_page.ipynb) | `figure_4` | `land` |"
    assert new.startswith("before\n<!-- table2:start -->\nTable 2\n<!-- table2:end -->\nafter\nbefore\n")
    assert "<!-- exhibits:start -->\n| Exhibit |" in new
    assert new.endswith(f"{row}\n<!-- exhibits:end -->\nafter\n")


def test_a_readme_without_the_marks_is_refused():
    with pytest.raises(EnclaveError, match="lacks a mark"):
        readme.renewed("no marks here")


def test_appendices_follow_the_chapters_in_order_of_their_letters():
    names = [notebook.stem for notebook in contents.every()]
    letters = [name for name in names if name[0].isalpha()]
    assert names == sorted(name for name in names if name[0].isdigit()) + sorted(letters)
    assert letters[:2] == ["A_unbalanced_panel", "B_specification_curve"]
