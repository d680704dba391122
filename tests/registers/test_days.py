"""Days from text and instants: midnights in China that are stored in UTC come back to their day, or are refused."""

import pandas as pd
import pyarrow as arrow
import pytest
import samples
from pyarrow import parquet
from samples import of, where

from enclave_registers.intake.values import days

# midnight in China by the clock of UTC: 2005-01-01 and, in a summer with the clock one hour ahead, 1988-07-01
NEW_YEAR, SUMMER = "2004-12-31 16:00:00", "1988-06-30 15:00:00"


def established(folder, values):
    samples.write("firms", folder, frame=samples.FIRMS.assign(established=values))
    return [str(day.date()) if pd.notna(day) else "" for day in samples.read_table("firms", folder)["established"]]


def stored(folder, values, kind):
    """The dates of the four firms as a column of Parquet of the type `kind`."""
    made = arrow.Table.from_pandas(samples.FIRMS.drop(columns="established"), preserve_index=False)
    made = made.append_column("established", arrow.array(pd.to_datetime(pd.Series(values))).cast(kind))
    parquet.write_table(made, folder / "firms.parquet", use_deprecated_int96_timestamps=kind == arrow.timestamp("ns"))
    return [str(day.date()) if pd.notna(day) else "" for day in samples.read_table("firms", folder)["established"]]


def test_text_at_16_00_throughout_is_the_next_day_in_china(tmp_path):
    values = [NEW_YEAR, SUMMER, SUMMER, None]
    assert established(tmp_path, values) == ["2005-01-01", "1988-07-01", "1988-07-01", ""]


@pytest.mark.parametrize("kind", [arrow.timestamp("us", tz="UTC"), arrow.timestamp("us"), arrow.timestamp("ns")])
def test_instants_of_parquet_at_16_00_throughout_are_the_next_day_in_china(kind, tmp_path):
    values = [NEW_YEAR, SUMMER, SUMMER, None]
    assert stored(tmp_path, values, kind) == ["2005-01-01", "1988-07-01", "1988-07-01", ""]


def test_instants_that_name_utc_may_have_any_time_of_day(tmp_path):
    values = ["2004-12-31 15:59:59", NEW_YEAR, NEW_YEAR, "2005-01-01 00:00:00"]
    found = stored(tmp_path, values, arrow.timestamp("us", tz="UTC"))
    assert found == ["2004-12-31", "2005-01-01", "2005-01-01", "2005-01-01"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2004-12-31T16:00:00Z", "2005-01-01"),
        ("2004-12-31T16:00:00.000Z", "2005-01-01"),
        ("2005-01-01T00:00:00+08:00", "2005-01-01"),
        ("2005-01-01T07:30:00+09:00", "2005-01-01"),
        ("2004-12-31 10:00:00-0600", "2005-01-01"),
        ("2005-01-01 00:00:00", "2005-01-01"),
        ("2005-01-01 24:00:00", "2005-01-01"),
        ("2004-12-31 16:00:00 GMT", "2005-01-01"),
        ("2005-01-01 00:00:00+08", "2005-01-01"),
        ("2004-12-31 11:30:00-0430", "2005-01-01"),
        ("2004-12-31 11:30:00-04:30", "2005-01-01"),
    ],
)
def test_a_text_may_name_its_zone(written, day, tmp_path):
    assert established(tmp_path, [written, "2010-12-31", "2010-12-31", None])[0] == day


def test_times_of_day_in_china_belong_to_their_day(tmp_path):
    values = ["2005-03-07 09:31:00", "2010-12-31 23:59:59", "2010-12-31 23:59:59", "2005-03-07 0:00"]
    assert established(tmp_path, values) == ["2005-03-07", "2010-12-31", "2010-12-31", "2005-03-07"]


def test_days_and_instants_in_one_column_are_refused_with_the_rows_that_may_be_either(tmp_path):
    fault = of("firms", tmp_path, established=["2005-01-01", NEW_YEAR, NEW_YEAR, "2005-01-02"])
    assert where(fault) == ("firms.csv", "established", 2, 1)
    assert "may be an instant in UTC" in fault.problem


def test_one_afternoon_at_four_among_many_times_of_day_is_that_day():
    moments = pd.Series(
        pd.date_range("2005-03-07 08:00", periods=39, freq="17min").append(pd.DatetimeIndex([NEW_YEAR]))
    )
    found = days.of_instants(moments.astype("datetime64[us]"))
    assert found.values.iloc[-1] == pd.Timestamp(2004, 12, 31)
    assert not found.unclear.any()
    assert found.moved == 0


def test_a_yearbook_year_that_is_an_instant_in_utc_is_the_year_in_china(tmp_path):
    years = pd.Series(pd.to_datetime(["1999-12-31 16:00", "1999-12-31 16:00"])).astype("datetime64[us]")
    samples.native("yearbook", samples.YEARBOOK).assign(year=years).to_parquet(tmp_path / "yearbook.parquet")
    assert samples.read_table("yearbook", tmp_path)["year"].tolist() == [2000, 2000]


def test_a_date_format_with_a_time_does_not_hide_an_instant(tmp_path):
    samples.write("firms", tmp_path, frame=samples.FIRMS.assign(established="31.12.2004 16:00:00"))
    (tmp_path / "map.yml").write_text('firms: {date_format: "%d.%m.%Y %H:%M:%S"}', encoding="utf-8")
    assert samples.read_table("firms", tmp_path)["established"].eq(pd.Timestamp(2005, 1, 1)).all()


@pytest.mark.parametrize("written", ["1104508800000", "1104508800"])
def test_milliseconds_and_seconds_since_1970_are_named_in_the_message(written, tmp_path):
    fault = of("land", tmp_path, signed_on=["2014-07-08", written])
    assert where(fault) == ("land.csv", "signed_on", 2, 0)
    assert "milliseconds or seconds since 1970" in fault.problem
    assert "8 hours" in fault.remedy


def test_the_last_day_of_databases_survives_int96(tmp_path):
    values = pd.Series(["2004-05-06", "9999-12-31", "9999-12-31", None]).astype("datetime64[us]")
    made = arrow.Table.from_pandas(samples.FIRMS.assign(established=values), preserve_index=False)
    parquet.write_table(made, tmp_path / "firms.parquet", use_deprecated_int96_timestamps=True)
    assert samples.read_table("firms", tmp_path)["established"].isna().tolist() == [False, True, True, True]


@pytest.mark.parametrize(
    "written", ["'2005-01-01", '="2005-01-01"', "\u200b2005/1/1", "2005-01-01\u00a0", "20050101.0"]
)
def test_marks_around_a_date_are_no_part_of_it(written, tmp_path):
    assert established(tmp_path, [written, "2010-12-31", "2010-12-31", None])[0] == "2005-01-01"
