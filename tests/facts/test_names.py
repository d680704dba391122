"""Names of the 21 cities in both languages."""

import pandas as pd
import pytest

from enclave import facts
from enclave.base.errors import EnclaveError


def test_chinese_names_have_no_word_for_city():
    assert facts.city_names("zh")["440100"] == "广州"
    assert facts.city_names("en")["440100"] == "Guangzhou"


def test_names_replace_codes_and_leave_the_table_alone():
    table = pd.DataFrame({"helper": ["440300"], "recipient": ["441600"], "year": [2009]})
    assert facts.with_names(table).to_numpy().tolist() == [["Shenzhen", "Heyuan", 2009]]
    assert table.loc[0, "helper"] == "440300"


def test_a_code_that_no_city_has_is_refused():
    with pytest.raises(EnclaveError, match="999999"):
        facts.with_names(pd.DataFrame({"helper": ["999999"], "recipient": ["441600"]}))
