"""Which messages make the next batch."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from events.plan import Bounds, next_size


def bounds(first: int, last: int) -> Bounds:
    return Bounds("t", 0, first, last)


def test_the_token_carries_topic_id_partition_and_bounds():
    assert Bounds("a1", 3, 10, 19).token == "a1:3:10-19"


def test_it_waits_until_the_batch_is_full_or_ripe():
    assert next_size([], [], rows=3, ripe=True) is None
    assert next_size([5, 6], [], rows=3, ripe=False) is None
    assert next_size([5, 6], [], rows=3, ripe=True) == 2
    assert next_size([5, 6, 7, 8], [], rows=3, ripe=False) == 3


def test_an_unfinished_batch_is_rebuilt_with_its_bounds_however_large():
    waiting = list(range(10, 30))
    assert next_size(waiting, [bounds(10, 24)], rows=3, ripe=True) == 15


def test_an_unfinished_batch_waits_for_its_last_message():
    assert next_size([10, 11], [bounds(10, 24)], rows=3, ripe=True) is None


def test_offsets_may_have_gaps_and_a_batch_may_end_in_one():
    assert next_size([10, 12, 30], [bounds(10, 24)], rows=3, ripe=False) == 2


def test_a_new_batch_never_reaches_into_a_recorded_one():
    assert next_size([8, 9, 10, 11], [bounds(10, 11)], rows=9, ripe=False) == 2


OFFSETS = st.lists(st.integers(0, 60), min_size=1, unique=True).map(sorted)
CUTS = st.lists(st.integers(0, 60), unique=True, max_size=6).map(sorted)


@given(OFFSETS, CUTS, st.integers(1, 10))
def test_every_recorded_batch_that_begins_at_a_message_is_rebuilt_exactly(offsets, cuts, rows):
    recorded = [bounds(a, b - 1) for a, b in pairwise(cuts) if a in offsets]
    end = offsets[-1]
    waiting, made = offsets, []
    while waiting and (size := next_size(waiting, recorded, rows=rows, ripe=True)):
        made.append(waiting[:size])
        waiting = waiting[size:]
    assert [offset for batch in made for offset in batch] == offsets[: len(offsets) - len(waiting)]
    for known in recorded:
        if known.last <= end:
            wanted = [offset for offset in offsets if known.first <= offset <= known.last]
            assert wanted in made
