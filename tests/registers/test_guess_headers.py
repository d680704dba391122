"""Headers that are guessed: the likeness of letters, computed once for each word, is that of difflib."""

import difflib

import pytest

from enclave_registers.intake.formats.guess_headers import CLOSE, HINTS, LETTERS, guesses, spellings
from enclave_registers.schema import TABLES

STRANGE = ["户籍人口总数", "本年一般预算收入合计", "城市或地市", "年份数", "公司的全部名称", "登记的设立日期"]


def test_a_cell_without_a_letter_is_never_a_header():
    schema = TABLES["yearbook"]
    assert guesses(schema, ["population_10k"], ["310.25", "98,765", "2001"]) == {}
    assert guesses(schema, ["population_10k"], ["2001", "户籍人口数"]) == {"population_10k": "户籍人口数"}


@pytest.mark.parametrize("header", STRANGE)
def test_a_guess_from_letters_is_made_if_and_only_if_difflib_finds_them_alike(header):
    for table in TABLES.values():
        for column in table.columns:
            known = [word for word in spellings(table, column) if word not in HINTS.get(column, [])]
            ratios = [difflib.SequenceMatcher(None, header, word.casefold()).ratio() for word in known]
            alike = LETTERS * max(ratios) >= CLOSE or header in HINTS.get(column, [])
            assert bool(guesses(table, [column], [header])) == alike, column
