import pytest

from enclave.base.errors import EnclaveError
from enclave.style import sentences
from enclave.style.sentences import keep, say


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(sentences, "_kept", {})


def test_a_sentence_has_the_kept_values_in_their_formats():
    keep(effect=0.4567, pairs=13, where="in Guangdong")
    assert repr(say("{pairs} pairs {where}: {effect:.2f}, {effect:+.1%}.")) == "13 pairs in Guangdong: 0.46, +45.7%."


def test_a_later_value_replaces_an_earlier_one():
    keep(n=1)
    keep(n=2)
    assert say("{n}").text == "2"


def test_braces_of_formulas_and_of_code_stay():
    keep(n=3)
    text = r"$\bar y_{n}$, `{n}`, {n}; $a_{g,s}$"
    assert say(text).text == r"$\bar y_{n}$, `{n}`, 3; $a_{g,s}$"
    assert sentences.names(text) == {"n"}


def test_the_lines_of_a_cell_lose_their_common_margin():
    assert say("\n    - one\n      more\n    - two\n").text == "- one\n  more\n- two"


def test_a_notebook_gets_markdown():
    assert say("*so*")._repr_markdown_() == "*so*"


def test_a_name_that_nothing_is_kept_under_is_refused_with_the_remedy():
    with pytest.raises(EnclaveError, match=r"No value is kept as 'effect'\. Run the cells above first"):
        say("{effect:.2f}")


def test_a_format_that_does_not_fit_the_value_is_refused_with_the_value():
    keep(effect="none")
    with pytest.raises(EnclaveError, match=r"\{effect:\.2f\} does not fit the value 'none'"):
        say("{effect:.2f}")


def test_very_small_numbers_are_powers_of_ten_and_zero_has_no_sign():
    sentences.keep(small=0.0000000000061, none=0.0, near=-0.001, less=-0.02)
    text = sentences.say("{small:.0e}, {none:.0e}, {near:.2f}, {less:.2f}").text
    assert text == "6\u00a0×\u00a010⁻¹², 0, 0.00, -0.02"
