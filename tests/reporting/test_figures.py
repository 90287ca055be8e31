"""Ratios, intervals and sums of reports."""

from hypothesis import given
from hypothesis import strategies as st

from reporting.figures import added, changes, figures, intervals, sums
from reporting.measures import COLUMNS, METRICS, columns_of
from reporting.query import RATIOS

COUNT = st.fixed_dictionaries({name: st.integers(0, 10**12) for name in COLUMNS})


def shown(min_sample=0, **given_sums):
    return figures(METRICS, dict.fromkeys(COLUMNS, 0) | given_sums, min_sample)


def test_the_ratios_are_those_of_the_documentation():
    found = shown(
        impressions=2000, views=1500, clicks=40, conversions=4, revenue_cents=5000,
        cost_micros=8_000_000, invalid_impressions=500,
    )  # fmt: skip
    assert found["ctr"] == 0.02
    assert found["conversion_rate"] == 0.1  # of clicks
    assert found["viewability"] == 0.75
    assert found["ivt_rate"] == 0.2
    assert found["ecpm"] == 25.0  # 50.00 / 2000 * 1000
    assert found["ecpc"] == 1.25
    assert found["ecpa"] == 2.0
    assert found["gross_impressions"] == 2500


def test_credits_become_conversions_and_cents():
    found = shown(click_ppm=1_500_000, view_ppm=500_000, none_ppm=1_000_000, credited_micros=12_345)
    assert found["attributed_conversions"] == 2.0
    assert (found["click_conversions"], found["view_conversions"]) == (1.5, 0.5)
    assert found["unattributed_conversions"] == 1.0
    assert found["attributed_revenue_cents"] == 1.2345


def test_a_ratio_without_a_denominator_is_null():
    found = shown(conversions=3, revenue_cents=100)
    assert {found[name] for name in RATIOS} == {None}


def test_a_ratio_of_a_small_sample_is_null_and_its_interval_still_says():
    few = dict.fromkeys(COLUMNS, 0) | {"impressions": 99, "clicks": 9}
    assert shown(100, **few)["ctr"] is None
    assert shown(100, **few)["clicks"] == 9
    assert shown(99, **few)["ctr"] == 0.090909
    low, high = intervals(["ctr"], few)["ctr"] or (1.0, 0.0)
    assert low < 9 / 99 < high


def test_the_sample_of_the_invalid_share_is_gross():
    assert shown(100, impressions=1, invalid_impressions=99)["ivt_rate"] == 0.99


def test_a_change_is_a_share_of_what_was():
    assert changes({"clicks": 3, "ctr": None}, {"clicks": 2, "ctr": 0.1}) == {
        "clicks": 0.5,
        "ctr": None,
    }
    assert changes({"clicks": 3}, {"clicks": 0}) == {"clicks": None}


@given(st.lists(COUNT, max_size=5))
def test_sums_add_up(rows):
    total = added(COLUMNS, rows)
    assert all(total[name] == sum(row[name] for row in rows) for name in COLUMNS)


@given(COUNT)
def test_counts_survive(count):
    found = figures(METRICS, count)
    for name in ("impressions", "clicks", "conversions", "revenue_cents", "cost_micros"):
        assert found[name] == count[name]
    assert sums(COLUMNS, [count[name] for name in COLUMNS]) == count


def test_a_metric_names_the_columns_it_is_made_of():
    assert columns_of(["ecpc"]) == ("impressions", "clicks", "revenue_cents")
    assert columns_of(["ctr", "clicks"]) == ("impressions", "clicks")
