"""Whether telephones grow as fixed and mobile ones together do in the country, or as fixed ones alone.

Fixed telephones were most of all in 2000 and few of them in 2018. A column of fixed ones alone therefore falls behind
the country's telephones by a known factor, and its unit looks right in the first years.
"""

import numpy as np
import pandas as pd

from enclave.base import paths
from enclave_registers.understood.lines import Line

ALL, FIXED = "phones_10k", "fixed_phones_10k"
# over fewer years the two kinds of growth are too near to each other
YEARS = 8
PROPOSAL = (
    f"If the column holds fixed telephones alone, add the mobile ones in {paths.DELIVERY_MAP}, under yearbook, by "
    f"their headers: `sums: {{{ALL}: [固定电话, 移动电话]}}`."
)


def growth(times: pd.Series, levels: pd.DataFrame) -> Line:
    """How the telephones of cities grew beside those of the country, and a warning if they grew like fixed ones alone.

    times : the median over cities, as times the level of the country; the index is the year
    levels : levels of the country by year, columns `ALL` and `FIXED`

    The limit is half-way, in logarithms, between no fall and the fall of fixed telephones.
    """
    what = "telephones, growth beside that of the country"
    years = times.index.to_numpy(dtype=float)
    if len(years) < 2 or years[-1] - years[0] < YEARS:
        return Line("yearbook", what, "too few years")
    slope = np.polyfit(years, np.log(times.to_numpy()), 1)[0]
    fall = float(np.exp(slope * (years[-1] - years[0])))
    share = (levels[FIXED] / levels[ALL]).reindex(times.index)
    limit = float(np.sqrt(share.iloc[-1] / share.iloc[0]))
    warning = ""
    if fall < limit:
        warning = (
            f'column "{ALL}": from {times.index[0]} to {times.index[-1]} telephones grew {fall:.2g} times as much as '
            f"in the country, as fixed telephones alone did. The column means fixed and mobile ones. {PROPOSAL}"
        )
    return Line("yearbook", what, f"{fall:.2g} times", f"at least {limit:.2g} times", warning=warning)
