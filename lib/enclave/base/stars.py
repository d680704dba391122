"""Stars of significance, as under the paper's tables."""


def stars(p_value: float) -> str:
    """*** below 1, ** below 5, * below 10 per cent; empty if the p value is missing.

    >>> stars(0.03)
    '**'
    """
    return "*" * sum(p_value < level for level in (0.01, 0.05, 0.10))
