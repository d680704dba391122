"""Headers that name a part of what their column means, or something else: the check tells them and what to do.

A map may give any header for a column. A header such as 固定电话用户数 is not refused, since it may be wrong. No panel
shows that its column was a part, so the check prints a line.
"""

import re
from dataclasses import dataclass

from enclave.base import paths
from enclave_registers.intake.delivery import patterns
from enclave_registers.intake.values.problems import Reading
from enclave_registers.schema import TABLES, metadata


@dataclass(frozen=True)
class Part:
    """Words in a header that name a part of a column.

    words : the header has one of them
    unless : and none of these
    named, means : what the header names, and what the column means
    is_summand : whether the other parts can be added
    """

    words: str
    unless: str
    named: str
    means: str
    is_summand: bool = True


FIXED, MOBILE = "固定|固话|fixed|landline", "移动|手机|mobile|cell"
TELEPHONES = "fixed and mobile ones together"
FREIGHT = {"公路|road": "road", "铁路|rail": "railway", "水运|水路|waterway": "ship", "民航|航空": "air"}
DISTRICTS = Part("市辖区|市区", "全市", "the urban districts alone", "the whole city", is_summand=False)
OF_THE_WHOLE_CITY = [name for name, column in TABLES["yearbook"].columns.items() if metadata(column).get("unit")]
PARTS: dict[str, list[Part]] = {
    "population_10k": [
        Part("常住", "户籍", "residents", "registered population (户籍人口)", is_summand=False),
        Part("非农|农业人口|城镇|男|女", "总", "a part of the population", "all of it", is_summand=False),
    ],
    "revenue_10k_yuan": [Part("税收|基金|预算外", "非税", "a part of the revenue", "all of it", is_summand=False)],
    "expenditure_10k_yuan": [
        Part("教育|科学|科技|社会保障|基金|预算外", "", "a part of the expenditure", "all of it", is_summand=False)
    ],
    "phones_10k": [
        Part(FIXED, MOBILE, "fixed telephones alone", TELEPHONES),
        Part(MOBILE, FIXED, "mobile telephones alone", TELEPHONES),
    ],
    "freight_10k_tonnes": [
        Part(words, "|".join(other for other in FREIGHT if other != words), f"freight by {by} alone", "all freight")
        for words, by in FREIGHT.items()
    ],
}


def of_header(column: str, header: str) -> Part | None:
    """The part of a column of the yearbook that a header names, or None if it names the whole."""
    parts = [*PARTS.get(column, []), *([DISTRICTS] if column in OF_THE_WHOLE_CITY else [])]
    return next((part for part in parts if _has(part.words, header) and not _has(part.unless, header)), None)


def note(reading: Reading, records: int) -> None:
    """Count the cells under headers that mean something else than their column."""
    for column, header in reading.used.headers.items():
        if column not in reading.schema.columns:
            continue
        others = metadata(reading.schema.columns[column]).get("other", {})
        other = next((meaning for name, meaning in others.items() if name in patterns.plain(header)), None)
        part = of_header(column, header) if reading.table == "yearbook" else None
        told = f"which {other}" if other else _told(reading, column, part) if part else ""
        if told:
            reading.adjustments.add(column, f'under the header "{header.strip()}", {told}', records)


def _told(reading: Reading, column: str, part: Part) -> str:
    told = f"which names {part.named}, while the column means {part.means}"
    return f"{told}. {_remedy(reading, column)}" if part.is_summand else told


def _remedy(reading: Reading, column: str) -> str:
    """The line of the map that adds the parts: the headers of the file that name one, or the key alone."""
    parts = [header.strip() for header in reading.used.beside if _is_summand(column, header)]
    if len(parts) < 2:
        return f"If another column has the rest, add it in {paths.DELIVERY_MAP}, under yearbook: `sums`"
    listed = ", ".join(f'"{header}"' for header in parts)
    return f"In {paths.DELIVERY_MAP}, under yearbook, instead of columns: `sums: {{{column}: [{listed}]}}`"


def _is_summand(column: str, header: str) -> bool:
    part = of_header(column, header)
    words = {"phones_10k": "电话|用户|phone|user", "freight_10k_tonnes": "货|freight"}[column]
    return part is not None and part.is_summand and _has(words, header)


def _has(words: str, header: str) -> bool:
    return bool(words) and re.search(words, header, re.IGNORECASE) is not None
