"""Panels, controls and interactions that `did.twfe` refuses, each with a message that names the fault."""

import numpy as np
import pandas as pd
import pytest
import simulated

from enclave.base.errors import EnclaveError
from enclave.estimators import did


def refused(panel, message, outcome="y", **options):
    with pytest.raises(EnclaveError, match=message):
        did.twfe(panel, outcome, **options)


@pytest.fixture
def made():
    return simulated.panel()


def test_a_pair_with_a_year_twice_is_named(made):
    refused(pd.concat([made, made.iloc[[5]]]), "helper, recipient, year = h0, r0, 2005 .* twice")


def test_a_cohort_that_changes_within_a_pair_is_named(made):
    made.loc[3, "cohort"] = 2010
    refused(made, "h0, r0 .*changes its 'cohort'")


def test_a_cohort_that_is_missing_in_some_years_changes_too(made):
    made.loc[3, "cohort"] = pd.NA
    refused(made, "h0, r0 .*changes its 'cohort'")


def test_a_key_that_is_missing_is_refused(made):
    made.loc[2, "recipient"] = None
    refused(made, "has a missing key")


def test_a_panel_without_a_treated_row_is_refused(made):
    refused(made.assign(cohort=pd.array([None] * len(made), dtype="Int64")), "No row of the panel is treated")


def test_a_treatment_that_begins_for_all_at_once_is_refused(made):
    refused(made.assign(cohort=2005), "explain all of 'treat'")
    refused(made.assign(cohort=2005), "explain all of 'treat'", controls=simulated.controls(made))


def test_an_interaction_that_repeats_the_treatment_is_refused(made):
    refused(made, "explain all of 'treat_x_distance'", interaction=simulated.distances(made) * 0 + 2)


def test_an_outcome_that_is_no_column_is_refused(made):
    refused(made, "no column 'links'", outcome="links")
    refused(made, "no column 'links'", outcome="log_links")


def test_an_outcome_with_a_gap_names_its_row(made):
    made.loc[14, "y"] = np.nan
    refused(made, "h1, r0, 2002 has no number in 'y'")


def test_a_negative_count_has_no_logarithm(made):
    made.loc[14, "count"] = -1
    refused(made, "h1, r0, 2002 has a negative 'count'", outcome="log_count")


def test_a_missing_column_is_named(made):
    refused(made.drop(columns="year"), "no column 'year'")
    refused(made, "no column 'sid'", unit="sid")


def test_a_pair_without_a_distance_is_named(made):
    refused(
        made, r"h1, r0 \(and 11 more rows\) has no 'distance'", interaction=simulated.distances(made).drop(("h1", "r0"))
    )


def test_two_distances_for_a_pair_are_refused(made):
    distances = simulated.distances(made)
    refused(made, "more than one number", interaction=pd.concat([distances, distances.iloc[:1]]))


def test_an_interaction_needs_a_name_and_the_unit_as_its_index(made):
    refused(made, "a Series with a name", interaction=simulated.distances(made).rename(None))
    refused(made, "a Series with a name", interaction=simulated.distances(made).reset_index(drop=True))


def test_controls_without_a_row_for_a_recipient_name_it(made):
    base = simulated.controls(made)
    refused(made, r"r0 \(and 59 more rows\) has no control 'revenue'", controls=base[base["recipient"] != "r0"])


def test_controls_with_several_years_are_refused(made):
    base = simulated.controls(made)
    refused(made, "several rows for one recipient", controls=pd.concat([base, base]))


def test_controls_that_do_not_say_which_unit_they_are_of_are_refused(made):
    refused(made, "none of the columns helper, recipient", controls=simulated.controls(made).drop(columns="recipient"))


def test_a_weight_of_zero_or_below_is_refused(made):
    refused(made.assign(people=0.0), "no weight", weights="people")
    refused(made, "no column 'people'", weights="people")


def test_an_unknown_convention_lists_those_that_exist(made):
    refused(made, "reghdfe, areg, clusters, none", ssc="stata")


def test_a_single_unit_cannot_be_compared():
    alone = pd.DataFrame({"unit": "A", "year": [1, 2, 3], "y": [1, 5, 7], "cohort": 2})
    refused(alone, "fewer than two units", unit="unit")
