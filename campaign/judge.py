"""What became of a mutation: the checks and the panels run in this process, and the outcome is sorted."""

import os
import shutil
import traceback
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import plain_cleaning
import plain_reading

from campaign import evident, messages, registers, touched
from campaign.delivery import lay_out
from campaign.mutation import Mutation
from campaign.outcomes import CRASH, EVIDENT, IGNORED, LATE, MESSAGE, REFUSED, SAME, SILENT, TOLD, UNEXPLAINED, Verdict
from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.facts import treated_pairs
from enclave.panels import pairs
from enclave_registers.cleaning import pipeline
from enclave_registers.intake import cache as intake_cache
from enclave_registers.intake import completeness, validate


@dataclass(frozen=True)
class Base:
    """The sound delivery of a shape after the whole run: what it says, its tables and its panels."""

    source: str
    lines: list[str]
    validated: dict[str, bytes]
    panels: dict[str, pd.DataFrame]
    tables: dict[str, pd.DataFrame]
    cohorts: pd.DataFrame
    plain: dict[str, pd.DataFrame]
    private: set[str]


class _LateError(Exception):
    """An error that the checks did not find."""


def judge(mutation: Mutation) -> Verdict:
    """The outcome of a mutation. Everything is made below `paths.BUILD` and removed at the end."""
    base, source = sound(mutation.shape), f"mutation-{os.getpid()}-{mutation.number}"
    lay_out(mutation.change.files, paths.registers(source))
    _copy_cache(base.source, source)
    try:
        with _kept_caches():
            return _judged(mutation, base, source)
    finally:
        for place in (paths.registers, paths.validated, paths.panels, paths.intake_cache):
            shutil.rmtree(place(source), ignore_errors=True)


def _judged(mutation: Mutation, base: Base, source: str) -> Verdict:
    try:
        lines = _run(source, base)
    except _LateError as error:
        return Verdict(LATE, str(error))
    except EnclaveError as error:
        lacks = messages.fault(str(error), mutation, base.private)
        return Verdict(MESSAGE, lacks) if lacks else Verdict(REFUSED, str(error))
    except Exception:
        return Verdict(CRASH, "".join(traceback.format_exc(limit=-2)).strip())
    panels = base.panels if _same_tables(source, base) else _panels(source)
    return _compared(mutation, base, source, panels, told=lines != base.lines)


def _run(source: str, base: Base | None = None) -> list[str]:
    """Check a source, store its tables and clean them. Returns what the check reports, but the numbers of records.

    Tables that equal those of `base` are not cleaned again: the same tables give the same panels.
    """
    lines = []
    problems = completeness.check(source, lines.append)
    if problems:
        raise EnclaveError("\n".join(problems))
    try:
        validate.store(source)
        if base is None or not _same_tables(source, base):
            pipeline.build(source)
    except EnclaveError as error:
        raise _LateError(str(error)) from error
    return [line for line in lines if " records" not in line]


def _same_tables(source: str, base: Base) -> bool:
    return _validated(source) == base.validated


def _validated(source: str) -> dict[str, bytes]:
    """The tables that the cleaning reads, and the list of treated pairs."""
    found = {path.name: path.read_bytes() for path in paths.validated(source).glob("*.parquet")}
    pairs_of_source = paths.treated(source)
    return found | ({pairs_of_source.name: pairs_of_source.read_bytes()} if pairs_of_source.exists() else {})


def _panels(source: str) -> dict[str, pd.DataFrame]:
    return {name: pd.read_parquet(paths.panels(source) / f"{name}.parquet") for name in touched.KEYS}


def _compared(mutation: Mutation, base: Base, source: str, panels: dict[str, pd.DataFrame], *, told: bool) -> Verdict:
    """The outcome of a mutation that was read, from its panels and those of the plain programs."""
    differing = touched.differing_cells(base.panels, panels)
    cells = dict(sorted(Counter(cell[0] for cell in differing).items()))
    try:
        tables = plain_reading.read(paths.registers(source))
        cohorts = _cohorts(source)
        expected = base.plain if _same(base, tables, cohorts) else _plain_panels(tables, cohorts)
    except (plain_reading.NoReadingError, EnclaveError) as error:
        return Verdict(UNEXPLAINED, f"no plain reading: {error}", cells) if differing else Verdict(SAME)
    other = touched.differing_cells(expected, {name: panels[name] for name in expected})
    if other:
        outcome = UNEXPLAINED if differing else IGNORED
        return Verdict(outcome, f"the plain programs differ in {_listed(other)}", cells)
    if not differing:
        return Verdict(SAME)
    changed = touched.records(base.tables, tables)
    fault = _unexplained(mutation, base, tables, cohorts, differing, changed)
    if fault:
        return Verdict(UNEXPLAINED, fault, cells)
    if told:
        return Verdict(TOLD, "", cells)
    wrong = evident.reason({table: after for table, (_, after) in changed.items()})
    wrong = wrong or (mutation.kind.name if mutation.kind.evident else "")
    return Verdict(EVIDENT if wrong else SILENT, wrong, cells)


def _unexplained(mutation: Mutation, base: Base, tables, cohorts, differing: set[touched.Cell], changed: dict) -> str:
    """Why the records that read otherwise do not explain the cells that differ, or nothing."""
    reach = mutation.kind.reach
    if reach is not None and touched.count(changed) > reach:
        return f"{touched.count(changed)} records read otherwise"
    if not cohorts.equals(base.cohorts):
        return ""
    left = differing - touched.explained(differing, touched.cells(base.tables, tables, cohorts))
    return f"no changed record touches {_listed(left)}" if left else ""


def _same(base: Base, tables: dict[str, pd.DataFrame], cohorts: pd.DataFrame) -> bool:
    """Whether the plain program read the same as in the sound delivery."""
    return all(base.tables[name].equals(table) for name, table in tables.items()) and base.cohorts.equals(cohorts)


def _listed(cells: set[touched.Cell]) -> str:
    return "; ".join(" ".join(cell) for cell in sorted(cells)[:5])


def _plain_panels(tables: dict[str, pd.DataFrame], cohorts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return plain_cleaning.clean_tables(tables, cohorts.drop(columns="park")) | {"pairs": cohorts}


def _cohorts(source: str) -> pd.DataFrame:
    """Pairs of helper and recipient with their cohorts and parks: from the list of the source as read plainly."""
    listed = plain_reading.treated(paths.registers(source))
    every = pairs(treated_pairs.by_rule())[["helper", "recipient", "cohort", "park"]]
    if listed is None:
        return every
    return every.drop(columns=["cohort", "park"]).merge(listed, on=["helper", "recipient"], how="left")


@cache
def sound(shape: str) -> Base:
    """The sound delivery of a shape, run once in this process. Its checked tables are kept for the mutations."""
    source, delivery = f"sound-{shape}-{os.getpid()}", registers.delivery(shape)
    lay_out(delivery.files, paths.registers(source))
    with _kept_caches():
        problems = completeness.check(source)
        if problems:
            raise EnclaveError("\n".join(problems))
        shutil.copytree(paths.intake_cache(source), _kept_cache(source))
        lines = _run(source)
    tables, cohorts = plain_reading.read(paths.registers(source)), _cohorts(source)
    base = Base(
        source,
        lines,
        _validated(source),
        _panels(source),
        tables,
        cohorts,
        _plain_panels(tables, cohorts),
        messages.private_values(tables),
    )
    if touched.differing_cells(base.plain, {name: base.panels[name] for name in base.plain}):
        raise EnclaveError(f"The sound delivery {shape!r} gives other panels than the plain programs.")
    return base


@contextmanager
def _kept_caches() -> Generator[None]:
    """Checks keep their small caches, too, so that what one has read is not read again by the next."""
    former, intake_cache.KEEP_FROM = intake_cache.KEEP_FROM, 0
    try:
        yield
    finally:
        intake_cache.KEEP_FROM = former


def _kept_cache(source: str) -> Path:
    place = paths.intake_cache(source)
    return place.with_name(f"{place.name}-kept")


def _copy_cache(base: str, source: str) -> None:
    """Give a source the checked tables of the sound delivery, so that only what was changed is read again."""
    shutil.copytree(_kept_cache(base), paths.intake_cache(source), copy_function=_link)


def _link(one: str, other: str) -> None:
    """A second name for a file: files of the cache are replaced as a whole and never written into."""
    os.link(one, other)
