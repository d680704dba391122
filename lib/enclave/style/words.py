"""Names of columns and rows in the words of the paper, as readers see them; code and files keep their short names."""

import re

ROWS = {
    "treat": "Treat",
    "treat_x_distance_boundary": "Treat × distance between boundaries",
    "treat_x_distance_centroid": "Treat × distance between centroids",
    "treat_x_distance_prd_centroid": "Treat × distance to the delta's centroid",
    "treat_x_distance_prd_boundary": "Treat × distance to the delta's boundary",
    "treat_x_distance": "Treat × distance",
    "treat_x_log_distance": "Treat × logarithm of distance",
    "same_helper": "Other parks of the helper",
    "same_recipient": "Other parks in the recipient",
    "share_helper": "Other parks of the helper, share of its pairs",
    "share_recipient": "Other parks in the recipient, share of its pairs",
    "same_helper_untreated": "Other parks of the helper, pairs without a park",
    "same_helper_treated": "Other parks of the helper, pairs with a park",
    "same_recipient_untreated": "Other parks in the recipient, pairs without a park",
    "same_recipient_treated": "Other parks in the recipient, pairs with a park",
    "shares_a_city": "Shares a city with a treated pair",
    "parks": "One park more",
    "model": "Whole regression",
    "investments": "Investments",
    "log_investments": "Investments, logarithm",
    "revenue_per_capita": "Revenue per head",
    "expenditure_per_capita": "Expenditure per head",
    "phones_per_resident": "Phones per resident",
    "hospital_beds_per_10k": "Hospital beds per 10,000 residents",
    "freight_10k_tonnes": "Freight, 10,000 tonnes",
    "simple": "Simple average",
    "dynamic_pre_avg": "Average before the park (Pre_avg)",
    "dynamic_post_avg": "Average after the park (Post_avg)",
    "calendar_avg": "Average over calendar years",
    "group_avg": "Average over cohorts",
}
STATISTICS = {
    "estimate": "estimate",
    "std_error": "standard error",
    "n": "observations",
    "r2": "R²",
    "mean": "mean",
    "sd": "standard deviation",
    "conf_low": "lower end of the 95 % interval",
    "conf_high": "upper end of the 95 % interval",
}
HEADS = {
    **{key: ROWS[key] for key in list(ROWS) if key.endswith(("capita", "resident", "10k", "tonnes"))},
    "std_error": "Std. error",
    "p_value": "p value",
    "p": "p",
    "conf_low": "From (95%)",
    "conf_high": "To (95%)",
    "n": "n",
    "df": "Degrees of freedom",
    "r2": "R²",
    "sd": "Std. deviation",
    "std": "Std. deviation",
    "dist_boundary_km": "Boundaries, km",
    "dist_centroid_km": "Centroids, km",
    "dist_prd_centroid_km": "To delta's centroid, km",
    "dist_prd_boundary_km": "To delta's boundary, km",
    "cohort": "First treated year",
    "rows_in": "Rows before",
    "rows_out": "Rows after",
    "year_from": "From year",
    "year_to": "To year",
    "name_zh": "Chinese name",
    "title_en": "Title",
    "park_en": "Park",
    "park_zh": "Park, in Chinese",
    "helper_city": "Helper",
    "recipient_city": "Recipient",
    "n_treated": "Treated",
    "p_exchanges": "p, exchanges",
    # methods of `estimators.compare` are called by these names
    **{method: method for method in ("twfe", "cs_never", "cs_not_yet", "sun_abraham")},
}
CELLS = {
    **{key: name for key, name in ROWS.items() if "_" in key},
    **{key: HEADS[key] for key in HEADS if key.startswith("dist_")},
    "std_error": "standard error",
    "all_industry": "all industries",
    "log_count": "ln(1 + links)",
    "asinh_count": "asinh(links)",
    "any_link": "any link",
    # the public panels
    "castle": "castle doctrine",
    "counties": "minimum wage",
    "medicaid": "Medicaid",
    "carry": "right to carry",
}
# short names in code: small letters, figures and underscores
CODE = re.compile(r"[a-z][a-z0-9_]+")
# heads of several words; symbols such as t, df and ln(y) keep their small letters
PHRASE = re.compile(r"[a-z]{3,}[ ,-].*")


def row(key: str) -> str:
    """The name of a row of a printed table; a key that is not known is given back."""
    return ROWS.get(key, key)


def statistic(key: str) -> str:
    """The name of a printed statistic; a key that is not known is given back."""
    return STATISTICS.get(key, key)


def cell(column: str, value: str) -> str:
    """What a cell says: rows and statistics by their names, and panels, outcomes and distances wherever they stand."""
    if column in {"term", "row"}:
        return row(value)
    return CELLS.get(value, value)


def head(key: str) -> str:
    """The head of a column, which begins with a capital unless it is a symbol.

    A name of code that is not known here is spelt out.

    >>> head("source_title"), head("largest difference"), head("k"), head("p, all pairs")
    ('Source title', 'Largest difference', 'k', 'p, all pairs')
    """
    if key in HEADS:
        return HEADS[key]
    if CODE.fullmatch(key):
        return key.replace("_", " ").capitalize()
    return key[0].upper() + key[1:] if PHRASE.fullmatch(key) else key
