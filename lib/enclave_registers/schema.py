"""The six raw tables: columns, types, keys and allowed values.

One pandera schema per table. Each column has the Chinese headers under which the registers deliver it (`synonyms`) and,
where it has one, its `unit`. Validation checks against these schemas, and the codebook page of the book is generated
from them.

A rule for values is a pandera check with three texts: `title` is what the codebook prints as allowed, `error` is what a
message says about a wrong value, `description` is the remedy.

Source of the tables: section 4.1 (firm master, shareholders, industry dictionary, branches, city yearbook) and
section 5.1 (land grants) of Tang & Zhang (2024).
"""

from typing import Any

import pandera.pandas as pa

from enclave_registers import text_bytes

SHAREHOLDER_TYPES = ["自然人", "企业法人", "合伙企业", "事业法人", "机关法人", "社团法人", "其他投资者"]
INDUSTRY_STANDARDS = [1994, 2002, 2011, 2017]
SUPPLY_MODES = ["划拨", "划拨土地", "招标出让", "拍卖出让", "挂牌出让", "协议出让", "租赁", "作价出资或入股", "其他"]
DUE_DATES = [
    "认缴日期",
    "认缴出资日期",
    "认缴出资时间",
    "认缴时间",
    "余额缴付期限",
    "认缴截止日期",
    "认缴期限",
    "缴付期限",
]
DUE_DATE = "is the day until which the capital is promised, often decades ahead, and not the date of the stake"
OTHER_DAYS = ["核准日期", "核准时间", "发照日期", "变更日期", "注销日期", "吊销日期", "年检日期"]
OTHER_DAY = "is the day of a change, a licence or the end of the firm, and not that of its establishment"
EARLIEST, LATEST = 1900, 2100
_YEARS = f"{EARLIEST} to {LATEST}"
_YEAR_REMEDY = f"Years range from {_YEARS}. Correct the entry, or leave it empty where the codebook allows empty cells."


def _rule(test, *, allows, problem, remedy) -> pa.Check:
    return pa.Check(test, title=allows, error=problem, description=remedy)


def one_of(allowed: list) -> pa.Check:
    """The value is one of the listed ones."""
    listed = ", ".join(map(str, allowed))
    remedy = f"Use one of: {listed}."
    return _rule(lambda values: values.isin(allowed), allows=listed, problem="is not allowed here", remedy=remedy)


DATE_IN_A_YEAR = _rule(
    lambda dates: dates.dt.year.between(EARLIEST, LATEST),
    allows=_YEARS,
    problem="is in an impossible year",
    remedy=_YEAR_REMEDY,
)
A_YEAR = _rule(
    lambda years: years.between(EARLIEST, LATEST), allows=_YEARS, problem="is not a year", remedy=_YEAR_REMEDY
)
NOT_NEGATIVE = _rule(
    lambda amounts: amounts >= 0,
    allows="0 or more",
    problem="is negative",
    remedy="Counts, amounts and areas start at 0. Correct the entry.",
)
ABOVE_ZERO = _rule(
    lambda amounts: amounts > 0,
    allows="more than 0",
    problem="is not greater than 0",
    remedy="Other columns are divided by this one. Correct the entry.",
)


# digits that a spreadsheet keeps, the least number of long identifiers to judge by, and shares that chance cannot give
KEPT_DIGITS, ENOUGH = 15, 20
SHARE_OF_ZERO, SHARE_OF_ZEROS = 0.5, 0.05


def _rounded(codes):
    """A mask of codes that lost digits: in powers of ten, or with zeros where the last digits were."""
    text, none = text_bytes.as_arrow(codes), codes.isna() & False
    # nearly all columns have no plus sign, and then no code is in powers of ten
    powers = codes.str.fullmatch(r"-?\d(\.\d+)?[eE]\+\d+") if (text_bytes.of(text) == ord("+")).any() else none
    lost = _with_lost_digits(codes) if text_bytes.longest(text) > KEPT_DIGITS else none
    return powers.eq(True) | lost


def _with_lost_digits(codes):
    """A mask of long numbers that end in zeros, if far more of them do so than numbers do by chance.

    A spreadsheet keeps 15 digits, and a double that is printed in full ends in a zero from 18 digits on. A number that
    occurs often counts once.
    """
    numbers = codes[codes.str.fullmatch(f"[0-9]{{{KEPT_DIGITS + 1},}}").eq(True)].drop_duplicates()
    for zeros, by_chance in (("0", SHARE_OF_ZERO), ("000", SHARE_OF_ZEROS)):
        rounded = numbers[numbers.str.endswith(zeros)]
        if len(numbers) >= ENOUGH and len(rounded) > by_chance * len(numbers):
            return codes.isin(rounded)
    return codes.isna() & False


UNROUNDED = _rule(
    lambda codes: ~_rounded(codes),
    allows="",
    problem="was rounded by a spreadsheet",
    remedy="Store the column as text in its source and export it again. The lost digits cannot be restored here. "
    "If zeros at the end belong to the identifiers, put a letter before them in all tables.",
)
SIX_DIGITS = _rule(
    lambda codes: codes.str.fullmatch("[0-9]{6}"),
    allows="six digits",
    problem="is not a six-digit code",
    remedy="Give the GB/T 2260 code of the county, or leave the cell empty.",
)


def _text(description, synonyms, *, nullable=False, allowed=None):
    checks = [one_of(allowed)] if allowed else []
    return pa.Column(str, checks, nullable=nullable, description=description, metadata={"synonyms": synonyms})


def _code(description, synonyms, *, nullable=False, zeros=False, identifier=False, pattern=None):
    """A text that stands for something. With `zeros`, leading zeros matter, so that a stored number is refused.

    An `identifier` has no white space, no full-width characters and one case; other codes may hold names.
    """
    checks = [UNROUNDED, *([pattern] if pattern else [])]
    metadata = {"synonyms": synonyms, "code": True, "zeros": zeros, "identifier": identifier}
    return pa.Column(str, checks, nullable=nullable, description=description, metadata=metadata)


def _identifier(description, synonyms, *, nullable=False, pattern=None):
    return _code(description, synonyms, nullable=nullable, identifier=True, pattern=pattern)


def _date(description, synonyms, *, nullable=False, other=None):
    """A date. other : headers that look like the column's and mean something else, and what they mean."""
    metadata = {"synonyms": synonyms, "other": other or {}}
    return pa.Column("datetime64[s]", DATE_IN_A_YEAR, nullable=nullable, description=description, metadata=metadata)


def _year(description, synonyms):
    metadata = {"synonyms": synonyms, "unit": "year"}
    return pa.Column("int64", A_YEAR, description=description, metadata=metadata)


def _amount(description, synonyms, unit, *, nullable=False, positive=False):
    check = ABOVE_ZERO if positive else NOT_NEGATIVE
    metadata = {"synonyms": synonyms, "unit": unit}
    return pa.Column(float, check, nullable=nullable, description=description, metadata=metadata)


def metadata(described: pa.DataFrameSchema | pa.Column) -> dict[str, Any]:
    """What the schema of a table or of a column states beyond the terms of pandera (see `_table` and `_code`)."""
    return described.metadata or {}


def key_of(schema: pa.DataFrameSchema) -> list[str]:
    """The columns of the key of a table; none if it has no key."""
    return metadata(schema)["key"] or []


def has_repeats(schema: pa.DataFrameSchema) -> bool:
    """Whether identical copies of a record may occur."""
    return metadata(schema)["repeats"]


def _table(title, description, key, columns, *, repeats):
    """A table. repeats : whether identical copies of a record may occur; the cleaning drops and counts them."""
    return pa.DataFrameSchema(
        columns, title=title, description=description, metadata={"key": key, "repeats": repeats}, strict=False
    )


FIRMS = _table(
    "Firm master",
    "One record per registered firm (企业基本信息主表).",
    ["firm_id"],
    {
        "firm_id": _identifier("Identifier of the firm", ["企业ID", "公司ID", "企业编号"]),
        "name": _text("Registered name", ["企业名称", "公司名称"]),
        "province": _text("Province the firm belongs to", ["企业归属地", "省份", "所属省份"], nullable=True),
        "city": _code(
            "Seat as the register has it: a city, a county, a code, only the province, or nothing",
            ["所在地", "所属城市", "城市"],
            nullable=True,
        ),
        "established": _date(
            "Date of establishment",
            ["成立日期", "成立时间"],
            nullable=True,
            other=dict.fromkeys(OTHER_DAYS, OTHER_DAY),
        ),
        "industry_id": _identifier("Key into the industry dictionary", ["行业ID", "行业编号"], nullable=True),
    },
    repeats=True,
)

SHAREHOLDERS = _table(
    "Shareholders",
    "One record per stake of a shareholder in a firm (公司股东表).",
    None,
    {
        "firm_id": _identifier("Firm invested in", ["被投资公司ID", "被投资企业ID", "企业ID", "公司ID"]),
        "shareholder_id": _identifier(
            "Firm master identifier of a shareholder that is a firm", ["股东ID"], nullable=True
        ),
        "shareholder_name": _text("Name of the shareholder", ["股东名称", "股东"]),
        "shareholder_type": _text("Kind of shareholder", ["股东类型"], allowed=SHAREHOLDER_TYPES),
        "invested_on": _date(
            "Date of the stake",
            ["出资日期", "投资日期", "实缴日期", "首次持股日期", "入股日期"],
            nullable=True,
            other=dict.fromkeys(DUE_DATES, DUE_DATE),
        ),
    },
    repeats=True,
)

INDUSTRIES = _table(
    "Industry dictionary",
    "One record per industry of a vintage of GB/T 4754 (行业字典表).",
    ["industry_id"],
    {
        "industry_id": _identifier("Key used by the firm master", ["行业ID", "行业编号"]),
        "standard": pa.Column(
            "int64",
            one_of(INDUSTRY_STANDARDS),
            description="Vintage of GB/T 4754",
            metadata={"synonyms": ["行业标准", "标准年份"], "unit": "year"},
        ),
        "code": _code("Industry code, with or without the section letter", ["行业代码"], zeros=True),
        "name": _text("Name of the industry", ["行业名称"]),
    },
    repeats=False,
)

BRANCHES = _table(
    "Branches",
    "One record per branch of a firm (分公司).",
    ["branch_id"],
    {
        "branch_id": _identifier("Identifier of the branch", ["分公司ID", "分支机构ID"]),
        "name": _text("Registered name of the branch", ["分公司名称", "分支机构名称"]),
        "province": _text("Province the branch belongs to", ["企业归属地", "省份", "所属省份"], nullable=True),
        "city": _code("Seat of the branch, as in the firm master", ["所在地", "所属城市", "城市"], nullable=True),
        "established": _date(
            "Date of establishment",
            ["成立日期", "成立时间"],
            nullable=True,
            other=dict.fromkeys(OTHER_DAYS, OTHER_DAY),
        ),
        "parent_id": _identifier("Firm master identifier of the parent", ["总公司ID", "母公司ID"], nullable=True),
        "parent_name": _text("Name of the parent", ["总公司名称", "母公司名称"], nullable=True),
    },
    repeats=True,
)

YEARBOOK = _table(
    "City yearbook",
    "One record per city and year (China City Statistical Yearbook, 中国城市统计年鉴).",
    ["city", "year"],
    {
        "city": _code("City, by name or GB/T 2260 code", ["城市", "地市", "城市代码"]),
        "year": _year("Year of the figures", ["年份", "年度"]),
        "population_10k": _amount(
            "Registered population at year end", ["户籍人口", "年末户籍人口"], "10,000 persons", positive=True
        ),
        "revenue_10k_yuan": _amount("General budget revenue", ["一般预算收入"], "10,000 yuan"),
        "expenditure_10k_yuan": _amount("General budget expenditure", ["一般预算支出"], "10,000 yuan"),
        "phones_10k": _amount("Telephone users", ["电话用户数"], "10,000 users", nullable=True),
        "hospital_beds": _amount("Hospital beds", ["医院卫生床位数", "医院床位数"], "beds", nullable=True),
        "freight_10k_tonnes": _amount("Freight carried", ["货运量"], "10,000 tonnes", nullable=True),
    },
    repeats=False,
)

LAND = _table(
    "Land grants",
    "One record per granted plot (China Land Market website, 中国土地市场网).",
    ["supervision_number"],
    {
        "supervision_number": _identifier(
            "Electronic supervision number; its first six digits are the county code", ["电子监管号"]
        ),
        "county_code": _identifier(
            "GB/T 2260 code of the county", ["县代码", "区县代码"], nullable=True, pattern=SIX_DIGITS
        ),
        "district": _text("City and county by name", ["行政区", "行政区划"], nullable=True),
        "signed_on": _date("Date of the contract", ["签订日期", "合同签订日期"]),
        "area_ha": _amount("Area of the plot", ["面积", "面积(公顷)", "供地面积"], "hectare"),
        "land_use": _code("Use, a class of GB/T 21010 or its name", ["土地用途"], zeros=True),
        "supply_mode": _text("How the plot was supplied", ["供应方式", "供地方式"], allowed=SUPPLY_MODES),
        "location": _text("Address of the project", ["项目位置"], nullable=True),
    },
    repeats=True,
)

TABLES = {
    "firms": FIRMS,
    "shareholders": SHAREHOLDERS,
    "industries": INDUSTRIES,
    "branches": BRANCHES,
    "yearbook": YEARBOOK,
    "land": LAND,
}
