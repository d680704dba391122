"""The search: parts of Chinese words are found, and the browser splits a query as the index was split."""

import json
import shutil
import subprocess

import pytest

from enclave_book.render import search_words


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("飞地经济", ["飞地", "地经", "经济"]),
        ("广", ["广"]),
        ("placebo", ["placebo"]),
        ("GDP增长", ["GDP", "增长"]),
        ("2013年版x", ["2013", "年版", "x"]),
    ],
)
def test_chinese_is_indexed_in_pairs_and_other_words_whole(word, parts):
    assert search_words.parts(word) == parts


def test_a_part_of_an_indexed_word_is_found():
    index = set(search_words.parts("对口帮扶"))
    assert set(search_words.parts("帮扶")) <= index
    assert set(search_words.parts("飞地")) <= set(search_words.parts("飞地经济"))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node, as the browser's language (apt install nodejs)")
def test_the_browser_splits_a_query_as_the_index_was_split():
    queries = ["飞地经济 placebo", "广", "GDP增长 of 广州"]
    program = f"{search_words.SPLITTER}\nconsole.log(JSON.stringify({json.dumps(queries)}.map(splitQuery)))"
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True, encoding="utf-8")
    expected = [[part for word in query.split() for part in search_words.parts(word)] for query in queries]
    assert json.loads(done.stdout) == expected
