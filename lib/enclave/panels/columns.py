"""The panels of a source, file by file. Registers write these files; estimators and exhibits read them."""

from enclave.base import terms
from enclave.base.columns import NUMBER, TEXT, WHOLE, YEAR, File, columns

HELPER = ("helper", TEXT, "Helper city, GB/T 2260 code")
RECIPIENT = ("recipient", TEXT, "Recipient city, GB/T 2260 code")
COHORT = ("cohort", WHOLE, "First treated year of the pair; missing = never treated", "year", True)
PAIR_YEAR = (*terms.PAIR, "year")


def _pairs(name: str, title: str, what: str) -> File:
    counted = ("count", WHOLE, what, "links" if name != "branches" else "branches")
    return File(f"{name}.parquet", title, "pair and year", PAIR_YEAR, columns(HELPER, RECIPIENT, YEAR, counted, COHORT))


PANELS = (
    _pairs(
        "manufacturing",
        "Links in manufacturing",
        "Stakes of firms of the helper in manufacturing firms of the recipient",
    ),
    _pairs("all_industry", "Links in all industries", "Stakes of firms of the helper in firms of the recipient"),
    _pairs("branches", "Branches", "Branches that firms of the helper opened in the recipient"),
    File(
        "network.parquet",
        "Network of the 21 cities",
        "ordered pair of two cities and year",
        ("investor", "investee", "year"),
        columns(
            ("investor", TEXT, "City of the shareholder, GB/T 2260 code"),
            ("investee", TEXT, "City of the firm invested in, GB/T 2260 code"),
            YEAR,
            ("count", WHOLE, "Stakes in manufacturing firms", "links"),
        ),
    ),
    File(
        "pairs.parquet",
        "Pairs",
        "each of the 108 pairs",
        ("helper", "recipient"),
        columns(
            HELPER,
            RECIPIENT,
            COHORT,
            ("park", TEXT, "Co-built park that treats the pair; missing = never treated", "", True),
            ("dist_boundary_km", NUMBER, "Between the boundaries of the two cities", "km"),
            ("dist_centroid_km", NUMBER, "Between the centroids of the two cities", "km"),
            ("dist_prd_centroid_km", NUMBER, "From the recipient's boundary to the delta's centroid", "km"),
            ("dist_prd_boundary_km", NUMBER, "From the recipient's boundary to the delta's", "km"),
        ),
    ),
    File(
        "yearbook.parquet",
        "Controls",
        "recipient city and year",
        ("recipient", "year"),
        columns(
            RECIPIENT,
            YEAR,
            *[(control, NUMBER, *said) for control, said in terms.CONTROLS_SAID.items()],
        ),
    ),
    File(
        "land.parquet",
        "Industrial land granted",
        "county, inside or outside a park, and year",
        ("county", "park", "year"),
        columns(
            ("county", TEXT, "County, GB/T 2260 code of 2020"),
            ("park", WHOLE, "1 inside a co-built park, 0 outside"),
            YEAR,
            ("area_ha", NUMBER, "Area granted for industry, mining and storage", "hectare"),
            ("log_area", NUMBER, "ln(1 + area)"),
        ),
    ),
    File(
        "land_elsewhere.parquet",
        "Industrial land granted where there is no park",
        "county without a park, and year",
        ("county", "year"),
        columns(
            ("county", TEXT, "County in which no grant names a park, GB/T 2260 code of 2020"),
            YEAR,
            ("area_ha", NUMBER, "Area granted for industry, mining and storage", "hectare"),
        ),
    ),
    File(
        "alternatives.parquet",
        "Manufacturing links under other readings",
        "reading, pair and year",
        ("reading", "helper", "recipient", "year"),
        columns(
            ("reading", TEXT, "Reading of the registers; `ours` is the manufacturing panel"),
            HELPER,
            RECIPIENT,
            YEAR,
            ("count", WHOLE, "Links under this reading", "links"),
        ),
    ),
    File(
        "flow.csv",
        "Flow of the cleaning",
        "cleaning step, in order",
        ("table", "step"),
        columns(
            ("table", TEXT, "Table that the step works on"),
            ("step", TEXT, "Name of the step"),
            ("rows_in", WHOLE, "Rows before it", "rows"),
            ("rows_out", WHOLE, "Rows after it", "rows"),
            ("reason", TEXT, "Why rows go"),
        ),
    ),
)

FILES = {file.stem: file for file in PANELS}
