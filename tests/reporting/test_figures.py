"""Ratios and sums of reports."""

from hypothesis import given
from hypothesis import strategies as st

from reporting.figures import counts, summed, with_ratios
from reporting.query import COUNTS, RATIOS

COUNT = st.fixed_dictionaries({name: st.integers(0, 10**12) for name in COUNTS})


def figures(**given_counts):
    return with_ratios(dict.fromkeys(COUNTS, 0) | given_counts)


def test_the_ratios_are_those_of_the_documentation():
    shown = figures(impressions=2000, viewable=1500, clicks=40, conversions=4, revenue_cents=5000)
    assert shown["ctr"] == 0.02
    assert shown["conversion_rate"] == 0.1  # of clicks
    assert shown["viewability"] == 0.75
    assert shown["ecpm"] == 25.0  # 50.00 / 2000 * 1000
    assert shown["ecpc"] == 1.25


def test_a_ratio_without_a_denominator_is_null():
    shown = figures(conversions=3, revenue_cents=100)
    assert {shown[name] for name in RATIOS} == {None}


@given(st.lists(COUNT, max_size=5))
def test_sums_add_up(rows):
    total = summed(rows)
    assert all(total[name] == sum(row[name] for row in rows) for name in COUNTS)


@given(COUNT)
def test_counts_survive_the_ratios(count):
    assert {name: with_ratios(count)[name] for name in COUNTS} == count
    assert counts([count[name] for name in COUNTS]) == count
