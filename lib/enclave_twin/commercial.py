"""Synthetic registers as commercial suppliers and websites give them: what a licence holder finds in the first hour.

The firm master is an export of the commercial register in two parts, without identifiers and dictionary of its own. The
stakes have a due date beside the date of payment. The yearbooks are as printed, one workbook per edition. The land
grants come from two editions of the website. There is no map: the page "A register in an hour" writes it.
"""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

from enclave import facts
from enclave.base import files, paths, sources
from enclave.base.errors import EnclaveError
from enclave.panels.targets import read
from enclave_registers.schema import SHAREHOLDER_TYPES
from enclave_twin.rehearsal import FIRMS, NEW_LAND, SEED
from enclave_twin.write import compose

# name of the format on the command line
FORMAT = "commercial"
STANDARD = 2011
MANUFACTURING = "C"
GAP = "-"
TYPES = dict(zip(SHAREHOLDER_TYPES, SHAREHOLDER_TYPES, strict=True)) | {
    "自然人": "自然人股东",
    "企业法人": "法人股东",
    "其他投资者": "其他股东",
}
# years from the payment of a stake to the day until which the capital is promised
DUE = 20
# a use that the land market names and no standard has, for each so many of the newer industrial plots
NEW_USE, INDUSTRIAL, EVERY = "新型产业用地(M0)", "工业用地", 25
FIGURES = {
    "population_10k": ("年末总人口", "(万人)"),
    "revenue_10k_yuan": ("地方财政一般预算内收入", "(万元)"),
    "expenditure_10k_yuan": ("地方财政一般预算内支出", "(万元)"),
    "phones_10k": ("电话用户数", "(万户)"),
    "hospital_beds": ("医院、卫生院床位数", "(张)"),
    "freight_10k_tonnes": ("货运总量", "(万吨)"),
}
NOTES = "交付说明.csv"


def registers(source: str, *, firms: int = FIRMS, seed: int = SEED, counts: Path | str = paths.TWIN) -> None:
    """Write a commercial delivery of `firms` firms to `paths.registers(source)`; `counts` as for `write.registers`.

    It comes without a record of the truth, so that the book treats its records as private, like real ones. Raises
    EnclaveError for the source `licensed` and for a folder that is not empty.
    """
    folder = paths.registers(source)
    if source == sources.LICENSED or (folder.is_dir() and any(folder.iterdir())):
        raise EnclaveError(f"{folder} cannot take this delivery. Choose a name that is not in use.")
    write(compose(read(Path(counts)), firms, seed), folder)


def write(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write six tables (columns and types of the schema) as a commercial delivery."""
    firms = _firms(tables["firms"], tables["industries"])
    half = len(firms) // 2
    marked = firms[:half].assign(统一社会信用代码="\t" + firms["统一社会信用代码"][:half])
    _text(marked, folder / "企业_1.csv", "gb18030")
    _text(firms[half:], folder / "企业_2.csv", "utf-8-sig")
    _text(_stakes(tables["shareholders"]), folder / "股东.csv", "gb18030")
    _text(_branches(tables["branches"]), folder / "分支机构.csv", "gb18030")
    late = tables["land"]["signed_on"].dt.year >= NEW_LAND
    _text(_old_plots(tables["land"][~late]), folder / "供地_旧.txt", "utf-8", "\t")
    _text(_new_plots(tables["land"][late]), folder / "供地_新.csv", "utf-8")
    for year, figures in tables["yearbook"].groupby("year"):
        _printed(figures, folder / "年鉴" / f"{year + 1}.xlsx")
    _text(pd.DataFrame({"文件": ["企业_1.csv"], "说明": ["工商登记"]}), folder / NOTES, "utf-8")


def _text(frame: pd.DataFrame, path: Path, encoding: str, delimiter: str = ",") -> None:
    content = frame.to_csv(index=False, sep=delimiter, lineterminator="\r\n").encode(encoding)
    files.write_atomically(path, lambda file: file.write_bytes(content))


def _codes(identifiers: pd.Series) -> pd.Series:
    """Identifiers as social credit codes of 18 characters; missing ones are gaps."""
    digits = identifiers.str[1:]
    place = identifiers.str[:1].map({"G": "914400", "B": "914401", "X": "911100"})
    return (place + "00" + digits + "X").fillna(GAP)


def _firms(firms: pd.DataFrame, dictionary: pd.DataFrame) -> pd.DataFrame:
    rows = np.arange(len(firms))
    dates = firms["established"].dt.strftime("%Y/%m/%d").str.replace("/0", "/")
    return pd.DataFrame(
        {
            "企业名称": firms["name"],
            "统一社会信用代码": _codes(firms["firm_id"]),
            "经营状态": np.where(rows % 5 > 0, "存续", "注销"),
            "注册资本": [f"{10 * (1 + row % 97)}万元人民币" for row in rows],
            "成立日期": dates.fillna(GAP),
            "所属省份": firms["province"].fillna(GAP),
            "所属城市": firms["city"].fillna(GAP),
            "国民经济行业代码": firms["industry_id"].map(_of_one_vintage(dictionary)).fillna(GAP),
        }
    )


def _of_one_vintage(dictionary: pd.DataFrame) -> dict[str, str]:
    """A code of one vintage for each entry of the dictionary, in manufacturing if the entry is."""
    known = facts.industries()
    section = {(str(row.standard), row.division): row.section for row in known.itertuples()}
    bare = dictionary["code"].str.extract("([0-9]+)")[0]
    keys = zip(dictionary["standard"].astype(str), bare.str[:2], strict=True)
    letters = pd.Series([section[key] for key in keys], index=dictionary.index)
    codes = letters + bare
    made = letters == MANUFACTURING
    found = {}
    for kind in (made, ~made):
        here = codes[kind & (dictionary["standard"] == STANDARD)].tolist()
        for place, (key, standard, code) in enumerate(
            zip(dictionary["industry_id"][kind], dictionary["standard"][kind], codes[kind], strict=True)
        ):
            found[key] = code if standard == STANDARD else here[place % len(here)]
    return found


def _stakes(stakes: pd.DataFrame) -> pd.DataFrame:
    paid = stakes["invested_on"]
    due = paid.dt.year.add(DUE).astype("Int64").astype("str") + paid.dt.strftime("-%m-%d")
    is_person = stakes["shareholder_type"] == "自然人"
    share = [f"{1 + row % 99}%" for row in range(len(stakes))]
    return pd.DataFrame(
        {
            "企业统一社会信用代码": _codes(stakes["firm_id"]),
            "股东名称": stakes["shareholder_name"],
            "股东类型": stakes["shareholder_type"].map(TYPES),
            "股东统一社会信用代码": _codes(stakes["shareholder_id"].mask(is_person)),
            "持股比例": share,
            "认缴出资日期": due.mask(paid.isna(), GAP),
            "实缴出资日期": paid.dt.strftime("%Y-%m-%d").fillna(GAP),
        }
    )


def _branches(branches: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "分支机构名称": branches["name"],
            "分支机构统一社会信用代码": _codes(branches["branch_id"]),
            "所属省份": branches["province"].fillna(GAP),
            "所属城市": branches["city"].fillna(GAP),
            "成立日期": branches["established"].dt.strftime("%Y-%m-%d").fillna(GAP),
            "总公司名称": branches["parent_name"].fillna(GAP),
            "总公司统一社会信用代码": _codes(branches["parent_id"]),
        }
    )


def _old_plots(plots: pd.DataFrame) -> pd.DataFrame:
    """The old website: headers with a colon, hectares, days in Chinese."""
    days = plots["signed_on"].dt
    written = days.year.astype(str) + "年" + days.month.astype(str) + "月" + days.day.astype(str) + "日"
    return pd.DataFrame(
        {
            "行政区:": plots["district"].fillna(""),
            "县代码:": plots["county_code"].fillna(""),
            "电子监管号:": plots["supervision_number"],
            "项目位置:": plots["location"].fillna(""),
            "面积(公顷):": plots["area_ha"].map(repr),
            "土地用途:": plots["land_use"],
            "供地方式:": plots["supply_mode"],
            "合同签订日期:": written,
        }
    )


def _new_plots(plots: pd.DataFrame) -> pd.DataFrame:
    """The new website: headers in pinyin, square metres, milliseconds."""
    clock = plots["signed_on"].dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC").dt.tz_localize(None)
    industrial = plots.loc[plots["land_use"] == INDUSTRIAL, "supervision_number"].drop_duplicates()[::EVERY]
    is_new = (plots["land_use"] == INDUSTRIAL) & plots["supervision_number"].isin(industrial)
    uses = plots["land_use"].mask(is_new, NEW_USE)
    return pd.DataFrame(
        {
            "xzqDm": plots["county_code"].fillna(""),
            "xzqFullName": plots["district"].fillna(""),
            "dzBaBh": plots["supervision_number"],
            "tdZl": plots["location"].fillna(""),
            "tdYt": uses,
            "gyFs": plots["supply_mode"],
            "mj": (plots["area_ha"] * 10_000).round(1).map(repr),
            "qdRq": clock.astype("datetime64[ms]").astype("int64"),
        }
    )


def _printed(figures: pd.DataFrame, path: Path) -> None:
    """The workbook of an edition: title, two rows of headers, country and province, cities, a note."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(["2-1 人口与财政（全市）"])
    sheet.append(["城 市", *(name for name, _ in FIGURES.values())])
    sheet.append([None, *(unit for _, unit in FIGURES.values())])
    whole = figures[list(FIGURES)].sum()
    for name, factor in (("全 国", 10), ("广 东 省", 1)):
        sheet.append([name, *(_grouped(value * factor) for value in whole)])
    for city, *values in figures[["city", *FIGURES]].itertuples(index=False):
        sheet.append([city, *map(_grouped, values)])
    sheet.append(["注：本表为全市数字。"])
    files.write_atomically(path, book.save)


def _grouped(value: float) -> str | None:
    """A number with commas between thousands, as it is printed."""
    return None if pd.isna(value) else f"{value:,}".removesuffix(".0")
