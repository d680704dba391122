"""The book by plain Sphinx: its settings, its lock, and the comparison of two books."""

import json
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from enclave.base import errors, files, paths
from enclave.base.errors import EnclaveError
from enclave_book import cli
from enclave_book.render import book_source, compare_books, jupyter_book, next_book, plain_config, rendering

CHAPTERS = (
    '<nav class="bd-links"><p class="caption">Begin</p><a href="index.html">Cover</a><a href="b.html">Two</a></nav>'
)
PAGE = f"""<html><head><title>Cover</title><script src="_static/house.js?v=1"></script></head><body>
<aside class="bd-header-announcement">Synthetic data.</aside>{CHAPTERS}
<article class="bd-article"><section id="cover"><h1>Cover<a class="headerlink" href="#cover">#</a></h1>
<p>There are <strong>88</strong> pairs, see <a href="b.html#two">the second page</a>.</p>
<ul><li>one<ul><li>within</li></ul></li></ul><input type="checkbox" checked>
<p>Known since <a href="#id1">2024</a>.</p><div class="citation" id="id1">Tang and Zhang</div>
<pre>a = 1
1</pre>
<figure id="fig"><img alt="A line." src="a.png"><figcaption><span>Fig. 1</span> The line.</figcaption></figure>
<table><caption>Table 1</caption><tr><th>city</th><th>n</th></tr><tr><td>Foshan</td><td>7</td></tr></table>
<div class="math" id="eq"><span class="eqno">(1)</span>x = 1</div>
<details class="solution"><summary>Solution</summary><p>Seven.</p></details>
<p><a href="_static/downloads/a.csv" download>a.csv</a></p></section></article></body></html>"""
SECOND = f'<html>{CHAPTERS}<article><section id="two"><h1>Two</h1></section></article></html>'


def book(folder, page=PAGE, **others):
    """A book of two pages, a picture and a file to download."""
    (folder / "_static" / "downloads").mkdir(parents=True)
    given = {"b.html": SECOND, "a.png": "picture", "_static/downloads/a.csv": "n\n7\n", "_static/house.js": ""}
    for name, text in {"index.html": page, **given, **others}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def compared(tmp_path, page=PAGE, **others):
    """The differences of that book and of one with another first page or other files."""
    return compare_books.compare(book(tmp_path / "one"), book(tmp_path / "other", page, **others))[0]


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("<h1>Cover", "<h1>Start", 'heading changed: "h1 Cover #cover" became "h1 Start #cover"'),
        ('id="cover"', 'id="start"', 'heading changed: "h1 Cover #cover" became "h1 Cover #start"'),
        ("88", "98", 'text changed: "There are 88 pairs, see the second page." became "There are 98 pairs, see the'),
        ("<li>within</li>", "", 'text is missing: "within"'),
        (re.search("<figure.*</figure>", PAGE)[0], "", 'figure is missing: "Fig. 1 The line. #fig"'),
        ("Fig. 1", "Fig. 2", 'figure changed: "Fig. 1 The line. #fig" became "Fig. 2 The line. #fig"'),
        ("A line.", "", 'image changed: "A line. (file '),
        ("<tr><td>Foshan</td><td>7</td></tr>", "", 'row is missing: "Foshan | 7"'),
        ("<td>7</td>", "<td>8</td>", 'row changed: "Foshan | 7" became "Foshan | 8"'),
        ("<th>n</th>", '<th colspan="2">n</th>', 'row changed: "city | n" became "city | n [colspan 2]"'),
        ("Table 1", "Table 2", 'table changed: "Table 1 (rows: 2)" became "Table 2 (rows: 2)"'),
        ("(1)</span>", "(2)</span>", 'equation changed: "(1)x = 1 #eq" became "(2)x = 1 #eq"'),
        ("x = 1<", "x = 2<", 'equation changed: "(1)x = 1 #eq" became "(1)x = 2 #eq"'),
        (re.search("<details.*</details>", PAGE)[0], "", 'box is missing: "solution: Solution"'),
        ("1</pre>", "2</pre>", 'code changed: "1" became "2"'),
        ("b.html#two", "index.html", 'link changed: "the second page -> b.html#two" became "the second page -> ind'),
        ("b.html#two", "c.html", "link leads nowhere: c.html"),
        ("b.html#two", "b.html#three", "link leads nowhere: b.html#three"),
        (" download>", ">", 'download is missing: "_static/downloads/a.csv (file '),
        (" checked", "", 'control changed: "input checkbox checked" became "input checkbox"'),
        ("Synthetic data.", "", 'notice changed: "Synthetic data." became ""'),
        ('<a href="b.html">Two</a>', "", 'chapters is missing: "Two -> b.html"'),
        ("<title>Cover", "<title>", 'title changed: "Cover" became ""'),
        ('<script src="_static/house.js?v=1">', "<script>", 'loaded is missing: "_static/house.js"'),
        ('<script src="', '<script src="//far.example/a.js"></script><script src="', 'loaded is new: "//far.example/a'),
        (
            "Tang and",
            "Ma and",
            'link changed: "2024 -> index.html#(Tang and Zhang)" became "2024 -> index.html#(Ma and',
        ),
    ],
)
def test_a_planted_difference_is_found_and_told_in_one_line(tmp_path, was, becomes, told):
    assert PAGE.count(was) >= 1
    found = compared(tmp_path, PAGE.replace(was, becomes))
    assert any(line.startswith(f"index.html: {told}") for line in found), found
    assert all(len(line.splitlines()) == 1 for line in found)


def test_what_the_theme_puts_around_a_page_is_no_difference(tmp_path):
    page = PAGE.replace('title="', "").replace(">#</a>", ' title="Permalink">¶</a>').replace("?v=1", "?v=2")
    page = page.replace("</body>", "<footer>By the theme</footer><script>theme()</script></body>")
    page = page.replace("</nav>", "</nav><nav class='page-toc'><a href='#cover'>On this page</a></nav>")
    page = page.replace('<article class="bd-article">', "<article>").replace("id1", "id7")
    assert page != PAGE
    assert compared(tmp_path, page) == []


def test_pages_and_files_that_are_missing_new_or_changed_are_told(tmp_path):
    changed = {"c.html": SECOND, "a.png": "other picture", "_static/downloads/a.csv": "n\n8\n"}
    one, other = book(tmp_path / "one"), book(tmp_path / "other", **changed)
    (other / "b.html").unlink()
    (other / "_static" / "house.js").unlink()
    told = {line.split(" (")[0] for line in compare_books.compare(one, other)[0]}
    assert told >= {
        "b.html: the page is missing",
        "c.html: the page is new",
        'index.html: image changed: "A line.',
        'index.html: download changed: "_static/downloads/a.csv',
        "_static/downloads/a.csv: the file differs",
        "_static/house.js: the file is only in one of the books",
        "index.html: link leads nowhere: b.html",
    }


def test_it_is_counted_what_was_compared(tmp_path):
    found, counts = compare_books.compare(book(tmp_path / "one"), book(tmp_path / "other"))
    assert found == []
    assert (counts["page"], counts["heading"], counts["figure"], counts["row"], counts["link"]) == (2, 2, 1, 2, 3)


def test_a_place_that_a_script_makes_out_of_the_address_is_no_dead_link(tmp_path):
    page = PAGE.replace("b.html#two", "b.html#table=2")
    assert compare_books.compare(book(tmp_path / "one", page), book(tmp_path / "other", page))[0] == []


@pytest.fixture
def printed(tmp_path):
    """The settings that jupyter-book itself hands to Sphinx, as its own command prints them."""
    for file in (paths.BOOK_CONFIG, paths.BOOK_TOC):
        shutil.copy(file, tmp_path)
    command = [*jupyter_book.COMMAND[:3], "config", "sphinx", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    made = {}
    exec((tmp_path / "conf.py").read_text(encoding="utf-8"), made)
    return made


# what jupyter-book adds and plain Sphinx leaves out: comments and live code, LaTeX, and numbers of parts, all unused
UNUSED_EXTENSIONS = {
    "jupyter_book",
    "sphinx_thebe",
    "sphinx_comments",
    "sphinx.ext.intersphinx",
    "sphinx_jupyterbook_latex",
    "sphinx_multitoc_numbering",
}


def test_the_settings_are_those_that_jupyter_book_gives_to_sphinx(printed):
    ours = plain_config.settings(paths.ROOT)
    theme = printed.pop("html_theme_options")
    assert [name for name, value in ours.pop("html_theme_options").items() if not _within(value, theme[name])] == []
    extensions = [name for name in printed.pop("extensions") if name not in UNUSED_EXTENSIONS]
    assert ours.pop("extensions") == extensions
    assert {name: printed.get(name) for name in ours} == ours
    left_out = {name for name in printed.keys() - ours.keys() if printed[name] and not name.startswith("__")}
    # the first three are for what is left out above, the others say what MyST-NB does anyway
    others = {"comments_config", "latex_engine", "use_jupyterbook_latex", "use_multitoc_numbering"}
    assert left_out <= {*others, "nb_execution_timeout", "nb_output_stderr"}


def _within(ours, theirs):
    if isinstance(ours, dict):
        return all(_within(value, theirs[name]) for name, value in ours.items())
    return ours == theirs


def test_the_settings_can_lie_anywhere(tmp_path):
    made = {}
    shutil.copy(paths.BOOK_CONFIG, tmp_path)
    exec(plain_config.text(tmp_path), made)
    assert made["html_static_path"] == [str(tmp_path / "book" / "_static")]
    assert made["bibtex_bibfiles"] == [str(tmp_path / "book" / "references.bib")]


def test_a_key_of_the_settings_that_plain_sphinx_does_not_know_is_refused(tmp_path):
    config = {**yaml.safe_load(paths.BOOK_CONFIG.read_text(encoding="utf-8")), "latex": {"latex_engine": "xelatex"}}
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    with pytest.raises(
        EnclaveError, match=r"^_config.yml: plain Sphinx does not know the key latex.latex_engine\. Add"
    ):
        plain_config.settings(tmp_path)


@pytest.fixture
def locked():
    """The entries of the lock: what each asks for, and the lines below it."""
    text = paths.NEXT_LOCK.read_text(encoding="utf-8").replace("\\\n", "")
    return [Requirement(re.split(r"\s+--hash", entry)[0]) for entry in text.splitlines()]


@pytest.mark.parametrize("python", ["3.11.7", "3.12.1", "3.13.0", "3.14.0"])
def test_each_python_gets_every_package_of_the_group_once(locked, python):
    here = {"python_version": python.rsplit(".", 1)[0], "python_full_version": python}
    names = [one.name for one in locked if one.marker is None or one.marker.evaluate(here)]
    group = tomllib.loads(paths.PROJECT.read_text(encoding="utf-8"))["dependency-groups"]["next"]
    assert len(names) == len(set(names))
    assert {Requirement(one).name for one in group} <= set(names)


def test_the_lock_holds_a_newer_sphinx_than_jupyter_book_allows_and_names_no_registry(locked):
    assert min(int(str(one.specifier).removeprefix("==").split(".")[0]) for one in locked if one.name == "sphinx") >= 9
    text = paths.NEXT_LOCK.read_text(encoding="utf-8")
    assert "://" not in text
    assert len(re.findall(r"^\S", text, re.MULTILINE)) == len(
        re.findall(r"^\S+==\S.* \\\n    --hash=sha256:", text, re.MULTILINE)
    )


ALLOWED = """
import importlib.metadata, json, sys
allowed, names = set(json.loads(sys.argv[1])), importlib.metadata.packages_distributions()
class Refuse:
    def find_spec(self, name, path=None, target=None):
        owners = {owner.lower().replace("_", "-").replace(".", "-") for owner in names.get(name.split(".")[0], [])}
        if owners and not owners & allowed:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Refuse())
import enclave_book.sphinx_ext
"""


def test_the_extension_of_the_book_imports_nothing_that_the_lock_lacks(locked):
    names = sorted({one.name for one in locked} | {"enclave"})
    ran = subprocess.run(
        [sys.executable, "-c", ALLOWED, json.dumps(names)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    fewer = [name for name in names if name != "sphinx"]
    ran = subprocess.run(
        [sys.executable, "-c", ALLOWED, json.dumps(fewer)], capture_output=True, text=True, check=False
    )
    assert "No module named 'sphinx" in ran.stderr


def test_without_its_environment_the_second_book_says_how_to_make_it(tmp_path, monkeypatch, capsys, build_folder):
    monkeypatch.setattr(paths, "NEXT_PLACE", tmp_path / ".venv-next")
    assert cli.main(["book-next"]) == 1
    said = capsys.readouterr()
    assert said.err == f"Plain Sphinx is not set up: .venv-next is missing. Run: {errors.command('book-next')}\n"
    assert said.out == ""


FAKE = """
import pathlib, sys
stage, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
assert "sphinx_book_theme" in (stage / "conf.py").read_text(encoding="utf-8")
for name in sys.argv[3:]:
    (stage / "html" / name).parent.mkdir(parents=True, exist_ok=True)
    (stage / "html" / f"{name}.html").write_text("fresh", encoding="utf-8")
"""


@pytest.fixture
def rendered(build_folder, monkeypatch):
    """A function that lets another program write the pages, and returns the text of the cover."""
    files.write_text(book_source.config("twin"), paths.book_source("twin") / paths.BOOK_CONFIG.name)

    def render(names, fake=FAKE):
        call = [sys.executable, "-c", fake]
        monkeypatch.setattr(next_book, "command", lambda folder, stage: [*call, str(stage), str(build_folder), *names])
        next_book.render("twin", lambda text: None)
        return (paths.next_html("twin") / "index.html").read_text(encoding="utf-8")

    return render


def test_the_second_book_takes_its_place_as_a_whole_or_the_former_one_stays(rendered):
    assert rendered(rendering.documents()) == "fresh"
    (paths.next_html("twin") / "index.html").write_text("former", encoding="utf-8")
    with pytest.raises(EnclaveError, match=r"Sphinx reported no fault, but did not write book/references.html\."):
        rendered(rendering.documents()[:-1])
    with pytest.raises(EnclaveError, match="WARNING: a link leads nowhere"):
        rendered([], fake="print('WARNING: a link leads nowhere'); raise SystemExit(1)")
    assert (paths.next_html("twin") / "index.html").read_text(encoding="utf-8") == "former"
    assert list(paths.STAGE.iterdir()) == []


def test_differences_of_the_two_books_end_the_command_with_one_line_each(build_folder):
    book(paths.html("twin"))
    book(paths.next_html("twin"), PAGE.replace("88", "98"))
    with pytest.raises(EnclaveError) as fault:
        next_book.refuse_differences("twin")
    lines = str(fault.value).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith('index.html: text changed: "There are 88 pairs')
    assert lines[1] == "Differences between the two books: 1"


def test_the_second_book_of_another_source_never_lies_where_the_first_one_of_any_source_does():
    sources = ["twin", "twin-2", "licensed", "next", "next-licensed"]
    places = [place(source) for source in sources for place in (paths.html, paths.next_html)]
    assert len(places) == len(set(places))
