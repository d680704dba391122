"""What the data of a source are is decided once, and said alike in every place."""

import ast
import re
import zipfile

import pytest
import sources as project
import toys

from enclave.base import paths, privacy, sources
from enclave.base.errors import EnclaveError
from enclave.style import figures
from enclave_book import cli
from enclave_book.build import nodes, notebooks_step, runner, steps
from enclave_book.pages import data_notice, deviations, downloads, status
from enclave_registers import preview

# source, whether it has a record of its making -> kind, private, mark, Chinese mark
KINDS = [
    ("twin", False, "synthetic", False, "Synthetic data: pipeline check", "合成数据:仅检验流程"),
    ("twin-2", False, "synthetic", False, "Synthetic data: pipeline check (twin-2)", "合成数据:仅检验流程 (twin-2)"),
    ("mine", True, "synthetic", False, "Synthetic data: pipeline check (mine)", "合成数据:仅检验流程 (mine)"),
    ("mine", False, "unknown", True, "Data of unknown origin (mine)", "来源不明的数据 (mine)"),
    ("twin-99", False, "unknown", True, "Data of unknown origin (twin-99)", "来源不明的数据 (twin-99)"),
    ("licensed", False, "licensed", True, "Licensed data", "授权数据"),
    ("licensed", True, "licensed", True, "Licensed data", "授权数据"),
]
NAMES = [f"{source}{' with a record' if record else ''}" for source, record, *_ in KINDS]
DIRECTIVE = re.compile(r"^:{3,}\{only\} (\w+)$", re.MULTILINE)
# asks where the files lie, or which twin a name is
MAY_COMPARE = {"paths", "sources"}


@pytest.fixture(params=KINDS, ids=NAMES)
def case(request, build_folder):
    source, record, *said = request.param
    if record:
        paths.ground_truth(source).mkdir(parents=True)
    return source, *said


def test_one_answer_is_given_everywhere(case):
    source, kind, private, mark, chinese = case
    assert sources.kind(source) == kind
    assert sources.is_private(source) == private
    assert sources.data_label(source, "en") == mark
    assert sources.data_label(source, "zh") == chinese
    assert figures.finish(figures.canvas()[0], source).get_suptitle() == mark
    assert data_notice.line(source).startswith(f"<strong>{mark}.</strong> ")
    assert downloads.file_name("table_2", source) == f"table_2_{kind}.csv"
    assert downloads.archive_name(source) == f"enclave_{kind}.zip"
    assert status._nature(source) == status.NATURES[kind]
    assert ("2" in privacy.describe(ValueError("2"), source)) != private
    assert nodes.kind(source).measure() == kind


def test_only_synthetic_registers_are_called_so(case):
    source, kind, *_ = case
    label, line, page = sources.data_label(source), data_notice.line(source), data_notice.KINDS[kind]
    said = " ".join([label, line, page, status._nature(source)])
    assert ("synthetic" in said.lower()) == (kind == "synthetic")
    assert ("pipeline check" in said) == (kind == "synthetic")
    assert ("licen" in said.lower()) == (kind == "licensed")
    assert ("unknown origin" in said) == (kind == "unknown")
    assert ("synthetic" in deviations._why_empty(source)) == (kind == "synthetic")


def test_the_archive_says_what_its_data_are(case, monkeypatch):
    source, _, _, mark, _ = case
    monkeypatch.setattr(downloads, "_results", lambda source: [])
    monkeypatch.setattr(downloads.contents, "every", list)
    downloads.write(source)
    with zipfile.ZipFile(paths.downloads(source) / downloads.archive_name(source)) as archive:
        assert f"\n{mark}. " in archive.read("README.txt").decode()


def test_a_record_that_comes_or_goes_makes_anew_all_that_says_what_the_data_are(build_folder):
    def states():
        makers = [notebooks_step.steps, steps.downloads, steps.generated, steps.source_of_book]
        made = [step for make in makers for step in make("mine")]
        return [[node.measure() for node in step.inputs if isinstance(node, nodes.Kind)] for step in made]

    unknown = states()
    paths.ground_truth("mine").mkdir(parents=True)
    assert {str(state) for state in unknown} == {"['unknown']"}
    assert {str(state) for state in states()} == {"['synthetic']"}


def test_the_node_of_a_kind_is_no_other_node(build_folder):
    kind = nodes.kind("mine")
    folder = nodes.Folder(path=paths.ground_truth("mine"))
    assert (kind.path, kind.name) != (folder.path, folder.name)
    assert kind.signature != nodes.kind("other").signature


def test_whoever_uses_a_set_of_unknown_origin_is_told_and_how_to_keep_the_record(build_folder, capsys):
    paths.registers("mine").mkdir(parents=True)
    cli.main(["build", "--source", "mine"])
    said = capsys.readouterr().out
    assert str(paths.ground_truth("mine")) in said
    assert "private data of unknown origin" in said
    paths.ground_truth("mine").mkdir(parents=True)
    cli.main(["build", "--source", "mine"])
    assert "unknown" not in capsys.readouterr().out


@pytest.mark.parametrize("name", sources.RESERVED)
def test_no_register_set_can_take_a_name_that_says_what_it_is_not(name, build_folder):
    paths.registers(name).mkdir(parents=True)
    (paths.registers(name) / "firms.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(EnclaveError, match="cannot be called"):
        runner.build(name)
    assert cli.main(["registers", "--source", name]) == 1


def test_no_other_module_decides_by_the_name_of_a_source():
    deciding = [
        project.place(file, node.lineno)
        for file in project.modules()
        if file.stem not in MAY_COMPARE
        for node in ast.walk(project.tree(file))
        if isinstance(node, ast.Compare)
        and any(
            isinstance(one, ast.Constant) and one.value in ("twin", "licensed")
            for one in [node.left, *node.comparators]
        )
    ]
    from_record = [
        project.place(file, node.lineno)
        for file in project.modules()
        if file.stem not in {*MAY_COMPARE, "notebooks_step"}
        for node in ast.walk(project.tree(file))
        if isinstance(node, ast.Attribute)
        and node.attr in ("exists", "is_dir")
        and "ground_truth(" in ast.unparse(node)
    ]
    assert deciding + from_record == []


@pytest.mark.parametrize(
    "page", [paths.COVER, *sorted(paths.BOOK.glob("*.md")), paths.SYLLABUS, paths.SEMINAR], ids=lambda page: page.stem
)
def test_a_page_that_speaks_to_licence_holders_has_a_word_for_data_of_unknown_origin(page):
    tags = DIRECTIVE.findall(page.read_text(encoding="utf-8"))
    assert set(tags) <= {sources.SYNTHETIC, sources.LICENSED, sources.UNKNOWN}
    assert tags.count(sources.LICENSED) == tags.count(sources.UNKNOWN)


def test_records_of_registers_of_unknown_origin_are_not_shown(build_folder):
    import ibis
    import pandas as pd

    firms = ibis.memtable(pd.DataFrame({"name": ["秘密公司"]}))
    assert "秘密公司" not in preview.records(firms, "mine").to_string()
    assert "秘密公司" in preview.records(firms, "twin").to_string()


def test_a_notebook_says_unknown_of_such_data(tmp_path, build_folder):
    from enclave_book.notebooks import execute

    page = tmp_path / "01_page.ipynb"
    cell = 'import pandas as pd\nfrom enclave.style import tables\ntables.frame(pd.DataFrame({"a": [1]}), "A", source)'
    page.write_text(toys.notebook(('source = "twin"\nlanguage = "en"', toys.PARAMETERS), cell), encoding="utf-8")
    execute.run(page, tmp_path / "out.ipynb", {"source": "mine"}, lambda text: None)
    made = (tmp_path / "out.ipynb").read_text(encoding="utf-8")
    assert "Data of unknown origin (mine)" in made
    assert "Synthetic data" not in made
