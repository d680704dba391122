"""Controls of equation (1) from the city yearbook, on records written by hand."""

import hand
import pytest

from enclave.base.terms import CONTROLS
from enclave_registers.cleaning import yearbook
from enclave_registers.cleaning.row_counts import RowCounts

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

cases = hand.Cases()


def case(*records):
    return cases.add(yearbook=records)


@pytest.fixture(scope="module")
def cleaned():
    """A function: the rows of a case that the cleaning keeps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yearbook, "CONTROLS", [*CONTROLS, "case"])
        found = yearbook.clean(cases.raw(), RowCounts())
    return lambda case: found[found["case"] == case]


USUAL = case(MEIZHOU)


def test_levels_are_divided_by_the_registered_population(cleaned):
    row = cleaned(USUAL).iloc[0]
    # 100,000 / 500 yuan; 250,000 / 500 yuan; 60 / 500 per resident; 8,000 / 500 per 10,000; freight as it is
    assert row[CONTROLS].tolist() == [200.0, 500.0, 0.12, 16.0, 4321.0]


@pytest.mark.parametrize(
    "written", [case(MEIZHOU | {"city": city}) for city in ("梅州市", "梅州", "441400", "广东省梅州市")]
)
def test_a_city_is_known_by_code_or_name(cleaned, written):
    assert cleaned(written)["recipient"].tolist() == ["441400"]


OTHERS = case(MEIZHOU, MEIZHOU | {"city": "广州市"}, MEIZHOU | {"year": 1999}, MEIZHOU | {"year": 2019})


def test_helpers_and_other_years_are_left_out(cleaned):
    assert len(cleaned(OTHERS)) == 1


GAP = case(MEIZHOU | {"phones_10k": None})


def test_a_gap_stays_a_gap(cleaned):
    row = cleaned(GAP).iloc[0]
    assert row[CONTROLS].isna().tolist() == [False, False, True, False, False]


COUNTY_LEVEL = case(
    MEIZHOU, *(MEIZHOU | {"city": city} for city in ("兴宁市", "兴宁", "441481", "广东省兴宁市", "梅县"))
)


def test_county_level_cities_are_left_out_by_name_and_by_code(cleaned):
    assert cleaned(COUNTY_LEVEL)["recipient"].tolist() == ["441400"]
