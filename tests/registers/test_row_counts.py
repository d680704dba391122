"""How cleaning steps run: one by one and in one query, with the same rows and the same counts."""

import ibis
import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave_registers.cleaning.row_counts import RowCounts, drop_repeated_records, in_memory, keep, still_in

FIRMS = pd.DataFrame(
    {"firm": list("abcdefg"), "city": list("xxxyyzz"), "size": pd.array([1, 2, 2, 3, 9, 9, None], dtype="Float64")}
)


def drop_large_firms(firms, raw):
    """Firms of size 9 are large; a firm of unknown size is dropped, too."""
    return keep(firms, firms["size"] < 9)


def keep_other_firms(firms, raw):
    """All but firm b."""
    return keep(firms, firms["firm"] != "b", firms["firm"] != "no such firm")


def double_size(firms, raw):
    """A column is added; nothing is dropped."""
    return firms.mutate(double=firms["size"] * 2)


def keep_largest_of_city(firms, raw):
    """The largest firm of its city, of those that are still in."""
    size = ibis.ifelse(still_in(firms), firms["size"], ibis.null("float64"))
    return keep(firms, firms["size"] == size.max().over(group_by=firms.city))


STEPS = [keep_other_firms, drop_large_firms, double_size, keep_largest_of_city]


def one_by_one(firms, steps):
    """(city, double) of each firm that is left, and the counts."""
    counts = RowCounts()
    left = counts.run("firms", ibis.memtable(firms), steps, None)
    return in_memory(left.select("city", "double"), ["city", "double"]), counts.frame()


def in_one_query(firms, steps):
    counts = RowCounts()
    left = in_memory(counts.run_in_one_query("firms", ibis.memtable(firms), steps, None, ["city", "double"]), ["city"])
    return left.loc[left.index.repeat(left["records"]), ["city", "double"]], counts.frame()


@pytest.mark.parametrize("way", [one_by_one, in_one_query])
def test_steps_leave_the_same_rows_and_counts_in_either_way(way):
    left, counts = way(FIRMS, STEPS)
    # b goes first; e, f and g are large or unknown; a and c have size 1 and 2, so c is the largest of x; d is that of y
    assert left.to_numpy().tolist() == [["x", 4], ["y", 6]]
    assert counts["step"].tolist() == [step.__name__.replace("_", " ") for step in STEPS]
    assert counts[["rows_in", "rows_out"]].to_numpy().tolist() == [[7, 6], [6, 3], [3, 3], [3, 2]]
    assert counts["reason"].iloc[0] == "All but firm b."


def test_a_frame_in_memory_runs_the_same_steps():
    counts = RowCounts()
    left = counts.run("firms", FIRMS.dropna(), [keep_other_firms, drop_large_firms], None)
    assert left["firm"].tolist() == ["a", "c", "d"]
    assert list(left) == list(FIRMS)
    assert counts.frame()[["rows_in", "rows_out"]].to_numpy().tolist() == [[6, 5], [5, 3]]


def test_marked_rows_stay_and_only_their_key_is_known():
    counts, repeated = RowCounts(), pd.concat([FIRMS, FIRMS.iloc[[3, 3, 4]]])
    keys = ibis.memtable(pd.DataFrame({"firm": ["d", "e"]}))
    marked = counts.mark("firms", ibis.memtable(repeated), STEPS, None, ["firm", "double"], keys)
    found = in_memory(marked, ["firm"])
    assert found["firm"].tolist() == list("abcdefg")
    assert found.dropna().to_numpy().tolist() == [["c", 4], ["d", 6]]
    rows = counts.frame()[["rows_in", "rows_out"]].to_numpy().tolist()
    assert rows == [[10, 7], [7, 6], [6, 3], [3, 3], [3, 2]]


def test_rows_that_stand_for_several_records_are_counted_as_records():
    counts, repeated = RowCounts(), pd.concat([FIRMS, FIRMS.iloc[[3, 3]]]).assign(double=1.0)
    grouped = counts.run_in_one_query("firms", ibis.memtable(repeated), [keep_other_firms], None, list(repeated))
    once = counts.run("firms", grouped, [drop_repeated_records], None)
    counts.run_in_one_query("firms", once, [drop_large_firms], None, ["city"])
    assert counts.frame()[["rows_in", "rows_out"]].to_numpy().tolist() == [[9, 8], [8, 6], [6, 3]]


def test_a_table_of_which_nothing_is_left_has_zero_records():
    counts = RowCounts()
    gone = counts.run_in_one_query("firms", ibis.memtable(FIRMS), [keep_nothing], None, ["city"])
    assert counts.run("firms", gone, [drop_repeated_records], None).count().execute() == 0
    assert counts.frame()[["rows_in", "rows_out"]].to_numpy().tolist() == [[7, 0], [0, 0]]


def keep_nothing(firms, raw):
    """Nothing is kept."""
    return keep(firms, firms["firm"] == "no such firm")


def test_a_first_step_that_multiplies_rows_is_an_error():
    def repeat(firms, raw):
        """Each firm twice."""
        return firms.union(firms)

    with pytest.raises(EnclaveError, match=r"^firms: 7 records became 14\. "):
        RowCounts().run_in_one_query("firms", ibis.memtable(FIRMS), [repeat], None, ["city"])


def test_a_later_step_that_filters_instead_of_marking_is_an_error():
    def filter_large_firms(firms, raw):
        """The rows are gone, and nobody counted them."""
        return firms.filter(firms["size"] < 9)

    counts, firms = RowCounts(), ibis.memtable(FIRMS)
    with pytest.raises(EnclaveError, match=r"^filter_large_firms removes rows.* keep\(table, condition\)"):
        counts.run_in_one_query("firms", firms, [keep_other_firms, filter_large_firms], None, ["city"])
    left = counts.run_in_one_query("firms", firms, [filter_large_firms, keep_other_firms], None, ["city"])
    assert left.records.sum().execute() == 3
    assert counts.frame()[["rows_in", "rows_out"]].to_numpy().tolist() == [[7, 4], [4, 3]]
