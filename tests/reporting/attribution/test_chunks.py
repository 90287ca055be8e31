"""Ranges are cut at whole hours."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reporting.attribution.chunks import HOUR, Chunk, chunks

HOURS = st.dictionaries(st.integers(0, 500), st.integers(1, 50)).map(
    lambda found: [(hour * 3600, count) for hour, count in sorted(found.items())]
)


def test_nothing_is_cut_into_nothing():
    assert chunks([]) == []


def test_neighbours_stay_together_up_to_the_limit():
    start = datetime(1970, 1, 1, tzinfo=UTC)
    found = chunks([(0, 4), (3600, 5), (7200, 2), (36_000, 30)], most=10)
    assert found == [
        Chunk(start, start + 2 * HOUR, 9),
        Chunk(start + 2 * HOUR, start + 3 * HOUR, 2),
        Chunk(start + 10 * HOUR, start + 11 * HOUR, 30),
    ]


@given(HOURS, st.integers(1, 100))
def test_every_hour_is_in_one_chunk(hours, most):
    found = chunks(hours, most=most)
    assert sum(each.conversions for each in found) == sum(count for _, count in hours)
    for seconds, _ in hours:
        moment = datetime.fromtimestamp(seconds, UTC)
        assert sum(each.start <= moment < each.end for each in found) == 1
    for each in found:
        assert each.conversions <= most or each.end - each.start == timedelta(hours=1)
