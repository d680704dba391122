"""What every page of the book keeps to. Each test names notebook and cell, or file and line, of what breaks a habit."""

import ast
import json
import re
import statistics
from urllib.parse import unquote

import nbformat
import pytest
import sources
import yaml
from pybtex.database import parse_file

from enclave import facts
from enclave.base import paths
from enclave.style import sentences
from enclave_book.build import steps
from enclave_book.notebooks import contents
from enclave_book.pages import claims, exhibit_map, readme
from enclave_book.render import citations

ORDER = [
    "**Question.**",
    "**What the paper ",
    "**After this page** you can",
    "**What is real and what is synthetic.**",
    "source =",
    "import ",
    "## What this does not show",
    "## Takeaways",
    "## Exercises",
]
MEDIAN, NINE_IN_TEN, WORDS_PER_LINE = 6, 15, 10
# a decimal, or stars of significance behind a number; a version number has more points
TYPED = re.compile(r"(?<![\w.§])\d+\.\d+(?!\w|\.\d)|(?<!\w)\d+\*{1,3}(?!\w)")
MADE = re.compile(r"<!-- (\w+):start -->.*?<!-- \1:end -->", re.DOTALL)
EMPHASIS = re.compile(r"(?<![\w*])(\*{1,2})(?=[^\s*])[^*\n]+(?<=\S)\1(?![\w*])")
# what the paper prints may be quoted, in lines that begin as a quotation or name the place in the paper
QUOTATION = re.compile(r"^\s*>|\b(?:section|sections|volume|Python|GB/T)\s+[\d.]+")
PAGE_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()#\s]*\.(?:ipynb|md))\)")
# numbers of exercises and equations, and addresses of links, are no results
NUMBERED = re.compile(r"\b[Ee]xercise \d+\.\d+|\[\(\d+\.\d+\)\](?=\(#)|(?<=\])\([^()\s]*\)")
EQUATION = re.compile(r"^\$\$\n% (\S+)\n.*?\\tag\{([^}]*)\}\n\$\$$", re.MULTILINE | re.DOTALL)
BOX = re.compile(r"tests/([a-z]+/test_\w+)\.py::(test_\w+)")


@pytest.fixture(params=contents.every(), ids=lambda notebook: notebook.stem)
def notebook(request):
    return request.param


def code_size(cell):
    lines = [line.strip() for line in cell.text.splitlines()]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def prose_pages():
    pages = [paths.COVER, paths.README, paths.CHANGELOG, paths.CONTRIBUTING, *sorted(paths.BOOK.glob("*.md"))]
    return [(sources.place(page), page.read_text(encoding="utf-8")) for page in pages]


def prose_cells():
    return [
        (f"{notebook.name}, cell {cell.number}", cell.prose)
        for notebook in contents.every()
        for cell in contents.cells(notebook)
        if cell.prose
    ]


def test_a_page_keeps_the_order_of_all_pages(notebook):
    cells = contents.cells(notebook)
    text = "\n".join(cell.text for cell in cells)
    places = [text.find(mark) for mark in ORDER]
    assert cells[0].text.startswith("# ")
    assert [mark for mark, found in zip(ORDER, places, strict=True) if found < 0] == []
    assert places == sorted(places)


def test_a_page_takes_source_and_language_as_its_first_code(notebook):
    first = next(cell for cell in contents.cells(notebook) if cell.kind == "code")
    assert first.tags == ["parameters"]
    assert contents.parameters(notebook) == {"source": "twin", "language": "en"} | contents.parameters(notebook)


def test_cells_are_short_and_prose_carries_the_page(notebook):
    cells = contents.cells(notebook)
    sizes = [code_size(cell) for cell in cells if not cell.prose]
    words = sum(len(cell.prose.split()) for cell in cells)
    assert statistics.median(sizes) <= MEDIAN
    assert statistics.quantiles(sizes, n=10)[-1] <= NINE_IN_TEN
    assert words >= WORDS_PER_LINE * sum(sizes)


def test_a_page_defines_at_most_one_function(notebook):
    defined = [
        f"cell {cell.number}: {node.name}"
        for cell, tree in contents.code(notebook)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    ]
    assert len(defined) <= 1, defined


def test_a_page_is_kept_without_outputs(notebook):
    raw = json.loads(notebook.read_text(encoding="utf-8"))
    left = [cell["id"] for cell in raw["cells"] if cell.get("outputs") or cell.get("execution_count")]
    assert left == []


def test_a_page_is_kept_as_jupyter_writes_it(notebook):
    # so that a saved change of one word is a change of one line
    read = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
    assert notebook.read_text(encoding="utf-8") == nbformat.writes(read) + "\n"


def test_a_sentence_needs_no_value_that_is_kept_below_it(notebook):
    kept, early = set(), []
    for cell, tree in contents.code(notebook):
        kept |= set(kept_in(tree))
        needed = sentences.names(contents.said(cell.text))
        missing = [name for name in needed if not any(re.fullmatch(pattern, name) for pattern in kept)]
        early += [f"cell {cell.number}: {name}" for name in missing]
    assert early == []


def kept_in(tree):
    """Patterns of the names under which a cell keeps values: `keep(a=1)`, `keep(**{f"a_{b}": 1})`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "keep"]
    for keyword in [keyword for call in calls for keyword in call.keywords]:
        if keyword.arg:
            yield keyword.arg
        elif isinstance(keyword.value, ast.Dict):
            yield from (pattern_of(key) for key in keyword.value.keys)


def pattern_of(key):
    parts = key.values if isinstance(key, ast.JoinedStr) else []
    return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in parts) or r"\w+"


def test_equations_have_the_number_of_the_paper_or_one_by_chapter_and_links_say_it():
    numbers = {}
    for notebook in contents.every():
        chapter, own = notebook.stem.split("_")[0].removeprefix("0") or "0", []
        for label, number in EQUATION.findall("\n\n".join(cell.prose for cell in contents.cells(notebook))):
            own += [] if number.endswith(" of the paper") else [number]
            numbers[label] = number
        assert own == [f"{chapter}.{count}" for count, _ in enumerate(own, start=1)], notebook.name
    links = [link for _, text in prose_cells() for link in re.findall(r"\[\(([^()]*)\)\]\(#(eq-[\w-]+)\)", text)]
    assert links
    assert [(number, label) for number, label in links if numbers[label] != number] == []


def test_citations_name_author_and_year_of_their_work():
    works = parse_file(str(paths.BOOK / citations.REFERENCES)).entries
    wrong = []
    for place, text in prose_cells():
        for link in citations.LINK.finditer(" ".join(text.split())):
            key = citations.keys().get(unquote(link["address"]))
            if key and link["text"].strip("[]") not in names_of(works[key]):
                wrong.append(f"{place}: {link[0]} is not {names_of(works[key])}")
            if not key and re.search(r"\(\d{4}\)$|^\[.*\d{4}\]$", link["text"]):
                wrong.append(f"{place}: {link[0]} leads to no work of {citations.REFERENCES}")
    assert wrong == []


def names_of(work):
    """A work as it is cited in a sentence, and behind one."""
    names = [" ".join(person.prelast_names + person.last_names).strip("{}") for person in work.persons["author"]]
    authors = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    year = work.fields["year"]
    return f"{authors} ({year})", f"{authors}, {year}"


def test_a_link_to_a_page_says_its_title():
    titles = {f"{one.name}": contents.title(one) for one in contents.every()}
    titles |= {f"../book/{one.name}": heading(one) for one in paths.BOOK.glob("*.md")}
    links = [(place, *link) for place, text in prose_cells() for link in PAGE_LINK.findall(" ".join(text.split()))]
    assert len(links) > 20
    assert [(place, text, to) for place, text, to in links if titles.get(to) != text] == []


def heading(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), None)


def test_every_figure_has_a_number_a_caption_and_words_for_who_cannot_see_it(notebook):
    faults = []
    for cell, tree in contents.code(notebook):
        if any(ast.unparse(node) == "figures.finish" for node in ast.walk(tree) if isinstance(node, ast.Attribute)):
            shown = cell.metadata.get("mystnb", {})
            figure, image = shown.get("figure", {}), shown.get("image", {})
            if not (figure.get("name") and figure.get("caption") and image.get("alt")):
                faults.append(f"cell {cell.number}")
    assert faults == []


def typed_in(text):
    """Line number and text of each result typed in prose. What the package writes between marks is not typed."""
    text = NUMBERED.sub(" ", MADE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text))
    plain = EMPHASIS.sub(lambda found: found[0].strip("*"), sources.without_code(text))
    lines = [(number, line) for number, line in enumerate(plain.splitlines(), start=1) if not QUOTATION.search(line)]
    return [(number, found[0]) for number, line in lines for found in TYPED.finditer(line)]


def test_no_result_is_typed_in_prose():
    typed = [
        f"{place}, line {number}: {found}"
        for place, text in [*prose_pages(), *prose_cells()]
        for number, found in typed_in(text)
    ]
    assert typed == []


@pytest.mark.parametrize(
    "line", ["The effect is 1.46.", "an estimate of 12***", "about 0.55 links", "(0.295)", "**0.3**"]
)
def test_a_typed_result_would_be_seen(line):
    assert len(typed_in(line)) == 1


@pytest.mark.parametrize(
    "line", ["`0.5` in code", "$0.5$", "version 1.0.4", "{effect:.3f}", "Exercise 2.1.", "the 13 pairs", "**Table 2**"]
)
def test_code_versions_and_kept_numbers_are_no_typed_results(line):
    assert typed_in(line) == []


def test_the_tables_and_the_picture_of_the_readme_are_the_present_ones():
    text = paths.README.read_text(encoding="utf-8")
    assert readme.renewed(text) == text, "run: make exhibits"
    assert readme.picture() == paths.PICTURE.read_bytes(), "run: make exhibits"


def test_the_map_names_the_estimator_of_every_exhibit_that_has_one():
    without = [exhibit.name for exhibit in exhibit_map.every() if not exhibit.estimators]
    assert without == ["table_1", "audit", "laboratory"]


def test_every_page_stands_in_the_table_of_contents():
    toc = yaml.safe_load(paths.BOOK_TOC.read_text(encoding="utf-8"))
    listed = {chapter["file"] for part in toc["parts"] for chapter in part["chapters"]}
    pages = [*paths.BOOK.glob("*.md"), paths.SYLLABUS, paths.SEMINAR, *contents.every()]
    assert listed == {page.relative_to(paths.ROOT).with_suffix("").as_posix() for page in pages}
    assert toc["root"] == paths.COVER.stem


def test_every_generated_part_that_a_page_includes_exists_and_each_is_included():
    include = re.compile(r"^```\{(?:include|image)\} (?:\.\./)?generated/(\S+)$", re.MULTILINE)
    assert {name for _, text in prose_pages() for name in include.findall(text)} == set(steps.GENERATED)


def test_every_box_of_the_methods_registry_names_a_test_that_exists():
    boxes = BOX.findall((paths.BOOK / "methods.md").read_text(encoding="utf-8"))
    missing = [
        f"{module}::{test}"
        for module, test in boxes
        if not (paths.TESTS / f"{module}.py").exists()
        or f"def {test}(" not in (paths.TESTS / f"{module}.py").read_text(encoding="utf-8")
    ]
    assert len(boxes) > 10
    assert missing == []


def test_every_number_of_another_program_has_a_version_or_the_words_that_it_is_not_recorded():
    text = (paths.BOOK / "methods.md").read_text(encoding="utf-8").split("## Programs behind the reference numbers")[1]
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and "tests/" in line]
    assert len(rows) > 5
    assert [row[0] for row in rows if not re.search(r"not recorded|v\d|Stata \d", row[1])] == []
    assert [row[0] for row in rows if not BOX.search(row[3])] == []


def test_the_reasons_behind_each_statement_lead_to_its_test_and_its_page():
    shown = claims.reasons(facts.standing())
    assert len(shown) == 16
    assert shown["Test and page"].str.fullmatch(r"`tests/\S+\.py` `test_\w+`, \{doc\}`/notebooks/\w+`").all()
