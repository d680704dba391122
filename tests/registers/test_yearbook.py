"""Controls of equation (1) from the city yearbook, on records written by hand."""

import hand
import pytest

from enclave_registers.cleaning import yearbook
from enclave_registers.cleaning.row_counts import Flow

MEIZHOU = {
    "city": "梅州市",
    "year": 2000,
    "population_10k": 500.0,
    "revenue_10k_yuan": 100_000.0,
    "expenditure_10k_yuan": 250_000.0,
    "phones_10k": 60.0,
    "hospital_beds": 8_000.0,
    "freight_10k_tonnes": 4_321.0,
}


def clean(*records):
    return yearbook.clean(hand.raw(yearbook=records), Flow())


def test_levels_are_divided_by_the_registered_population():
    row = clean(MEIZHOU).iloc[0]
    # 100,000 / 500 yuan; 250,000 / 500 yuan; 60 / 500 per resident; 8,000 / 500 per 10,000; freight as it is
    assert row[yearbook.CONTROLS].tolist() == [200.0, 500.0, 0.12, 16.0, 4321.0]


@pytest.mark.parametrize("city", ["梅州市", "梅州", "441400", "广东省梅州市"])
def test_a_city_is_known_by_code_or_name(city):
    assert clean(MEIZHOU | {"city": city})["recipient"].tolist() == ["441400"]


def test_helpers_and_other_years_are_left_out():
    others = [MEIZHOU | {"city": "广州市"}, MEIZHOU | {"year": 1999}, MEIZHOU | {"year": 2019}]
    assert len(clean(MEIZHOU, *others)) == 1


def test_a_gap_stays_a_gap():
    row = clean(MEIZHOU | {"phones_10k": None}).iloc[0]
    assert row[yearbook.CONTROLS].isna().tolist() == [False, False, True, False, False]
