"""Pieces to play with: the page has the panel itself, and the browser computes what our estimators compute."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base import paths, sources
from enclave.estimators import csdid, decomposition, did, network, placebo
from enclave.exhibits import laboratory
from enclave.laboratory import study
from enclave.laboratory.process import Dials
from enclave.panels import targets
from enclave_book.browser import chromium, look
from enclave_book.notebooks import contents
from enclave_book.pages import lab_piece, pieces
from enclave_book.render import pieces_in_page

SCRIPTS = paths.BOOK / "_static" / "pieces"
LARGEST = 8_000
BLOCK = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)
PAGE = """<!DOCTYPE html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>A piece</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>html {{ --pst-color-background: {paper}; --pst-color-text-base: {ink}; background: {paper}; color: {ink};
--pst-color-text-muted: {muted}; --pst-color-border: {muted} }}</style></head>
<body><main><h1>A piece</h1>{piece}</main></body></html>"""
LIGHT = {"theme": "light", "paper": "#fff", "ink": "#222832", "muted": "#48566b"}
DARK = {"theme": "dark", "paper": "#14181e", "ink": "#ced6dd", "muted": "#9ca4af"}
FIELD = """[...document.querySelectorAll('.piece-live label')]
    .find(one => one.textContent.startsWith({words})).querySelector('input, select')"""
TYPE = "(() => {{ const field = {field}; field.value = {value}; field.dispatchEvent(new Event('input')); return 0 }})()"
PRESS = "[...document.querySelectorAll('.piece button')].find(one => one.textContent == {words}).click()"
STATE = "document.querySelector('.piece').state"
SAID = "document.querySelector('.piece [aria-live]').textContent"
ROWS = "[...document.querySelectorAll('.piece tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))"


@pytest.fixture(scope="module")
def data():
    return targets.of("twin")


@pytest.fixture(scope="module")
def html(data):
    return {name: pieces.html(name, data) for name in pieces.WORDS}


def block(html):
    return json.loads(BLOCK.search(html)[1])


@pytest.mark.parametrize("name", ["bacon", "counts", "placebo"])
def test_the_page_has_the_counts_and_first_years_of_the_panel(data, html, name):
    found = block(html[name])
    names = facts.with_names(data.manufacturing)
    panel = data.manufacturing.assign(pair=names["helper"] + "–" + names["recipient"])
    for pair, first, counts in zip(found["pairs"], found["first"], found["counts"], strict=True):
        rows = panel[panel["pair"] == pair].sort_values("year")
        assert rows["year"].tolist() == found["years"]
        assert rows["count"].tolist() == counts
        cohort = rows["cohort"].iloc[0]
        assert first == (len(found["years"]) if pd.isna(cohort) else found["years"].index(cohort))
    assert len(found["pairs"]) == panel["pair"].nunique()


def test_the_page_has_the_counts_of_the_network(data, html):
    found = block(html["network"])
    codes = facts.city_codes()
    assert found["cities"] == facts.city_names("en")[codes].tolist()
    total = 0
    for year, counts in zip(found["years"], found["counts"], strict=True):
        matrix = np.array(counts).reshape(len(codes), len(codes))
        for investor, investee, count in data.network.loc[
            data.network["year"] == year, ["investor", "investee", "count"]
        ].itertuples(index=False):
            assert matrix[codes.index(investor), codes.index(investee)] == count
        total += matrix.sum()
    assert total == data.network["count"].sum()


def test_the_page_has_every_cell_of_the_committed_study(html):
    found, made = block(html["laboratory"]), study.results()
    assert len(found["cells"]) == len(study.cells())
    for places, dials in lab_piece.asked().items():
        cell, rows = found["cells"]["_".join(map(str, places))], laboratory.cell(made, dials)
        measures = ["bias", "sd", "rejects_truth", "rejects_zero"]
        assert cell["results"] == rows[measures].to_numpy().tolist()
        assert cell["truth"] == rows["truth"].iloc[0]
        chosen = [dial["options"][place] for dial, place in zip(found["dials"], places, strict=True)]
        assert chosen[:3] == [str(dials.treated), f"{dials.serial:g}", f"{dials.drift:g}"]
    assert "Invented on this page" in html["laboratory"]


def test_without_scripts_each_piece_has_a_picture_a_table_and_a_sentence(html):
    for name, text in html.items():
        still = text.partition('<div class="piece-still">')[2].partition("<script")[0]
        assert "<noscript>" in still, name
        assert 'role="img"' in still, name
        assert still.count("<tr>") > 2, name
        assert "\n\n" not in text, "an empty line ends HTML in Markdown"


def test_the_table_of_doubled_links_has_the_numbers_of_two_other_calls(data):
    made = pieces.doubled(data)
    panel = data.manufacturing
    assert made["pair"].iloc[0] == "no pair"
    assert made["twfe"].iloc[0] == pytest.approx(did.twfe(panel, "count")["estimate"].item())
    names = facts.with_names(panel)
    own = (names["helper"] + "–" + names["recipient"] == made["pair"].iloc[1]) & (panel["year"] >= panel["cohort"])
    changed = panel.assign(count=panel["count"].where(~own.fillna(False).astype(bool), 2 * panel["count"]))
    assert made["twfe"].iloc[1] == pytest.approx(did.twfe(changed, "count")["estimate"].item())
    assert made["simple"].iloc[1] == pytest.approx(csdid.aggregate(changed, "count").loc["simple", "estimate"])


def test_each_piece_has_one_place_and_its_page_loads_what_they_share_once(data, monkeypatch):
    kept = [name for notebook in contents.every() for name in pieces_in_page.kept(notebook)]
    assert sorted(kept) == sorted(pieces.WORDS)
    monkeypatch.setattr(pieces_in_page.panels, "of", lambda source: data)
    cells = [{"cell_type": "markdown", "source": f"Text\n\n<!-- piece: {name} -->"} for name in ("bacon", "counts")]
    made = json.loads(pieces_in_page.page(json.dumps({"cells": cells}), "twin"))["cells"]
    assert [cell["source"].count("pieces.js") for cell in made] == [1, 0]


@pytest.mark.parametrize("kind", [sources.LICENSED, sources.UNKNOWN])
def test_a_panel_that_may_belong_to_somebody_stands_in_no_page(monkeypatch, kind):
    monkeypatch.setattr(sources, "kind", lambda source: kind)
    cells = [{"cell_type": "markdown", "source": text} for text in ("Before", "Text\n\n<!-- piece: bacon -->")]
    made = json.loads(pieces_in_page.page(json.dumps({"cells": cells}), "licensed"))["cells"]
    assert [cell["source"] for cell in made] == ["Before"]


def test_scripts_are_small_and_name_no_other_machine():
    files = sorted(SCRIPTS.iterdir())
    assert {file.stem for file in files if file.suffix == ".js"} == {*pieces.WORDS, "pieces"}
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert len(text.encode()) < LARGEST, file.name
        assert set(re.findall(r"https?://[^\s\"]+", text)) <= {"http://www.w3.org/2000/svg"}, file.name


@pytest.fixture(scope="module")
def browser():
    if chromium.find() is None:
        pytest.skip(f"A browser is not installed on this machine; the weekly job has it. {chromium.REMEDY}")
    with chromium.tab() as tab:
        yield tab


@pytest.fixture
def opened(browser, html, tmp_path):
    """A function that opens a page with one piece from a file, on a phone by day or at a desk at night."""

    def opens(name, *, dark=False):
        shutil.copytree(paths.BOOK / "_static", tmp_path / "_static", dirs_exist_ok=True)
        page = tmp_path / "notebooks" / f"{name}.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text(PAGE.format(**(DARK if dark else LIGHT), piece=html[name]), encoding="utf-8")
        browser.screen(1440 if dark else 390, dark=dark)
        browser.open(page.as_uri())
        return browser

    return opens


def enter(tab, words, value):
    tab.run(TYPE.format(field=FIELD.format(words=json.dumps(words)), value=json.dumps(value)))


def press(tab, words):
    tab.run(PRESS.format(words=json.dumps(words)))


@pytest.mark.slow
def test_moved_years_give_the_comparisons_and_estimates_of_the_package(opened, data, html):
    tab, found = opened("bacon"), block(html["bacon"])
    treated = [unit for unit, first in enumerate(found["first"]) if first < len(found["years"])]
    first = list(found["first"])
    moves = [(None, None), (treated[0], 1), (treated[-1], len(found["years"])), (treated[2], 9), (treated[0], 18)]
    for unit, place in moves:
        if unit is not None:
            enter(tab, "Pair", str(unit))
            enter(tab, "First year", place)
            first[unit] = place
        panel = frame(found, first=first)
        estimate = did.twfe(panel, "count", unit="pair")["estimate"].item()
        kinds = decomposition.by_kind(decomposition.goodman_bacon(panel, "count", unit="pair"))
        assert f"The estimate is {estimate:.3f};" in tab.run(SAID)
        assert tab.run(ROWS) == [
            [kind, str(number), f"{weight:.3f}", f"{mean:.3f}"]
            for kind, number, weight, mean in kinds.itertuples(index=False)
        ]
    press(tab, "All as in the list")
    assert tab.run(STATE)["first"] == found["first"]


@pytest.mark.slow
def test_changed_counts_give_both_estimates_of_the_package(opened, html):
    tab, found = opened("counts"), block(html["counts"])
    counts = [list(row) for row in found["counts"]]
    never = found["first"].index(len(found["years"]))
    treated = next(unit for unit, first in enumerate(found["first"]) if first < len(found["years"]))
    for unit, year, number in [(treated, 2018, 40), (treated, 2001, 7), (never, 2010, 90), (never, 2000, 3)]:
        enter(tab, "Pair", str(unit))
        enter(tab, str(year), number)
        counts[unit][found["years"].index(year)] = number
        panel = frame(found, counts=counts)
        estimate = did.twfe(panel, "count", unit="pair")["estimate"].item()
        simple = csdid.aggregate(panel, "count", unit="pair").loc["simple", "estimate"]
        words = f"Two-way fixed effects: {estimate:.3f}. Callaway and Sant'Anna: {simple:.3f}."
        assert tab.run(SAID) == words
    enter(tab, "Pair", str(treated))
    press(tab, "All as in the panel")
    press(tab, "Double the years with a park")
    park = found["first"][treated]
    doubled = [count * (2 if at >= park else 1) for at, count in enumerate(found["counts"][treated])]
    assert tab.run(STATE)["counts"][treated] == doubled
    enter(tab, "2005", "-4")
    assert tab.run(STATE)["counts"][treated][found["years"].index(2005)] == 0


@pytest.mark.slow
@pytest.mark.parametrize("dates", ["random", "real"])
def test_each_draw_has_the_estimate_that_the_package_gives_its_treatment(opened, html, dates):
    tab, found = opened("placebo"), block(html["placebo"])
    enter(tab, "Years", dates)
    enter(tab, "Seed", 7)
    for _ in range(3):
        press(tab, "Draw 100")
    press(tab, "Draw one")
    state = tab.run(STATE)
    units, first = (np.array([one[key] for one in state["draws"]]) for key in ("units", "first"))
    drawn = np.array([one["value"] for one in state["draws"]])
    wide = np.log1p(np.array(found["counts"], dtype=float))
    np.testing.assert_allclose(drawn, placebo.estimates(wide, units, first), rtol=1e-9, atol=1e-12)
    true = did.twfe(frame(found), "log_count", unit="pair")["estimate"].item()
    assert state["truth"] == pytest.approx(true)
    assert f"so p = {placebo.p_value(drawn, true):.4f}." in tab.run(SAID)
    assert len(drawn) == 301
    assert all(len(set(row)) == len(row) for row in units.tolist())
    real = sorted(one for one in found["first"] if one < len(found["years"]))
    assert first.min() >= 1
    assert (np.sort(first, axis=1) == real).all() == (dates == "real")
    press(tab, "Start again")
    press(tab, "Draw one")
    assert tab.run(STATE)["draws"] == state["draws"][:1]


@pytest.mark.slow
@pytest.mark.parametrize("reading", network.READINGS)
def test_each_threshold_and_year_has_the_density_of_the_package(opened, data, html, reading):
    tab, years = opened("network"), block(html["network"])["years"]
    enter(tab, "An arrow has", reading)
    for threshold, place in [(1, 0), (3, 7), (5, 18), (17, 18)]:
        enter(tab, "Threshold", threshold)
        enter(tab, "Year", place)
        density = network.density(data.network, [threshold], reading=reading)["density"]
        assert f"In {years[place]}, " in tab.run(SAID)
        assert f": density {density.iloc[place]:.3f}." in tab.run(SAID)
        assert [row[2] for row in tab.run(ROWS)] == [f"{value:.3f}" for value in density]


@pytest.mark.slow
def test_chosen_dials_show_the_cell_of_the_study(opened):
    tab, made = opened("laboratory"), study.results()
    asked = [
        ({"Treated pairs": 0, "Drift": 2, "Effect": 0}, Dials(4, effect=0.0, drift=0.1)),
        ({"Treated pairs": 1, "Serial": 2, "Drift": 2, "Effect": 2}, Dials(13, 0.1, 0.1, drift=0.1, serial=0.9)),
        ({"Treated pairs": 2, "One thing more": 5}, Dials(30, 0.1, 0.1, spillover=0.5)),
    ]
    for choices, dials in asked:
        for words, place in choices.items():
            enter(tab, words, place)
        rows = laboratory.cell(made, dials)
        assert f"The true effect is {rows['truth'].iloc[0]:.3f}." in tab.run(SAID)
        shown = [[float(cell) for cell in row[1:]] for row in tab.run(ROWS)]
        wanted = rows[["bias", "sd", "rejects_truth", "rejects_zero"]].to_numpy() * [1, 1, 100, 100]
        np.testing.assert_allclose(shown, wanted, atol=0.051)
    held = "[...document.querySelectorAll('.piece-live select')].map(one => one.disabled)"
    assert tab.run(held) == [False, True, True, True, False]


@pytest.mark.slow
def test_a_slider_moves_by_the_keyboard_and_says_where_it_is(opened):
    tab = opened("network")
    tab.run(FIELD.format(words='"Threshold"') + ".focus()")
    for kind in ("rawKeyDown", "keyUp"):
        tab.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39)
    assert tab.run(FIELD.format(words='"Threshold"') + ".getAttribute('aria-valuetext')") == "2 links"


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", pieces.WORDS)
def test_no_piece_breaks_a_rule_of_accessibility_or_scrolls_a_phone_sideways(opened, name, dark):
    tab = opened(name, dark=dark)
    assert look.axe(tab)["violations"] == []
    assert tab.run("document.documentElement.scrollWidth - innerWidth") <= 0


def frame(found, *, first=None, counts=None):
    """The panel of a page, with other first years or counts."""
    rows = [
        (pair, year, count, found["years"][start] if start < len(found["years"]) else None)
        for pair, start, path in zip(found["pairs"], first or found["first"], counts or found["counts"], strict=True)
        for year, count in zip(found["years"], path, strict=True)
    ]
    return pd.DataFrame(rows, columns=["pair", "year", "count", "cohort"]).astype({"cohort": "Int64"})
