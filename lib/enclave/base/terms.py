"""Terms of the study that several modules use: keys, years and names of columns. Each is defined here only."""

PAIR = ["helper", "recipient"]
# years of the business register, and of the land register
YEARS = range(2000, 2019)
LAND_YEARS = range(2011, 2021)
# panels with one count per pair and year
PAIR_PANELS = ["manufacturing", "all_industry", "branches"]
# the four distances of Table 4, in the order of its columns
DISTANCES = ["dist_boundary_km", "dist_centroid_km", "dist_prd_centroid_km", "dist_prd_boundary_km"]
# the five control variables of Table 1, in its order: what each is, its unit, and whether the yearbook has gaps
CONTROLS_SAID = {
    "revenue_per_capita": ("General budget revenue per resident", "yuan", False),
    "expenditure_per_capita": ("General budget expenditure per resident", "yuan", False),
    "phones_per_resident": ("Telephone users per resident", "users", True),
    "hospital_beds_per_10k": ("Hospital beds per 10,000 residents", "beds", True),
    "freight_10k_tonnes": ("Freight carried", "10,000 tonnes", True),
}
CONTROLS = list(CONTROLS_SAID)
# the reading of the registers that the book takes; Appendix B has the others
OURS = "ours"
# the keys of a printed number, and how a reader sees them
CELL_LABELS = {"table": "Table", "column": "Column", "row": "Row", "statistic": "Statistic"}
CELL = list(CELL_LABELS)
EVENT_TIME = ["event_time", "estimate", "std_error", "conf_low", "conf_high"]
