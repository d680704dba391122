"""Which key of the map mends a problem in the records, as a sentence for the end of a message."""

from enclave.base import paths
from enclave_registers.intake.delivery.map_cells import PLOT_NUMBER
from enclave_registers.schema import TABLES

NO_RECORDS = " Rows that are no records, such as headers that are repeated: drop_rows, or stop_at for all below."
DATES = f"Dates in other spellings, numbers of days and years alone: give date_format, {{column}}.{NO_RECORDS}"
NUMBERS = (
    "Signs between thousands, signs of footnotes and codes for no value: give thousands, footnotes or values, {column}."
    f"{NO_RECORDS}"
)
PLACES = "Another code for a place, or one that means no city: give values, {column}."
OTHER_PLACES = (
    " Rows of the province or the country, and headers that are repeated: drop_rows, {column}. Signs of footnotes: "
    "footnotes."
)
EMPTY = 'Records without it can be left out by drop_rows: {{{column}: ""}}.'
REPEATED = " An empty cell that means the one above: fill_down."
NUMBERED = " Plots without a number: number_plots."
WORDS_FOR_YEARS = "A name in place of the year: give values, {column}."
OF_PROBLEM = {
    "is not a date": DATES,
    "is in an impossible year": "A code for no date: give values, {column}.",
    "is not a number": NUMBERS,
    "is not a whole number": NUMBERS,
    "is not a year": f"The year in the name of the file: give year_from_file.{NO_RECORDS}",
    "is not greater than 0": "A code for no value: give values, {column}.",
    "is negative": "A code for no value: give values, {column}.",
    "is not allowed here": "Or translate the code in {map}, under values, {column}, or leave the row out by drop_rows.",
    "is not a six-digit code": "Another code: give values, {column}.",
    "is an unknown city code": PLACES,
    "is an unknown city": PLACES,
}


def in_map(table: str, column: str | None, problem: str) -> str:
    """The sentence with a space before it, or an empty text if no key of the map mends the problem."""
    if column not in TABLES[table].columns:
        return ""
    sentence = OF_PROBLEM.get(problem, EMPTY if problem == "the cell is empty" else "")
    if sentence == PLACES and table == "yearbook":
        sentence += OTHER_PLACES
    if sentence == EMPTY:
        sentence += NUMBERED if column == PLOT_NUMBER else REPEATED if column == "city" else ""
    if problem == "is not a year" and table != "yearbook":
        sentence = WORDS_FOR_YEARS
    if not sentence:
        return ""
    filled = sentence.format(column=column, map=paths.DELIVERY_MAP)
    return (
        f" {filled}"
        if "{map}" in sentence
        else f" In {paths.DELIVERY_MAP}, under {table}: {filled[0].lower()}{filled[1:]}"
    )
