"""The decks of slides in a browser: printed, one sheet per slide, and measured, so that nothing is cut or too small."""

import io
from pathlib import Path

import pandas as pd
from pypdf import PdfReader

from enclave.base import files, paths
from enclave.base.errors import EnclaveError, command
from enclave_book.browser import chromium
from enclave_book.slides.page import HEIGHT, WIDTH

SHEET = {"preferCSSPageSize": True, "printBackground": True, "generateTaggedPDF": True}
READY = "new Promise(done => Reveal.isReady() ? done(0) : Reveal.on('ready', () => done(0)))"
LAID_OUT = """new Promise(done => { const wait = () => document.querySelectorAll('.pdf-page').length ? done(0)
  : setTimeout(wait, 50); wait(); })"""
# how far the content of each slide goes beyond its place, and its smallest letters; marks of formulas may be smaller
MEASURE = """(() => { const rows = [];
  for (let at = 0; at < Reveal.getTotalSlides(); at++) {
    Reveal.slide(at);
    const slide = Reveal.getCurrentSlide(), body = slide.querySelector(".body").getBoundingClientRect();
    let below = -9999, beside = -9999, smallest = 9999;
    for (const part of slide.querySelectorAll(".body *")) {
      const place = part.getBoundingClientRect();
      if (!place.width || !place.height) continue;
      below = Math.max(below, place.bottom - body.bottom);
      beside = Math.max(beside, place.right - body.right, body.left - place.left);
      const words = [...part.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
      if (words && !part.closest("math")) smallest = Math.min(smallest, parseFloat(getComputedStyle(part).fontSize));
    }
    const broken = [...slide.querySelectorAll("img")].filter(image => !image.naturalWidth).length;
    rows.push({slide: at + 1, title: slide.querySelector("h1, h2").textContent, below, beside, smallest, broken});
  }
  return rows; })()"""


def write(source: str) -> list[Path]:
    """Print each deck of a source into a PDF beside it. Returns the files.

    Raises EnclaveError if there are no decks, if no browser is installed, or if a sheet is missing.
    """
    made = []
    with chromium.tab() as tab:
        for deck in _decks(source):
            tab.open(f"{deck.as_uri()}?print-pdf")
            tab.run(LAID_OUT)
            tab.run(chromium.SETTLED)
            sheets = tab.paper(**SHEET)
            slides = tab.run("document.querySelectorAll('.pdf-page').length")
            if len(PdfReader(io.BytesIO(sheets)).pages) != slides:
                raise EnclaveError(f"{deck.name}: not every slide is a sheet of the PDF. Print it from the browser.")
            files.write_bytes(sheets, deck.with_suffix(".pdf"))
            made.append(deck.with_suffix(".pdf"))
    return made


def measure(source: str) -> pd.DataFrame:
    """One row per deck and slide: deck, slide, title, pixels beyond its place (below, beside), smallest letters.

    `broken` counts pictures that do not show. Raises EnclaveError if there are no decks or no browser.
    """
    found = []
    with chromium.tab() as tab:
        tab.screen(WIDTH, HEIGHT)
        for deck in _decks(source):
            tab.open(deck.as_uri())
            tab.run(READY)
            rows = tab.run(MEASURE)
            found.append(pd.DataFrame(rows).assign(deck=deck.stem))
    return pd.concat(found, ignore_index=True)


def _decks(source: str) -> list[Path]:
    made = sorted(paths.slides(source).glob("*.html"))
    if not made:
        raise EnclaveError(f"There are no slides of {source}. Run {command('slides', SOURCE=source)} first.")
    return made
