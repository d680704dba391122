"""Written pages: what is taken out of them, and what is put in for readers."""

import re
from io import BytesIO

from PIL import Image

from enclave_book.render import page_changes

PAGE = """<html lang="en"><head><meta name="viewport" content="width=device-width, initial-scale=1.0" />
<title>02 The baseline &#8212; Enclave</title>
<script defer src="../_static/scripts/fontawesome.js?digest=1"></script>
<script src="../_static/searchtools.js"></script>
<script src="../searchindex.js"></script>
</head><body><article><p>Short.</p>
<p>A park (产业园) of two cities is <em>built</em> on the land of the poorer one; revenue is shared.</p>
<pre>广州</pre><script>const name = "广州";</script><img alt="广州">
<li><input class="task-list-item-checkbox" checked="checked" disabled="disabled" type="checkbox"> done</li>
<li><input class="task-list-item-checkbox" disabled="disabled" type="checkbox"> open</li>
<div role="list" class="citation-list"><div class="citation" role="doc-biblioentry"></div></div></article>
</body></html>"""


def test_scripts_that_a_page_does_not_need_are_not_loaded():
    made = page_changes.page(PAGE, "notebooks/02_baseline_did.html")
    assert "fontawesome" not in made
    assert "searchtools" not in made
    assert "searchindex" not in made
    assert "searchindex" in page_changes.page(PAGE, "search.html")


def test_a_page_says_in_its_head_what_it_is_about():
    made = page_changes.page(PAGE, "notebooks/02_baseline_did.html")
    words = "A park (产业园) of two cities is built on the land of the poorer one; revenue is shared."
    assert f'<meta name="description" content="{words}" />' in made
    assert '<meta property="og:title" content="02 The baseline — Enclave" />' in made
    assert 'href="../_static/icon.svg"' in made


def test_a_link_to_a_page_shows_the_map_by_an_absolute_address(tmp_path, monkeypatch):
    monkeypatch.setattr(page_changes, "base", lambda: "https://example.org/enclave/")
    (tmp_path / "_images").mkdir()
    Image.new("RGBA", (900, 700), (0, 0, 0, 0)).save(tmp_path / page_changes.MAP)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "02.html").write_text(PAGE, encoding="utf-8")
    page_changes.pages(tmp_path)
    made = (tmp_path / "notebooks" / "02.html").read_text(encoding="utf-8")
    found = re.search(r'<meta property="og:image" content="([^"]+)" />', made)
    place = found[1].removeprefix("https://example.org/enclave/")
    with Image.open(tmp_path / place) as picture:
        assert picture.size == (1200, 630)
        # a map that is transparent lies on white
        assert picture.convert("RGB").getcolors() == [(1200 * 630, (255, 255, 255))]


def test_without_the_address_of_the_book_no_picture_is_named():
    # a relative address is none for the programs that show links
    made = page_changes.page(PAGE, "notebooks/02_baseline_did.html")
    assert "og:image" not in made
    assert '<meta name="twitter:card" content="summary" />' in made


def test_a_map_of_other_sides_is_whole_and_in_the_middle():
    buffer = BytesIO()
    drawing = Image.new("RGB", (400, 500), "white")
    drawing.paste("black", (50, 100, 250, 300))
    drawing.save(buffer, "PNG")
    with Image.open(BytesIO(page_changes.preview(buffer.getvalue()))) as picture:
        columns = [picture.convert("RGB").getpixel((x, 300))[0] for x in range(1200)]
    # 590 pixels high and wide, with a margin of 20 above and below
    assert columns == [255] * 305 + [0] * 590 + [255] * 305


def test_a_long_description_ends_with_a_word():
    text = "word " * 100
    made = page_changes.description(f"<article><p>{text}</p></article>")
    assert len(made) <= page_changes.LONGEST + 2
    assert made.endswith("word …")


def test_chinese_names_its_language_in_text_but_not_in_scripts_or_attributes():
    made = page_changes.page(PAGE, "index.html")
    assert '(<span lang="zh-CN">产业园</span>)' in made
    assert '<pre><span lang="zh-CN">广州</span></pre>' in made
    assert 'const name = "广州"' in made
    assert '<img alt="广州">' in made


def test_a_list_of_tasks_has_signs_and_no_boxes_to_tick():
    made = page_changes.page(PAGE, "index.html")
    assert "<input" not in made
    assert made.count('aria-label="done"') == 1
    assert made.count('aria-label="open"') == 1


def test_a_list_of_literature_has_no_roles_that_readers_cannot_use():
    made = page_changes.page(PAGE, "index.html")
    assert "doc-biblioentry" not in made
    assert 'role="list"' not in made


def test_a_mended_page_stays_as_it_is():
    once = page_changes.page("<head></head><body>广州</body>", "index.html")
    assert once.count("zh-CN") == 1
