r"""Words and dates that stand for no value: in every column such a cell is an empty cell.

Exports write a missing value in their own way: databases NULL or \N, R NA, Python nan, None, NaT or <NA>, Stata a
point, Excel #N/A, public importers of registers a dash, people 无, 未知, 不详 or signs such as / and ***. Databases
that cannot leave a date empty write their first or last one, or zeros.
"""

import numpy as np
import pandas as pd

# a sign that stands alone or is repeated means nothing; dashes come in many kinds
SIGNS, MOST_SIGNS = "-‐‑‒–—―−ー﹣－/／\\＼*＊?？.．。…_＿~～", 40
OF_DATABASES = ["", "\\N", "0000-00-00", "0000-00-00 00:00:00", "0000/00/00", "1900-01-00", "1900/1/0"]
WORDS = [
    *("NULL", "NA", "N/A", "N.A.", "N.A", "N\\A", "#N/A", "NAN", "NONE", "NIL", "NAT", "<NA>"),
    *("(NULL)", "<NULL>", "[NULL]"),
    *("#NULL!", "#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NUM!", "MISSING", "UNKNOWN", "UNDEFINED", "(BLANK)"),
]
CHINESE = [
    *("无", "未知", "不详", "不明", "暂无", "缺失", "空", "空值", "空白", "(空)", "（空）", "(空白)"),
    *("无数据", "暂缺", "不适用"),
    *("没有", "无记录", "无资料", "无此项", "空缺", "待定", "待查", "保密", "不祥", "不清", "不清楚", "不知", "不知道"),
    *("未登记", "未注明", "未说明", "未记载", "未录入", "未采集", "无法获取", "暂无数据", "暂无信息", "没有数据"),
    *("- -", "-- --", "— —", "—— ——", "/ /"),
    *("未填", "未填写", "未提供", "未公示", "未公开", "企业选择不公示", "不公示", "待补充"),
]
_TO_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def _spelled() -> list[str]:
    cased = [form for word in WORDS for form in (word, word.lower(), word.capitalize())]
    latin = [*cased, "NaN", "NaT"]
    signs = [sign * times for sign in SIGNS for times in range(1, MOST_SIGNS + 1)]
    return [*OF_DATABASES, *signs, *latin, *(word.translate(_TO_FULL_WIDTH) for word in latin), *CHINESE]


NO_VALUE = _spelled()
NO_DATES = np.array(["1900-01-01", "9999-12-31"], dtype="datetime64[s]")


def emptied(text: pd.Series) -> tuple[pd.Series, int]:
    """The text with missing values for the cells without one, and how many of them were written as a word."""
    bare = text.str.strip()
    none = bare.isin(NO_VALUE)
    if not none.any():
        return text, 0
    return text.mask(none), int((bare[none] != "").sum())


def without_no_dates(days: pd.Series) -> tuple[pd.Series, int]:
    """The days with missing values for those of `NO_DATES`, and how many these were."""
    none = days.isin(NO_DATES)
    return (days.mask(none), int(none.sum())) if none.any() else (days, 0)
