"""Panels for other programs: each reads the same numbers, Stata has labels, and licensed panels are not offered."""

import io
import zipfile

import pandas as pd
import pytest

from enclave.base import paths, sources
from enclave.exhibits import figure_2
from enclave_book.pages import class_data
from enclave_book.pages.class_data import OFFERED

DRAWN = pd.DataFrame({"draw": [1, 2], "helper": "440101", "recipient": "440102", "year": [2004, 2011]})


@pytest.fixture
def made(build_folder, monkeypatch):
    """Small panels of every kind, written for other programs."""
    monkeypatch.setattr(sources, "kind", lambda source: sources.SYNTHETIC)
    monkeypatch.setattr(figure_2, "treatments", lambda data: DRAWN)
    folder = paths.panels("twin")
    folder.mkdir(parents=True)
    for panel in OFFERED:
        values = {
            column.name: [_value(column, 1), None if column.gaps else _value(column, 2)] for column in panel.columns
        }
        pd.DataFrame(values).to_parquet(folder / panel.name)
    class_data.write("twin")
    return paths.class_data("twin")


def _value(column, number):
    return {"text": f"44010{number}", "whole number": number, "number": number / 2, "true or false": True}[column.kind]


def test_csv_stata_and_parquet_hold_the_same_numbers(made):
    for panel in OFFERED:
        kinds = {column.name: str for column in panel.columns if column.kind == "text"}
        csv = pd.read_csv(made / f"{panel.stem}.csv", dtype=kinds)
        dta = pd.read_stata(made / f"{panel.stem}.dta")
        dta = dta.mask(dta == "")
        parquet = pd.read_parquet(made / f"{panel.stem}.parquet")
        assert list(csv) == list(dta) == list(parquet) == panel.headers
        for name in panel.headers:
            column = parquet[name].astype(object).where(parquet[name].notna(), None).tolist()
            for other in (csv, dta):
                assert other[name].astype(object).where(other[name].notna(), None).tolist() == column


def test_stata_has_labels_with_units(made):
    with pd.read_stata(made / "pairs.dta", iterator=True) as reader:
        assert reader.variable_labels()["dist_boundary_km"] == "Between the boundaries of the two cities (km)"
        assert reader.data_label == "Pairs"


def test_the_codebook_has_every_column_of_every_panel(made):
    book = pd.read_csv(made / "codebook.csv")
    expected = [(panel.stem, name) for panel in [*OFFERED, class_data.DRAWS] for name in panel.headers]
    assert list(zip(book["panel"], book["column"], strict=True)) == expected
    assert book["what"].notna().all()


def test_one_archive_for_a_class_holds_all_and_is_the_same_each_time(made):
    archive = made / "enclave_panels_synthetic.zip"
    first = archive.read_bytes()
    names = set(zipfile.ZipFile(io.BytesIO(first)).namelist())
    assert names == {file.relative_to(made).as_posix() for file in made.rglob("*.*")} - {archive.name}
    assert {"placebo_draws.dta", "r/common.R", "stata/table_2.do"} <= names
    assert b"Synthetic data" in zipfile.ZipFile(archive).read("README.txt")
    class_data.write("twin")
    assert archive.read_bytes() == first


@pytest.mark.parametrize("kind", [sources.LICENSED, sources.UNKNOWN])
def test_panels_that_may_belong_to_somebody_are_not_offered(build_folder, monkeypatch, kind):
    monkeypatch.setattr(sources, "kind", lambda source: kind)
    class_data.write("licensed")
    assert [file.name for file in paths.class_data("licensed").iterdir()] == [class_data.README]
    assert "no panels" in class_data.page("licensed")
