"""All panels of one source in one object, which every exhibit takes."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from enclave.base import paths, sources
from enclave.base.arguments import offered, refuse_unknown
from enclave.base.errors import EnclaveError, command
from enclave.panels.columns import FILES

NAMES = [name for name, file in FILES.items() if file.name.endswith(".parquet")]


class NoSuchPanelError(EnclaveError, AttributeError):
    """A panel that does not exist was asked for as an attribute."""


@dataclass(frozen=True)
class Panels:
    """The panels of one source. Each is read when it is first used, and then kept.

    `panels.land` and `panels["land"]` are the same frame. Exhibits share these frames and do not change them. The
    codebook lists the columns.

    Parameters
    ----------
    source : name of the source; every panel carries it as `attrs["source"]`
    read : function from the name of a panel to its frame. A dictionary of frames gives one: `frames.__getitem__`
    """

    source: str
    read: Callable[[str], pd.DataFrame]
    _kept: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._kept:
            self._kept[name] = self.read(name)
        return self._kept[name]

    def __getattr__(self, name: str) -> pd.DataFrame:
        # Python looks for names of its own in this way, when it copies an object
        if name.startswith("_"):
            raise AttributeError(name)
        raise NoSuchPanelError(f"There is no panel {name!r}. {offered(name, NAMES)}")

    @property
    def manufacturing(self) -> pd.DataFrame:
        """Links in manufacturing: helper, recipient, year, count, cohort (missing = never treated)."""
        return self["manufacturing"]

    @property
    def all_industry(self) -> pd.DataFrame:
        """Links in all industries, with the columns of `manufacturing`."""
        return self["all_industry"]

    @property
    def branches(self) -> pd.DataFrame:
        """Branches, with the columns of `manufacturing`."""
        return self["branches"]

    @property
    def network(self) -> pd.DataFrame:
        """Manufacturing links between all 21 cities: investor, investee, year, count."""
        return self["network"]

    @property
    def pairs(self) -> pd.DataFrame:
        """The 108 pairs: helper, recipient, cohort, park, and four distances in km."""
        return self["pairs"]

    @property
    def yearbook(self) -> pd.DataFrame:
        """The five control variables: recipient, year, and one column for each."""
        return self["yearbook"]

    @property
    def land(self) -> pd.DataFrame:
        """Industrial land granted: county, park (1 inside, 0 outside), year, area_ha, log_area."""
        return self["land"]

    @property
    def land_elsewhere(self) -> pd.DataFrame:
        """Industrial land granted in counties without a park: county, year, area_ha."""
        return self["land_elsewhere"]

    @property
    def alternatives(self) -> pd.DataFrame:
        """Manufacturing links under each reading of the registers: reading, helper, recipient, year, count."""
        return self["alternatives"]


def read(name: str, source: str) -> pd.DataFrame:
    """A panel of `source`. Its `attrs["source"]` holds the source, and the labels of tables and figures use it.

    Raises EnclaveError for an unknown panel or source, or if the panel has not been built. Another source is never read
    instead.
    """
    refuse_unknown("panel", name, NAMES)
    path = paths.panels(source) / f"{name}.parquet"
    if not path.exists():
        sources.refuse_missing(source)
        raise EnclaveError(f"No panel {name!r} of source {source!r}. Run {command('book', SOURCE=source)} first.")
    panel = pd.read_parquet(path)
    panel.attrs["source"] = source
    return panel


def of(source: str) -> Panels:
    """The panels that the build has written for `source`. Errors as `panels.read`, when a panel is first used."""
    return Panels(source, lambda name: read(name, source))
