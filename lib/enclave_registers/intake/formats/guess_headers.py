"""Guesses which header is a column of the schema, from the words in it. A guess is for the eye and never used alone."""

import difflib
from collections.abc import Sequence
from functools import lru_cache

import pandera.pandas as pa

from enclave_registers.intake.delivery import units
from enclave_registers.intake.delivery.patterns import plain
from enclave_registers.schema import metadata

CLOSE = 0.55
# how much less a likeness of letters counts than a known spelling
LETTERS = 0.9
REMEMBERED = 100_000
# further headers of such files, best first: commercial register exports, land market websites, yearbooks
HINTS = {
    "firm_id": [
        *("统一社会信用代码", "信用代码", "注册号", "工商注册号", "企业代码", "被投资企业统一社会信用代码"),
        *("企业统一社会信用代码", "公司统一社会信用代码", "被投资企业代码", "投资标的代码", "entid", "credit_code"),
        *("统一社会信用代码/注册号", "统一信用代码", "社会信用代码", "主体身份代码", "主体ID", "pripid", "uniscid"),
    ],
    "name": ["企业名", "公司全称", "企业全称", "主体名称", "机构名称", "分公司全称", "entname"],
    "province": ["省", "所在省份", "所在省", "注册省份", "所属省", "登记省份"],
    "city": [
        *("市", "地区", "城市名称", "所在城市", "所在市", "地级市", "市名", "注册城市", "ctnm"),
        *("所属市", "所属地市", "登记城市"),
    ],
    "established": ["注册日期", "设立日期", "设立时间", "开业日期", "注册时间", "登记日期", "esdate", "estdate"],
    "industry_id": [
        *("行业代码", "行业小类代码", "国民经济行业代码", "行业分类代码", "所属行业代码", "国标行业小类编码"),
        *("国标行业小类代码", "国标行业代码", "国标行业编码", "行业小类编码", "行业编码", "国民经济行业小类代码"),
        *(
            "所属国民经济行业小类代码",
            "经济行业小类代码",
            "国民经济行业分类代码",
            "国标行业中类编码",
            "国标行业中类代码",
        ),
        *("行业中类代码", "国标行业大类编码", "国标行业大类代码", "行业大类代码", "industryco", "行业"),
    ],
    "shareholder_id": [
        *("股东代码", "股东统一社会信用代码", "股东信用代码", "股东编号", "投资人代码", "股东证照号", "股东企业ID"),
        *("股东公司ID", "股东企业统一社会信用代码", "股东统一社会信用代码/注册号", "投资方统一社会信用代码"),
        *("出资人统一社会信用代码", "投资人统一社会信用代码", "发起人统一社会信用代码"),
    ],
    "shareholder_name": [
        *(
            "投资人名称",
            "投资者名称",
            "投资人",
            "投资方",
            "出资人",
            "inv",
            "股东（发起人）",
            "股东/发起人",
            "股东及出资信息",
        ),
        *("发起人", "发起人名称", "股东姓名", "股东名", "出资人名称", "投资方名称"),
    ],
    "shareholder_type": [
        *(
            "投资人类型",
            "投资者类型",
            "出资人类型",
            "股东性质",
            "invtype",
            "股东类别",
            "股东（发起人）类型",
            "发起人类型",
        ),
        "投资方类型",
    ],
    # the interface of the national site names both a due date and a date of payment `conDate`: it is no hint
    "invested_on": [
        *("实缴出资日期", "实缴日期", "出资时间", "实缴出资时间", "实缴时间", "投资时间", "入股时间", "首次持股时间"),
        *("首次入股日期", "持股日期", "accondate"),
    ],
    "standard": ["国民经济行业分类标准", "标准版本", "版本", "标准"],
    "code": ["代码", "分类代码", "类目代码", "门类代码"],
    "branch_id": [
        *("分公司代码", "分支机构代码", "统一社会信用代码", "注册号", "分支机构统一社会信用代码", "分支机构注册号"),
        *("分公司统一社会信用代码", "分公司注册号", "统一社会信用代码/注册号"),
    ],
    "parent_id": [
        *("总公司代码", "总公司统一社会信用代码", "隶属企业代码", "所属企业代码", "上级企业代码", "总公司编号"),
        *("隶属企业统一社会信用代码", "隶属企业统一社会信用代码/注册号", "隶属企业注册号", "隶属企业ID", "所属企业ID"),
        *("所属企业统一社会信用代码", "所属公司统一社会信用代码", "上级企业统一社会信用代码", "母公司统一社会信用代码"),
        *("总机构统一社会信用代码", "总公司信用代码", "总公司注册号", "母公司代码", "总企业ID", "主体企业ID"),
    ],
    "parent_name": [
        *(
            "隶属企业名称",
            "所属企业名称",
            "上级企业名称",
            "总公司",
            "隶属企业",
            "所属企业",
            "隶属公司名称",
            "所属公司名称",
        ),
        *("总机构名称", "上级公司名称", "主体企业名称"),
    ],
    "year": ["统计年度", "会计年度", "年", "时间", "sgnyea"],
    "population_10k": ["年末总人口", "年末户籍人口数", "户籍总人口", "总人口", "年末户籍人口_全市", "年末总人口_全市"],
    "revenue_10k_yuan": [
        *("地方一般公共预算收入", "地方财政一般预算内收入", "一般公共预算收入", "公共财政收入", "地方财政预算内收入"),
        *("财政收入", "地方一般公共预算收入_全市"),
    ],
    "expenditure_10k_yuan": [
        *("地方一般公共预算支出", "地方财政一般预算内支出", "一般公共预算支出", "公共财政支出", "地方财政预算内支出"),
        *("财政支出", "地方一般公共预算支出_全市"),
    ],
    "phones_10k": ["电话用户", "电话年末用户数", "电话用户数_全市"],
    "hospital_beds": ["医院、卫生院床位数", "床位数", "医疗卫生机构床位数", "医院、卫生院床位数_全市"],
    "freight_10k_tonnes": ["货运总量", "公路货运量", "货物运输量", "货运总量_全市"],
    "supervision_number": ["电子监管编号", "监管号", "供地编号", "dzbabh", "dzjgh"],
    "county_code": ["行政区代码", "行政区划代码", "区划代码", "xzqdm"],
    "district": ["行政区名称", "所在行政区", "xzqfullname"],
    "signed_on": ["合同签定日期", "签约日期", "合同日期", "成交日期", "qdrq", "htqdrq"],
    "area_ha": ["供应面积", "出让面积", "宗地面积", "土地面积", "mj"],
    "land_use": ["用途", "规划用途", "tdyt"],
    "supply_mode": ["出让方式", "供地类型", "土地供应方式", "gyfs"],
    "location": ["土地坐落", "宗地位置", "宗地坐落", "地址", "坐落", "tdzl"],
}


def spellings(schema: pa.DataFrameSchema, column: str) -> list[str]:
    """All headers by which a column is known, then those by which it may be guessed."""
    return [column, *metadata(schema.columns[column])["synonyms"], *HINTS.get(column, [])]


def guesses(schema: pa.DataFrameSchema, missing: Sequence[str], headers: Sequence[str]) -> dict[str, str]:
    """For each column that is `missing`, the header that is most like it, if any is; no header twice."""
    scored = sorted(
        (
            (_likeness(schema, column, header), -at, column, header)
            for column in missing
            for at, header in enumerate(headers)
            if any(map(str.isalpha, header)) and other_meaning(schema, column, header) is None
        ),
        reverse=True,
    )
    chosen: dict[str, str] = {}
    for likeness, _, column, header in scored:
        if likeness >= CLOSE and column not in chosen and header not in chosen.values():
            chosen[column] = header
    return {column: chosen[column] for column in missing if column in chosen}


def other_meaning(schema: pa.DataFrameSchema, column: str, header: str) -> str | None:
    """Which of the headers that look like a column's and mean something else is in a header: a due date of capital."""
    word = plain(header)
    return next((other for other in metadata(schema.columns[column]).get("other", {}) if other in word), None)


def _likeness(schema: pa.DataFrameSchema, column: str, header: str) -> float:
    """1 for a known spelling, a little less for a hint, else how alike the letters are."""
    words = [_word(spelling) for spelling in spellings(schema, column)]
    word = _word(header)
    if word in words:
        return 1.0 - words.index(word) / 100
    known = words[: 1 + len(metadata(schema.columns[column])["synonyms"])]
    return LETTERS * max(_alike(word, other) for other in known if other)


@lru_cache(REMEMBERED)
def _alike(word: str, other: str) -> float:
    """How alike two words are, or 0 if that is too little for a guess."""
    both = difflib.SequenceMatcher(None, word, other)
    least = CLOSE / LETTERS
    return both.ratio() if both.real_quick_ratio() >= least and both.quick_ratio() >= least else 0.0


@lru_cache(REMEMBERED)
def _word(text: str) -> str:
    """The text without a unit, a place for the year, and the word for the whole city, as yearbooks have them."""
    without_year = text.replace("{year}", "").strip("_年 ") if "{year}" in text else text
    words = [word for word in without_year.split("_") if word != "全市" and not units.is_unit(word)]
    return plain(units.without_unit("_".join(words))).casefold().rstrip(":")
