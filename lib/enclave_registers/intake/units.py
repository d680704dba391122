"""Units in which a delivery may state an amount, and how they turn into the unit of the schema."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Unit:
    """A delivered unit: the schema's is `times` over `per` as large. Both are whole, so that decimals stay exact."""

    times: int = 1
    per: int = 1

    def converted(self, values: pd.Series) -> pd.Series:
        """The amounts in the unit of the schema, each the nearest double to the exact quotient."""
        return values * self.times / self.per


BY_TEN_THOUSAND = Unit(per=10_000)
KNOWN: dict[str, dict[str, Unit]] = {
    "10,000 persons": {"persons": BY_TEN_THOUSAND, "人": BY_TEN_THOUSAND, "10,000 persons": Unit(), "万人": Unit()},
    "10,000 yuan": {
        **{"yuan": BY_TEN_THOUSAND, "元": BY_TEN_THOUSAND, "10,000 yuan": Unit(), "万元": Unit()},
        **{"million yuan": Unit(times=100), "百万元": Unit(times=100)},
        **{"100 million yuan": Unit(times=10_000), "亿元": Unit(times=10_000)},
    },
    "10,000 users": {"users": BY_TEN_THOUSAND, "户": BY_TEN_THOUSAND, "10,000 users": Unit(), "万户": Unit()},
    "beds": {"beds": Unit(), "张": Unit(), "10,000 beds": Unit(times=10_000), "万张": Unit(times=10_000)},
    "10,000 tonnes": {"tonnes": BY_TEN_THOUSAND, "吨": BY_TEN_THOUSAND, "10,000 tonnes": Unit(), "万吨": Unit()},
    "hectare": {
        **{"square metre": BY_TEN_THOUSAND, "平方米": BY_TEN_THOUSAND, "hectare": Unit(), "公顷": Unit()},
        **{"mu": Unit(per=15), "亩": Unit(per=15)},
        **{"square kilometre": Unit(times=100), "平方公里": Unit(times=100)},
    },
}
