"""Which messages make the next batch."""

from hypothesis import given
from hypothesis import strategies as st

from events.plan import Bounds, next_size


def bounds(first: int, last: int) -> Bounds:
    return Bounds("t", 0, first, last)


def test_the_token_carries_topic_id_partition_and_bounds():
    assert Bounds("a1", 3, 10, 19).token() == "a1:3:10-19"


@given(st.sets(st.integers(10, 19), min_size=1), st.sets(st.integers(10, 19), min_size=1))
def test_the_token_says_what_is_left_out_in_any_order(some, others):
    batch = bounds(10, 19)
    assert batch.token(sorted(some)) == batch.token(sorted(some, reverse=True))
    assert (batch.token(list(some)) == batch.token(list(others))) == (some == others)
    assert batch.token(list(some)) != batch.token()


def test_it_waits_until_the_batch_is_full_or_ripe():
    assert next_size([], None, rows=3, ripe=True) is None
    assert next_size([5, 6], None, rows=3, ripe=False) is None
    assert next_size([5, 6], None, rows=3, ripe=True) == 2
    assert next_size([5, 6, 7, 8], None, rows=3, ripe=False) == 3


def test_an_unfinished_batch_is_rebuilt_with_its_bounds_however_large():
    assert next_size(list(range(10, 30)), bounds(10, 24), rows=3, ripe=True) == 15


def test_an_unfinished_batch_waits_for_its_last_message():
    assert next_size([10, 11], bounds(10, 24), rows=3, ripe=True) is None


def test_offsets_may_have_gaps_and_a_batch_may_end_in_one():
    assert next_size([10, 12, 30], bounds(10, 24), rows=3, ripe=False) == 2


OFFSETS = st.lists(st.integers(0, 60), min_size=1, unique=True).map(sorted)


@given(OFFSETS, st.integers(1, 10), st.integers(0, 60))
def test_every_message_is_in_one_batch_and_the_unfinished_one_is_rebuilt(offsets, rows, end):
    unfinished = bounds(offsets[0], max(offsets[0], end)) if end <= offsets[-1] else None
    waiting, made = offsets, []
    while waiting and (size := next_size(waiting, unfinished, rows=rows, ripe=True)):
        made.append(waiting[:size])
        waiting, expected = waiting[size:], unfinished
        if expected:
            assert made == [[each for each in offsets if each <= expected.last]]
        unfinished = None
    assert [offset for batch in made for offset in batch] == offsets
