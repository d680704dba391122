"""Days from text and from instants, by the clock of China.

A day of China that a program stores as an instant in UTC begins at 16:00 of the day before (at 15:00 in the summers of
1986 to 1991). Such an instant is brought back to its day if that is certain: if it says that it is in UTC, or if all
cells of a column are such instants. If days and such instants are mixed, the cells are wrong.
"""

from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as arrow
from pyarrow import compute

CHINA = "Asia/Shanghai"
DATE = (
    r"^(?:(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?:\.0+)?"
    r"|(?P<y1>[0-9]{4})(?:-(?P<m1>[0-9]{1,2})-(?P<d1>[0-9]{1,2})|/(?P<m2>[0-9]{1,2})/(?P<d2>[0-9]{1,2})"
    r"|年(?P<m3>[0-9]{1,2})月(?P<d3>[0-9]{1,2})日))"
    r"(?:[ T](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
    r" ?(?P<zone>Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?)?)?$"
)
# white space, and what a spreadsheet or an export puts around a date
AROUND = "= \t\r\n\v\f\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff'\"`‘’“”"
# the share of instants at midnight in China from which a column of local times is doubtful
DOUBTFUL = 0.1
# an instant out of this span has no day that we could use, and its conversion may overflow
SPAN = (pd.Timestamp("1890-01-01"), pd.Timestamp("2200-01-01"))


@dataclass(frozen=True)
class Days:
    """Days without a time, NaT for none.

    `unclear` marks cells that may be days or instants, `moved` counts the instants whose day is another in China, and
    `timed` those with a time of day but no zone, whose day is taken as it is written.
    """

    values: pd.Series
    unclear: pd.Series
    moved: int
    timed: int = 0


def of_text(text: pd.Series) -> tuple[Days, pd.Series]:
    """The days of a text column, and a mask of the cells that are no date."""
    codes, distinct = pd.factorize(text)
    moments, changed = _parsed(pd.Series(distinct, dtype="str"))
    placed = pd.Series(moments.reindex(range(len(moments) + 1)).array[codes], index=text.index)
    days = _days(placed)
    moved = int(changed.to_numpy()[codes[codes >= 0]].sum())
    return replace(days, moved=days.moved + moved), text.notna() & placed.isna()


def of_instants(cells: pd.Series) -> Days:
    """The days of a column of dates with or without time, with or without a time zone."""
    if cells.dt.tz is None:
        return _days(cells.astype("datetime64[s]"))
    utc = cells.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[s]")
    days = _by_value(utc, _in_china).dt.floor("D")
    return Days(days, pd.Series(False, index=cells.index), int((days != utc.dt.floor("D"))[utc.notna()].sum()))


def _days(moments: pd.Series) -> Days:
    """Moments without a zone are local times, except where all of them are midnights in China by the clock of UTC."""
    days, none = moments.dt.floor("D"), pd.Series(False, index=moments.index)
    timed = moments.notna() & (moments != days)
    if not timed.any():
        return Days(days, none, 0)
    local = _by_value(moments, _in_china)
    shifted = timed & (local == local.dt.floor("D"))
    count, given = int(shifted.sum()), int(moments.notna().sum())
    if count == given:
        return Days(local.dt.floor("D"), none, count)
    is_mixed = count > 0 and ((shifted == timed).all() or count > DOUBTFUL * given)
    return Days(days.mask(shifted), shifted, 0) if is_mixed else Days(days, none, 0, int(timed.sum()))


def _in_china(utc: pd.Series) -> pd.Series:
    """The clock of China at instants in UTC."""
    inside = utc.between(*SPAN)
    local = utc.where(inside).dt.tz_localize("UTC").dt.tz_convert(CHINA).dt.tz_localize(None)
    return local.astype("datetime64[s]").where(inside, utc)


def _by_value(moments: pd.Series, function) -> pd.Series:
    """The function of each moment, computed once for each different one."""
    codes, distinct = pd.factorize(moments)
    results = function(pd.Series(distinct, dtype="datetime64[s]"))
    return pd.Series(results.reindex(range(len(results) + 1)).array[codes], index=moments.index)


def _parsed(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The moment of each text by the clock of China, NaT where it is no date, and whether its zone changed its day."""
    whole = arrow.array(text.str.strip(AROUND).to_numpy(), arrow.large_string(), from_pandas=True)
    found = compute.extract_regex(whole, DATE)
    year, month, day = (
        _either(found, names) for names in (["y", "y1"], ["m", "m1", "m2", "m3"], ["d", "d1", "d2", "d3"])
    )
    month, day = (compute.utf8_lpad(number, 2, "0") for number in (month, day))
    iso = compute.binary_join_element_wise(year, month, day, arrow.scalar("-", arrow.large_string())).to_pandas()
    moments = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
    hours, minutes, seconds = (_number(found.field(name)) for name in ("hour", "minute", "second"))
    if hours.any():
        moments += pd.to_timedelta((hours % 24 * 60 + minutes) * 60 + seconds, unit="s").astype("timedelta64[s]")
    zone = found.field("zone").to_pandas().fillna("").astype("str")
    written = moments.dt.floor("D")
    if (zone != "").any():
        moments = moments.mask(zone != "", _in_china(moments - zone.map(_offset).astype("timedelta64[s]")))
    return moments, moments.notna() & (moments.dt.floor("D") != written)


def _offset(zone: str) -> pd.Timedelta:
    """What a zone such as +08:00 is ahead of UTC."""
    if zone in ("", "Z", "UTC", "GMT"):
        return pd.Timedelta(0)
    ahead = pd.Timedelta(hours=int(zone[1:3]), minutes=int(zone[3:].removeprefix(":") or 0))
    return -ahead if zone[0] == "-" else ahead


def _number(digits: arrow.Array) -> pd.Series:
    return pd.to_numeric(digits.to_pandas().replace("", None)).fillna(0).astype("int64")


def _either(found: arrow.StructArray, names: list[str]) -> arrow.Array:
    """The text of the one group that matched; the others are empty."""
    return compute.binary_join_element_wise(
        *(found.field(name) for name in names), arrow.scalar("", arrow.large_string())
    )
