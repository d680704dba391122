"""Names lose the marks of web pages and former names, and the check says how many did."""

import pandas as pd
import pytest
import samples

from enclave_registers.intake import convert
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.delivery.read import read
from enclave_registers.intake.values import names
from enclave_registers.intake.values.adjustments import FORMER_NAME, MARKS, MARKUP, TRADITIONAL

WRITTEN = {
    '="广州佳和有限公司"': ("广州佳和有限公司", MARKS),
    "'广州佳和有限公司": ("广州佳和有限公司", MARKS),
    "\t广州佳和有限公司": ("广州佳和有限公司", MARKS),
    "\u200b广州佳和\u200b有限公司": ("广州佳和有限公司", MARKS),
    "\x1f广州佳和有限公司": ("广州佳和有限公司", MARKS),
    "广州_x000D_佳和有限公司": ("广州佳和有限公司", MARKS),
    "“广州佳和有限公司”": ("广州佳和有限公司", MARKS),
    '"广州佳和有限公司"': ("广州佳和有限公司", MARKS),
    "\ufeff广州佳和有限公司": ("广州佳和有限公司", MARKS),
    "<em>广州</em>佳和有限公司": ("广州佳和有限公司", MARKUP),
    "<span class='hl'>广州</span>佳和<br/>有限公司": ("广州佳和有限公司", MARKUP),
    "A&amp;B有限公司": ("A&B有限公司", MARKUP),
    "广州&nbsp;佳和": ("广州 佳和", MARKUP),
    "广州佳和有限公司（曾用名：广州（清远）佳和厂）": ("广州佳和有限公司", FORMER_NAME),
    "广州佳和有限公司 (原名称:广州佳和厂)": ("广州佳和有限公司", FORMER_NAME),
    "广州佳和有限公司，曾用名：佳和厂": ("广州佳和有限公司，", FORMER_NAME),
    "廣州佳和有限公司": ("广州佳和有限公司", TRADITIONAL),
    "廣東肇慶（雲浮）佳和": ("广东肇庆（云浮）佳和", TRADITIONAL),
    "佛山（清遠）產業轉移工業園": ("佛山（清远）产业转移工业园", TRADITIONAL),
}
AS_THEY_ARE = [
    "广州佳和有限公司",
    "A&B有限公司",
    "广州（清远）佳和有限公司",
    "3<5有限公司",
    "曾用名：广州佳和厂",
    "原名人堂有限公司",
    " 广州佳和有限公司\u3000",
    "“广州”佳和有限公司",
    "O'Neill有限公司",
    'A="B"有限公司',
    "“广州”与“佛山”",
    "甲·乙有限公司",
]


@pytest.mark.parametrize(("written", "read_as", "kind"), [(one, *made) for one, made in WRITTEN.items()])
def test_what_a_web_page_or_a_supplier_put_into_a_name_is_left_out_and_counted(written, read_as, kind):
    made, adjusted = names.plain(pd.Series(["深圳佳和", None, written], dtype="str"))
    assert made.fillna("").tolist() == ["深圳佳和", "", read_as]
    assert adjusted == {kind: 1}


@pytest.mark.parametrize("name", AS_THEY_ARE)
def test_other_names_do_not_change(name):
    made, adjusted = names.plain(pd.Series([name], dtype="str"))
    assert (made.tolist(), adjusted) == ([name], {})


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, each in names.COLUMNS.items() for column in each]
)
def test_each_column_of_names_is_read_without_marks_and_the_check_says_so(table, column, tmp_path):
    plain = samples.ALL[table]
    plain.assign(**{column: "<b>" + plain[column].fillna("佳和").astype(str) + "</b>"}).to_csv(
        tmp_path / f"{table}.csv", index=False
    )
    said = []
    made = pd.read_parquet(convert.convert(table, read(tmp_path), IntakeCache(tmp_path / "cache"), said.append))
    assert made[column].tolist() == plain[column].fillna("佳和").astype(str).tolist()
    assert [line.split(":")[0] for line in said if MARKUP in line] == [f'{table}, column "{column}"']
