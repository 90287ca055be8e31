"""Rows as counts: nothing is lost, nothing exceeds its trials, discounts weigh old rounds less."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from optimization.pool import Row, pool
from optimization.rounds import merged
from optimization.space import parse_ad_id


def combination_of(ad_id):
    ids = parse_ad_id(ad_id) or ()
    return tuple(each - 1 for each in ids) if len(ids) == 2 and max(ids) <= 3 else None


rows = st.lists(
    st.builds(
        Row,
        round=st.sampled_from([0, 100, 200]),
        segment_id=st.integers(0, 3),
        ad_id=st.sampled_from(["1-1", "2-3", "3-1", "9-9", "junk"]),
        impressions=st.integers(0, 1000),
        clicks=st.integers(0, 1500),
        conversions=st.floats(0, 2000),
        value_cents=st.floats(0, 10),
    ),
    max_size=20,
    unique_by=lambda row: (row.round, row.segment_id, row.ad_id),
)


def pooled(given_rows):
    return pool(given_rows, combination_of, {0: 0, 1: 1, 2: 2}, 2)


@given(rows)
def test_successes_never_exceed_trials(given_rows):
    found = pooled(given_rows)
    for counts in (*found.clicks, *found.conversions):
        assert (counts.trials > 0).all()
        assert (counts.successes <= counts.trials).all()
        assert (counts.successes >= 0).all()


@given(rows)
def test_every_impression_is_a_trial_or_reported_as_ignored(given_rows):
    found = pooled(given_rows)
    trials = sum(counts.trials.sum() for counts in found.clicks)
    assert trials + found.ignored == found.impressions


@given(rows)
def test_rounds_together_are_what_there_was(given_rows):
    found = pooled(given_rows)
    whole = merged(found.clicks, 2)
    assert whole.trials.sum() == sum(counts.trials.sum() for counts in found.clicks)
    assert whole.rounds.sum() == sum(len(counts.trials) for counts in found.clicks)
    keys = np.column_stack([whole.segment, whole.values])
    assert len(np.unique(keys, axis=0)) == len(keys)


def row(**fields):
    values = {"round": 0, "segment_id": 0, "ad_id": "1-1", "impressions": 100, "clicks": 10}
    return Row(**{**values, "conversions": 0.0, "value_cents": 0.0, **fields})


def test_clicks_beyond_impressions_are_counted_as_clipped():
    found = pooled([row(impressions=5, clicks=9), row(ad_id="2-3", impressions=0, clicks=3)])
    assert found.clipped == 7
    assert found.clicks[0].successes.tolist() == [5]


def test_a_segment_that_is_gone_counts_as_everyone():
    found = pooled([row(segment_id=77), row()])
    assert found.clicks[0].segment.tolist() == [0]
    assert found.clicks[0].trials.tolist() == [200]


def test_without_rows_there_are_no_counts():
    found = pooled([])
    assert found.rounds == 0
