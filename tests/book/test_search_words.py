"""The search: parts of Chinese words are found, and the browser splits a query as the index was split."""

import json

import pytest

from enclave_book.browser import chromium
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


def test_the_browser_splits_a_query_as_the_index_was_split():
    if chromium.find() is None:
        pytest.skip(f"A browser is not installed on this machine; the daily job has it. {chromium.REMEDY}")
    queries = ["飞地经济 placebo", "广", "GDP增长 of 广州"]
    expected = [[part for word in query.split() for part in search_words.parts(word)] for query in queries]
    with chromium.tab() as tab:
        assert tab.run(f"{search_words.SPLITTER}\n{json.dumps(queries)}.map(splitQuery)") == expected
