"""What slides and pages of the course say: numbers that are typed, exercises and slides that they name."""

import re

from enclave_book.notebooks import contents
from enclave_book.slides import fields, page

# numbers by which something is called: years, exercises, tables, and what stands in code or formulas
LIST = r"(?:(?:, | and | to |, and )\(?[A-D\d][\d.()]*)*"
NAMED = "[Tt]ables?|[Ff]igures?|[Ss]essions?|[Cc]hapters?|[Cc]olumns?|problem sets?|[Ss]ections?|[Ee]quations?"
NUMBER = r"(?:[A-D]|\d+)\.\d"
EXERCISES = re.compile(rf"\b[Ee]xercises? {NUMBER}{LIST}")
CALLED = re.compile(
    rf"`[^`]*`|\$[^$]*\$|\b(?:19|20)\d\d\b|{EXERCISES.pattern}|\b(?:{NAMED}) [(\d][\d.()]*{LIST}|\bCR\d|\b[A-D]\.\d"
)


def typed(text):
    """Digits in a text that name nothing and that no field fills in."""
    plain = CALLED.sub(" ", page.CITED.sub(" ", fields.FIELD.sub(" ", text)))
    return re.findall(r"\S*\d\S*", plain)


def exercises(text):
    """The numbers of the exercises that a text names, in order."""
    return [number for found in EXERCISES.findall(text) for number in re.findall(NUMBER, found)]


def every_exercise():
    """The numbers of all exercises of the book."""
    found = [cell.text for file in contents.every() for cell in contents.cells(file) if cell.kind == "markdown"]
    return set(re.findall(rf"^#### Exercise ({NUMBER})", "\n".join(found), re.MULTILINE))


def table(text, heading):
    """The rows of the first table below a heading, as lists of cells; without head and rule."""
    below = text.partition(f"\n{heading}")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in below.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]
