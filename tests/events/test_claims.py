"""The first copy of an event wins, however often the log is replayed."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from events.claims import claim_key, first_of_each, unowned
from tests.events.builders import an_arrival

ONE, TWO = UUID(int=1), UUID(int=2)


def test_within_a_batch_the_first_one_wins_and_tenants_do_not_meet():
    first, again, other_tenant = an_arrival(5, ONE), an_arrival(6, ONE), an_arrival(7, ONE, 2)
    assert list(first_of_each([first, again, other_tenant]).values()) == [first, other_tenant]


def test_a_claim_of_its_own_does_not_make_an_event_a_duplicate():
    mine, theirs, free = an_arrival(5, ONE), an_arrival(6, TWO), an_arrival(7)
    owners = {claim_key(1, 1): "topic:0:5", claim_key(1, 2): "topic:0:4"}
    assert unowned(first_of_each([mine, theirs, free]), owners, "topic:0") == [mine, free]


def test_the_same_offset_of_another_topic_or_partition_is_another_place():
    firsts = first_of_each([an_arrival(5, ONE)])
    assert unowned(firsts, {claim_key(1, 1): "older:0:5"}, "topic:0") == []
    assert unowned(firsts, {claim_key(1, 1): "topic:1:5"}, "topic:0") == []


@given(st.lists(st.integers(1, 6)), st.lists(st.integers(1, 4), min_size=1))
def test_however_a_log_is_cut_and_replayed_every_event_is_stored_once(ids, sizes):
    log = [an_arrival(offset, UUID(int=each)) for offset, each in enumerate(ids)]
    owners: dict[str, str] = {}
    stored, start, turn = [], 0, 0
    while start < len(log):
        size = sizes[turn % len(sizes)]
        for _replay in range(2):
            firsts = first_of_each(log[start : start + size])
            batch = unowned(firsts, owners, "t:0")
            for each in batch:
                key = claim_key(1, each.event.event_id.int)
                owners.setdefault(key, f"t:0:{each.offset}")
        stored += batch
        start, turn = start + size, turn + 1
    assert [each.offset for each in stored] == [ids.index(each) for each in dict.fromkeys(ids)]
