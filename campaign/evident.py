"""Values that show by themselves that they are wrong, whatever else a delivery holds.

The book must refuse such a value, tell it, or read it right. Other wrong values are as plausible as right ones, and
nobody can know them: a digit of a date, a firm of the same name, a record that is missing.
"""

import re

import pandas as pd
import plain_cleaning

CODES = {
    "firms": ["firm_id", "industry_id"],
    "shareholders": ["firm_id", "shareholder_id"],
    "branches": ["branch_id", "parent_id"],
    "industries": ["industry_id"],
}
CODE = re.compile("[0-9A-Za-z_./-]+|[\u4e00-\u9fff0-9A-Za-z()]+")
PROVINCES = (
    "北京",
    "天津",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "上海",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "重庆",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
    "台湾",
    "香港",
    "澳门",
)
# codes of provinces by GB/T 2260
PROVINCE_CODE = re.compile("(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|81|82)([0-9]{4}|[0-9]{10})?")


def reason(added: dict[str, pd.DataFrame]) -> str:
    """Why one of the records that a mutation brought in is evidently wrong, or nothing."""
    for table, columns in CODES.items():
        for column in columns:
            if not all(CODE.fullmatch(code) for code in added[table][column].dropna()):
                return f"{table}, {column}: signs that no identifier has"
    for table in ("firms", "branches"):
        if not all(map(_is_province, added[table]["province"].dropna())):
            return f"{table}: a province that does not exist"
    if not _have_division(added["industries"]):
        return "industries: a code without a division in its vintage"
    return ""


def _is_province(text: str) -> bool:
    text = plain_cleaning.normal(text)
    return text.startswith(tuple(PROVINCES)) or bool(PROVINCE_CODE.fullmatch(text))


def _have_division(industries: pd.DataFrame) -> bool:
    """Whether each code is a letter, or begins with a division that its vintage of GB/T 4754 has, in four digits."""
    known = plain_cleaning.facts("industries")
    known = set(zip(known["standard"].astype("int64"), known["division"], strict=True))
    codes = industries["code"].map(plain_cleaning.normal)
    divisions = codes.str.extract("^[A-Z]?([0-9]{2})[0-9]{0,2}$", expand=False)
    letters = codes.str.fullmatch("[A-T]")
    pairs = zip(industries["standard"], divisions, letters, strict=True)
    return all(letter or (standard, division) in known for standard, division, letter in pairs)
