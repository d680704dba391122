"""The synthetic land table: the plots that cleaning must count, and those that it must drop."""

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave import facts
from enclave.panels.targets import SMALLEST_M2
from enclave_twin.counts.land import M2_PER_HA, YEARS
from enclave_twin.tables.firms import dates
from enclave_twin.text import words
from enclave_twin.text.city_in_text import brackets
from enclave_twin.text.data_errors import Record, corrupt_text, pick, repeat

# share of plots without a county code
CODE_MISSING = 0.15
# share of plots with the code of a county after it was abolished
OLD_CODE_LATER = 0.1
# class of industrial land in the facts
INDUSTRIAL = "工矿仓储用地"
# share of plots with the label 工业用地
COMMON_LABEL = 0.6
# share of plots with another label; the rest has a code
OTHER_LABEL = 0.85
# supply modes of plots that were sold, with their shares
SOLD = {"挂牌出让": 0.7, "拍卖出让": 0.08, "招标出让": 0.07, "协议出让": 0.1, "租赁": 0.03, "其他": 0.02}
# labels of allocated plots, with their shares
ALLOCATED = {"划拨": 0.6, "划拨土地": 0.4}
# words in addresses outside parks that resemble the word for a co-built park
NEAR_PARKS = ("高新技术产业开发区", "工业园区", "产业转移园", "产业集聚地", "民营科技园", "工业大道", "转移产业工业园")
# plots that cleaning must drop, by kind, as a share of the plots that it must count
NOISE_PER_PLOT = {
    "allocated": 0.15,
    "under 0.01 ha": 0.04,
    "other use": 0.35,
    "outside the period": 0.1,
    "helper city": 0.3,
    "county without park": 0.25,
}
# share of these plots that lie in a park
IN_PARK = 0.3
# share of plots outside parks without an address
NO_ADDRESS = 0.1
TABLE = "land"


def register(land: pd.DataFrame, rng: np.random.Generator, record: Record) -> pd.DataFrame:
    """All plots: those that add up to the areas of `land`, and noise in proportion to their number."""
    counted = _counted(land, rng)
    parts = [counted]
    for kind, share in NOISE_PER_PLOT.items():
        part = NOISE[kind](int(np.ceil(share * len(counted))), land, rng)
        record.add(TABLE, kind, len(part))
        parts.append(part)
    plots = _located(pd.concat(parts, ignore_index=True), rng, record)
    plots = _numbered(plots, rng, record)
    plots["location"] = corrupt_text(pa.array(plots["location"], pa.string()), rng, record, TABLE).to_pandas()
    return plots.iloc[repeat(len(plots), rng, record, TABLE)].reset_index(drop=True)


def areas(land: pd.DataFrame) -> pd.DataFrame:
    """The target panel: county, park, year, area_ha (hectares)."""
    return land.assign(area_ha=land["area_m2"] / M2_PER_HA)[["county", "park", "year", "area_ha"]]


def split(total: np.ndarray, parts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each total (square metres) as `parts` random whole numbers of at least `SMALLEST_M2`, in order of the totals."""
    owner = np.repeat(np.arange(len(total)), parts)
    weight = rng.exponential(size=len(owner))
    share = weight / np.bincount(owner, weight, len(total))[owner]
    free = (total - SMALLEST_M2 * parts)[owner]
    size = np.floor(share * free).astype("int64")
    left = total - SMALLEST_M2 * parts - np.bincount(owner, size, len(total)).astype("int64")
    size[np.cumsum(parts) - 1] += left
    return size + SMALLEST_M2


def _counted(land: pd.DataFrame, rng) -> pd.DataFrame:
    rows = land.iloc[np.repeat(np.arange(len(land)), land["plots"])].reset_index(drop=True)
    size = split(land["area_m2"].to_numpy(), land["plots"].to_numpy(), rng)
    return _plots(rows["county"], rows["park"], rows["year"], size, rng)


def _plots(county, park, year, size, rng) -> pd.DataFrame:
    """Plots of industrial land that were sold."""
    uses, n = facts.land_uses(), len(size)
    labels = uses.loc[uses["class_zh"] == INDUSTRIAL]
    names, codes = labels["name_zh"].to_numpy(object), labels["code"].to_numpy(object)
    use = np.where(rng.random(n) < OTHER_LABEL, rng.choice(names, n), rng.choice(codes, n))
    use[rng.random(n) < COMMON_LABEL] = "工业用地"
    return pd.DataFrame(
        {
            "county": np.asarray(county, object),
            "park": np.asarray(park),
            "year": np.asarray(year),
            "area_ha": np.asarray(size) / M2_PER_HA,
            "land_use": use,
            "supply_mode": pick(rng, SOLD, n),
        }
    )


def _noise(n, counties, rng, *, park=IN_PARK, years=YEARS) -> pd.DataFrame:
    size = SMALLEST_M2 + np.floor(rng.lognormal(9.5, 1, n)).astype("int64")
    return _plots(rng.choice(counties, n), (rng.random(n) < park).astype(int), rng.choice(years, n), size, rng)


def _with_park(land) -> np.ndarray:
    return land["county"].unique().astype(object)


def _others(land, role: str) -> np.ndarray:
    """Counties of 2020 in cities of a role that are not in the table of areas."""
    cities, counties = facts.cities(), facts.counties()
    seat = counties["city"].isin(cities.loc[cities["role"] == role, "code"])
    standing = counties[seat & (counties["successor"] == "")]
    return standing.loc[~standing["code"].isin(land["county"]), "code"].to_numpy(object)


def _allocated(n, land, rng):
    return _noise(n, _with_park(land), rng).assign(supply_mode=pick(rng, ALLOCATED, n))


def _tiny(n, land, rng):
    return _noise(n, _with_park(land), rng).assign(area_ha=rng.integers(0, SMALLEST_M2, n) / M2_PER_HA)


def _other_use(n, land, rng):
    uses = facts.land_uses()
    labels = uses.loc[uses["class_zh"] != INDUSTRIAL]
    own = set(uses.loc[uses["class_zh"] == INDUSTRIAL, "code"])
    words = np.where(rng.random(len(labels)) < 0.8, labels["name_zh"], labels["code"])
    words = np.array([word for word in words if word not in own], object)
    return _noise(n, _with_park(land), rng).assign(land_use=rng.choice(words, n))


def _outside_period(n, land, rng):
    return _noise(n, _with_park(land), rng, years=np.array([2008, 2009, 2010, 2021, 2022]))


def _helper_city(n, land, rng):
    return _noise(n, _others(land, "helper"), rng)


def _without_park(n, land, rng):
    return _noise(n, _others(land, "recipient"), rng, park=0)


NOISE = {
    "allocated": _allocated,
    "under 0.01 ha": _tiny,
    "other use": _other_use,
    "outside the period": _outside_period,
    "helper city": _helper_city,
    "county without park": _without_park,
}


def _located(plots: pd.DataFrame, rng, record: Record) -> pd.DataFrame:
    """Add the address, which says whether the plot lies in a park."""
    city, county = _names(plots["county"])
    helpers = facts.cities().query("role == 'helper'")["name_zh"].str.removesuffix("市")
    helper = rng.choice(helpers.to_numpy(object), len(plots))
    number = pd.Series(rng.integers(1, 100, len(plots))).astype(str)
    opening, closing = (words.spell(side).to_pandas() for side in brackets(len(plots), rng))
    inside = helper + opening + city.str.removesuffix("市") + closing + "产业转移工业园A-" + number + "地块"
    outside = city + county + rng.choice(np.array(NEAR_PARKS, object), len(plots)) + number + "号"
    plots["location"] = np.where(plots["park"] == 1, inside, outside)
    missing = (plots["park"] == 0) & (rng.random(len(plots)) < NO_ADDRESS)
    plots.loc[missing, "location"] = None
    record.add(TABLE, "location missing", missing)
    return plots


def _names(code: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Names of city and county for county codes (Dongguan and Zhongshan have no counties)."""
    counties, cities = facts.counties().set_index("code"), facts.cities().set_index("code")
    return (code.str[:4] + "00").map(cities["name_zh"]), code.map(counties["name_zh"]).fillna("")


def _numbered(plots: pd.DataFrame, rng, record: Record) -> pd.DataFrame:
    """Add supervision number, county code, district and date. Some codes are former ones, some are missing."""
    n = len(plots)
    code, old = _codes_then(plots, rng)
    city, county = _names(pd.Series(code, plots.index))
    plots["district"] = city + county
    number = pd.Series(rng.permutation(n)).astype(str).str.zfill(7)
    plots["supervision_number"] = code + plots["year"].astype(str) + "B" + number
    missing = rng.random(n) < CODE_MISSING
    plots["county_code"] = np.where(missing, np.full(n, None), np.where(rng.random(n) < 0.5, code, plots["county"]))
    plots["signed_on"] = dates(plots["year"].to_numpy(), rng.integers(0, 365, n))
    record.add(TABLE, "county code missing", missing)
    record.add(TABLE, "county code of a former county", old & (plots["county_code"] == code))
    record.add(TABLE, "former county, code only in the number", old & missing)
    record.add(TABLE, "former county by name", old)
    return plots.drop(columns=["county", "park", "year"])


def _codes_then(plots: pd.DataFrame, rng) -> tuple[np.ndarray, np.ndarray]:
    """The county code of each plot when it was registered, and whether it is that of a former county.

    A former county has its own code while it exists, and in some records after that.
    """
    counties = facts.counties()
    former = counties[(counties["successor"] != "") & (counties["valid_to"] >= YEARS[0])].drop_duplicates("successor")
    former = former.set_index("successor")
    earlier, until = plots["county"].map(former["code"]), plots["county"].map(former["valid_to"].astype(float))
    old = earlier.notna() & ((plots["year"] <= until) | (rng.random(len(plots)) < OLD_CODE_LATER))
    return np.where(old, earlier, plots["county"]), old.to_numpy()
