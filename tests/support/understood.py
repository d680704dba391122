"""Six small valid tables that are understood without a fault, and the table of what was understood of them."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from enclave.facts import city_codes
from enclave_registers.intake.validate import Outcome
from enclave_registers.understood import tables
from enclave_registers.understood.table import Table, understood_as

FIRMS, STAKES, BRANCHES, PLOTS = 100, 200, 60, 60
YEARS = (2000, 2009, 2018)
LISTED = Path("not-understood.csv")


def frames() -> dict[str, pd.DataFrame]:
    """The tables, all identifiers of which meet: a fifth of the firms is in manufacturing, and the rest in trade."""
    firms, stakes, branches = (np.arange(n) for n in (FIRMS, STAKES, BRANCHES))
    days = pd.Series(pd.date_range("2001-01-01", "2018-12-31", periods=STAKES)).dt.floor("D").astype("datetime64[s]")
    cities = [(city, year) for city in city_codes("recipient") for year in YEARS]
    growth, telephones = {2000: 1, 2009: 4, 2018: 15}, {2000: 80.0, 2009: 200.0, 2018: 500.0}
    return {
        "firms": pd.DataFrame(
            {
                "firm_id": [f"F{number:04}" for number in firms],
                "name": [f"甲{number}公司" for number in firms],
                "province": "广东省",
                "city": np.where(firms % 2, "广州市", "441800"),
                "established": days[: len(firms)],
                "industry_id": np.where(firms % 5, "I2", "I1"),
            }
        ),
        "shareholders": pd.DataFrame(
            {
                "firm_id": [f"F{number % FIRMS:04}" for number in stakes],
                "shareholder_id": [f"F{(number + 7) % FIRMS:04}" for number in stakes],
                "shareholder_type": np.where(stakes % 3, "企业法人", "自然人"),
                "shareholder_name": [f"甲{(number + 7) % FIRMS}公司" if number % 3 else "陈某" for number in stakes],
                "invested_on": days - pd.Timedelta(days=4000),
            }
        ),
        "industries": pd.DataFrame(
            {
                "industry_id": ["I1", "I2"],
                "standard": [2011, 2011],
                "code": ["C1310", "5123"],
                "name": ["谷物磨制", "批发"],
            }
        ),
        "branches": pd.DataFrame(
            {
                "branch_id": [f"B{number}" for number in branches],
                "name": [f"甲{number}分公司" for number in branches],
                "province": "广东",
                "city": "韶关市",
                "established": days[: len(branches)],
                "parent_id": [f"F{number:04}" for number in branches],
                "parent_name": [f"甲{number}公司" for number in branches],
            }
        ),
        "yearbook": pd.DataFrame(
            {
                "city": [city for city, _ in cities],
                "year": [year for _, year in cities],
                "population_10k": 400.0,
                "revenue_10k_yuan": [400 * 400.0 * growth[year] for _, year in cities],
                "expenditure_10k_yuan": [400 * 700.0 * growth[year] for _, year in cities],
                "phones_10k": [telephones[year] for _, year in cities],
                "hospital_beds": 8000.0,
                "freight_10k_tonnes": 6000.0,
            }
        ),
        "land": pd.DataFrame(
            {
                "supervision_number": [f"4418022014B{number:05}" for number in range(PLOTS)],
                "county_code": [None, "441802"] * (PLOTS // 2),
                "signed_on": days[:PLOTS],
                "area_ha": np.tile([0.8, 1.5, 3.0], PLOTS // 3),
                "land_use": ["工业用地", "0601"] * (PLOTS // 2),
                "supply_mode": ["挂牌出让", "划拨", "挂牌出让"] * (PLOTS // 3),
                "location": [None if number % 2 else f"清远产业转移工业园{number}号" for number in range(PLOTS)],
            }
        ),
    }


def table(folder: Path, files: dict[str, tuple[tuple[str, int], ...]] | None = None, **replaced: pd.DataFrame) -> Table:
    """What the tables, some of them replaced, are understood as. `files` names the delivered files of a table."""
    made = frames() | replaced
    outcomes = []
    for name, frame in made.items():
        path = folder / f"{name}.parquet"
        frame.to_parquet(path, index=False)
        outcomes.append(Outcome(name, path, files=(files or {}).get(name, ((f"{name}.csv", len(frame)),))))
    with duckdb.connect() as connection:
        return understood_as(tables.opened(connection, outcomes, LISTED), made["yearbook"])
