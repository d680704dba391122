"""What the six raw tables must look like.

One pandera schema per table says its columns, types, keys and allowed values. Each column carries the Chinese headers
under which the registers deliver it (`synonyms`) and, where it has one, its `unit`. Reading checks against these
schemas at the door, and the codebook page of the book is generated from them. The rules for values are in `rules`.

Source of the tables: section 4.1 (firm master, shareholders, industry dictionary, branches, city yearbook) and
section 5.1 (land grants) of Tang & Zhang (2024).
"""

import pandera.pandas as pa

from enclave_registers import rules

SHAREHOLDER_TYPES = ["自然人", "企业法人", "合伙企业", "事业法人", "机关法人", "社团法人", "其他投资者"]
INDUSTRY_STANDARDS = [1994, 2002, 2011, 2017]
SUPPLY_MODES = ["划拨", "划拨土地", "招标出让", "拍卖出让", "挂牌出让", "协议出让", "租赁", "作价出资或入股", "其他"]


def _text(description, synonyms, *, nullable=False, allowed=None):
    checks = [rules.one_of(allowed)] if allowed else []
    return pa.Column(str, checks, nullable=nullable, description=description, metadata={"synonyms": synonyms})


def _code(description, synonyms, *, nullable=False, zeros=False, pattern=None):
    """A text that names something. With `zeros`, leading zeros count, so that a stored number cannot stand for it."""
    checks = [rules.UNROUNDED, *([pattern] if pattern else [])]
    metadata = {"synonyms": synonyms, "code": True, "zeros": zeros}
    return pa.Column(str, checks, nullable=nullable, description=description, metadata=metadata)


def _date(description, synonyms, *, nullable=False):
    metadata = {"synonyms": synonyms}
    return pa.Column(
        "datetime64[s]", rules.DATE_IN_A_YEAR, nullable=nullable, description=description, metadata=metadata
    )


def _year(description, synonyms):
    metadata = {"synonyms": synonyms, "unit": "year"}
    return pa.Column("int64", rules.A_YEAR, description=description, metadata=metadata)


def _amount(description, synonyms, unit, *, nullable=False, positive=False):
    check = rules.ABOVE_ZERO if positive else rules.NOT_NEGATIVE
    metadata = {"synonyms": synonyms, "unit": unit}
    return pa.Column(float, check, nullable=nullable, description=description, metadata=metadata)


def _table(title, description, key, columns, *, repeats):
    """`repeats` says whether identical copies of a record may occur: cleaning drops and counts them."""
    return pa.DataFrameSchema(
        columns, title=title, description=description, metadata={"key": key, "repeats": repeats}, strict=False
    )


FIRMS = _table(
    "Firm master",
    "One record per registered firm (企业基本信息主表).",
    ["firm_id"],
    {
        "firm_id": _code("Identifier of the firm", ["企业ID", "公司ID", "企业编号"]),
        "name": _text("Registered name", ["企业名称", "公司名称"]),
        "province": _text("Province the firm belongs to", ["企业归属地", "省份", "所属省份"], nullable=True),
        "city": _code(
            "Seat as the register has it: a city, a county, a code, only the province, or nothing",
            ["所在地", "所属城市", "城市"],
            nullable=True,
        ),
        "established": _date("Date of establishment", ["成立日期", "成立时间"], nullable=True),
        "industry_id": _code("Key into the industry dictionary", ["行业ID", "行业编号"], nullable=True),
    },
    repeats=True,
)

SHAREHOLDERS = _table(
    "Shareholders",
    "One record per stake of a shareholder in a firm (公司股东表).",
    None,
    {
        "firm_id": _code("Firm invested in", ["被投资公司ID", "被投资企业ID", "企业ID", "公司ID"]),
        "shareholder_id": _code("Firm master identifier of a shareholder that is a firm", ["股东ID"], nullable=True),
        "shareholder_name": _text("Name of the shareholder", ["股东名称", "股东"]),
        "shareholder_type": _text("Kind of shareholder", ["股东类型"], allowed=SHAREHOLDER_TYPES),
        "invested_on": _date("Date of the stake", ["出资日期", "认缴日期", "投资日期"], nullable=True),
    },
    repeats=True,
)

INDUSTRIES = _table(
    "Industry dictionary",
    "One record per industry of a vintage of GB/T 4754 (行业字典表).",
    ["industry_id"],
    {
        "industry_id": _code("Key used by the firm master", ["行业ID", "行业编号"]),
        "standard": pa.Column(
            "int64",
            rules.one_of(INDUSTRY_STANDARDS),
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
        "branch_id": _code("Identifier of the branch", ["分公司ID", "分支机构ID"]),
        "name": _text("Registered name of the branch", ["分公司名称", "分支机构名称"]),
        "province": _text("Province the branch belongs to", ["企业归属地", "省份", "所属省份"], nullable=True),
        "city": _code("Seat of the branch, as in the firm master", ["所在地", "所属城市", "城市"], nullable=True),
        "established": _date("Date of establishment", ["成立日期", "成立时间"], nullable=True),
        "parent_id": _code("Firm master identifier of the parent", ["总公司ID", "母公司ID"], nullable=True),
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
        "supervision_number": _code(
            "Electronic supervision number; its first six digits are the county code", ["电子监管号"]
        ),
        "county_code": _code(
            "GB/T 2260 code of the county", ["县代码", "区县代码"], nullable=True, pattern=rules.SIX_DIGITS
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
