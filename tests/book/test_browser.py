"""The counts that are taken in a browser: what is cut is counted, what is whole is not, and faults are found."""

import io

import pytest
from pypdf import PdfReader

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_book.browser import chromium, look, pdf_text

HEAD = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,"><style>
.box, pre, div.math { overflow-x: auto; width: 300px } td, th { min-width: 90px } p { color: COLOUR; background: #fff }
</style></head><body><main><article><h1>A page</h1><p>Words</p>"""
ROW = "<tr>" + "<td>1</td>" * 5 + "</tr>"
GRADED = "<thead><tr><th>Column</th><th>Row</th><th>Printed</th><th>Obtained</th><th>Grade</th></tr></thead>"
CUT = f"""<pre tabindex="0">{"x" * 200}</pre><pre>short</pre>
<div class="box" tabindex="0"><table>{GRADED}<tbody>{ROW}</tbody></table></div>
<table><tbody><tr><td>1</td></tr></tbody></table>
<div class="math" tabindex="0"><div style="width: 900px">x</div></div><div class="math">x</div>
<details><summary>Folded</summary><pre>{"x" * 200}</pre></details>"""
END = "</article></main></body></html>"


@pytest.fixture(scope="module")
def browser():
    if chromium.find() is None:
        pytest.skip(f"A browser is not installed on this machine; the daily job has it. {chromium.REMEDY}")


@pytest.fixture(scope="module")
def seen(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "cut.html").write_text(HEAD.replace("COLOUR", "#000") + CUT + END, encoding="utf-8")
    faulty = (
        HEAD.replace("COLOUR", "#ccc") + '<img src="/none.png"><script src="http://example.org/a.js"></script>' + END
    )
    (folder / "faulty.html").write_text(faulty, encoding="utf-8")
    return look.measure(folder, ["cut", "faulty"], [(390, False)])


def test_what_is_cut_is_counted_and_what_is_whole_or_folded_is_not(seen):
    row = seen[0].set_index("page").loc["cut"]
    assert (row["code"], row["code_cut"]) == (2, 1)
    assert (row["tables"], row["tables_cut"]) == (2, 1)
    assert (row["equations"], row["equations_cut"]) == (2, 1)
    assert (row["graded"], row["grades_off"]) == (1, 1)
    assert row["sideways"] == 0


def test_rules_that_a_page_breaks_are_named(seen):
    rules = set(seen[1].query("page == 'faulty'")["rule"])
    assert {"color-contrast", "image-alt"} <= rules


def test_requests_to_other_machines_and_missing_files_are_counted(seen):
    row = seen[0].set_index("page").loc["faulty"]
    assert row["foreign"] == 1
    assert row["failed"] == 1


def test_the_weight_of_a_page_is_that_of_its_bytes(seen):
    row = seen[0].set_index("page").loc["cut"]
    assert row["bytes"] == len((HEAD.replace("COLOUR", "#000") + CUT + END).encode())


def test_without_a_browser_a_message_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(chromium, "find", lambda: None)
    with pytest.raises(EnclaveError, match=r"Install Chromium .*ENCLAVE_CHROMIUM="), chromium.tab():
        pass


def test_a_book_that_is_not_built_is_named(build_folder):
    with pytest.raises(EnclaveError, match=r"not built\. Run `.*book"):
        look.pages("twin")


def test_chinese_words_are_still_text_when_a_page_is_printed(browser, tmp_path):
    words = ["飞地经济", "财贸经济", "对口帮扶", "placebo"]
    style = (paths.ROOT / "book" / "_static" / "house.css").read_text(encoding="utf-8")
    page = f"<!doctype html><meta charset=utf-8><style>{style}</style><p>{'</p><p>'.join(words)}</p>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    with look.served(tmp_path) as address, chromium.tab() as tab:
        tab.open(f"{address}/page.html")
        printed = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(tab.paper())).pages)
    assert [word for word in words if word not in printed] == []


def test_a_table_of_glyphs_that_gives_radicals_is_mended_and_another_is_left_as_it_is():
    table = b"2 beginbfchar\n<0001> <2EDC>\n<0002> <5730>\nendbfchar\n1 beginbfrange\n<0005> <0007> <2F1C>\nendbfrange"
    assert pdf_text._mended(table) == (
        b"2 beginbfchar\n<0001> <98DE>\n<0002> <5730>\nendbfchar\n"
        b"3 beginbfchar\n<0005> <53C8>\n<0006> <53E3>\n<0007> <56D7>\nendbfchar"
    )
    plain = table.replace(b"2EDC", b"98DE").replace(b"2F1C", b"4E00")
    assert pdf_text._mended(plain) == plain


def test_a_range_of_characters_beyond_four_digits_is_read_as_one_range():
    # a letter of mathematics has two units of UTF-16; its digits are no end of a range
    table = b"2 beginbfrange\n<0010> <0010> <D835DC00>\n<0011> <0012> <2F1C>\nendbfrange"
    assert pdf_text._mended(table) == b"3 beginbfchar\n<0010> <D835DC00>\n<0011> <53C8>\n<0012> <53E3>\nendbfchar"


def test_a_browser_that_ends_is_begun_again_once_and_then_named(browser, tmp_path, monkeypatch):
    (tmp_path / "page.html").write_text(HEAD.replace("COLOUR", "#000") + END, encoding="utf-8")
    honest, ended = look.counts, []

    def lost(tab):
        if len(ended) < times:
            ended.append(1)
            tab.socket.close()
        return honest(tab)

    monkeypatch.setattr(look, "counts", lost)
    times = 1
    assert len(look.measure(tmp_path, ["page"], [(390, False)], with_axe=False)[0]) == 1
    times = 3
    with pytest.raises(EnclaveError, match="The browser ended or fell silent"):
        look.measure(tmp_path, ["page"], [(390, False)], with_axe=False)
