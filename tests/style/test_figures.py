"""Figures: the mark of the data, bytes that do not change, the font, and colours that can be told apart."""

import itertools
import warnings

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.colors import to_rgb

from enclave import facts
from enclave.base import paths, sources
from enclave.style import figures, maps

MEANINGS = ["helper", "recipient", "treated", "control"]


def drawn(title="广州 - 清远"):
    fig, ax = figures.canvas()
    ax.plot([1, 2, 3], [-2, 0, 2], label=title)
    ax.legend()
    return figures.finish(fig, "twin")


def texts(fig):
    return [text.get_text() for text in fig.findobj(lambda artist: hasattr(artist, "get_text"))]


def test_the_mark_says_that_the_data_are_synthetic():
    assert "Synthetic data: pipeline check" in texts(drawn())
    assert "Real data" in texts(figures.finish(figures.canvas()[0], "real"))


def test_marking_twice_keeps_the_last_mark_only():
    fig = figures.finish(drawn(), "licensed")
    assert "Licensed data" in texts(fig)
    assert "Synthetic data: pipeline check" not in texts(fig)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_figure_gives_the_same_bytes(kind):
    first = figures.image(drawn(), kind)
    assert figures.image(drawn(), kind) == first
    assert b"202" not in first[:600] if kind == "svg" else first.startswith(b"\x89PNG")


def test_a_drawing_says_in_plain_text_what_its_data_are():
    assert b"<title>Synthetic data: pipeline check</title>" in figures.image(drawn(), "svg")


def test_a_notebook_shows_the_figure_as_the_same_picture():
    assert drawn()._repr_png_() == figures.image(drawn(), "png")


def test_chinese_and_minus_signs_are_drawn_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert figures.image(drawn("深圳 \u00d7 汕尾"), "png") != figures.image(drawn("深圳 \u00d7 河源"), "png")


def test_the_font_holds_every_character_that_a_figure_may_need():
    known = set(TTFont(paths.FONTS / figures.FONT_FILE).getBestCmap())
    missing = {character for character in figures.characters() if ord(character) not in known}
    cjk = sorted(character for character in missing if character >= "\u3000")
    assert not cjk, f"run tools/subset_font.py: {''.join(cjk)}"
    assert set(map(ord, "abcxyz0189-(),.%")) <= known


def test_the_font_is_made_for_the_words_of_maps_labels_and_facts():
    words = [*maps.WORDS["zh"].values(), *sources.DATA_LABELS["zh"].values(), *facts.cities()["name_zh"]]
    assert set("".join(words)) <= figures.characters()


def test_the_font_is_small_and_comes_with_its_licence():
    assert (paths.FONTS / figures.FONT_FILE).stat().st_size < 400_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (paths.FONTS / "OFL.txt").read_text(encoding="utf-8")


PHONE = 342  # pixels that the book leaves for a figure on a screen of 390 pixels, as measured in a browser


def test_no_figure_is_wider_than_a_phone_can_show():
    assert figures.canvas((9, 4))[0].get_size_inches().tolist() == [figures.WIDTH, 4]
    assert figures.canvas((3, 4))[0].get_size_inches().tolist() == [3, 4]


def test_panels_stand_below_each_other():
    fig, axes = figures.canvas((figures.WIDTH, 6), panels=2)
    fig.draw_without_rendering()
    upper, lower = (ax.get_position() for ax in axes)
    assert upper.y0 > lower.y1
    assert upper.x0 == lower.x0


def test_on_a_phone_no_text_is_smaller_than_nine_and_a_half_pixels():
    fig = drawn()
    fig.draw_without_rendering()
    sizes = [
        text.get_fontsize() for text in fig.findobj(lambda artist: hasattr(artist, "get_fontsize")) if text.get_text()
    ]
    assert min(sizes) / 72 * PHONE / fig.get_size_inches()[0] >= 9.5


# Machado, Oliveira and Fernandes (2009), severity 1: what remains of linear RGB without red or green cones.
PROTAN = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
DEUTAN = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
TOLD_APART = 0.15  # distance in the unit cube of linear RGB; grey against blue, the nearest pair, keeps 0.16


@pytest.mark.parametrize("eye", [np.eye(3), np.array(PROTAN), np.array(DEUTAN)], ids=["full", "protan", "deutan"])
def test_the_four_meanings_keep_apart_for_colour_blind_readers(eye):
    seen = {name: eye @ np.array(to_rgb(figures.COLOURS[name])) ** 2.2 for name in MEANINGS}
    nearest = min(np.linalg.norm(seen[a] - seen[b]) for a, b in itertools.combinations(MEANINGS, 2))
    assert nearest > TOLD_APART


def test_an_axis_of_years_has_its_ticks_at_whole_years():
    fig, ax = figures.canvas((4.6, 3.0))
    ax.plot(range(2000, 2019), range(19))
    ax.set(xlabel="Year")
    figures.finish(fig, "invented")
    assert all(float(tick).is_integer() for tick in ax.get_xticks())
