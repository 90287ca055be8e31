"""The first copy of an event wins, however often the log is replayed."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from events.claims import claim_key, first_of_each, not_stored, sort_out, tag_of
from tests.events.builders import an_arrival

ONE, TWO = UUID(int=1), UUID(int=2)
TAG = tag_of("ad_events", 0)


def test_all_claims_of_a_partition_lie_in_one_slot_of_a_cluster():
    assert claim_key(TAG, 7, 255) == f"d:{{ad_events:0}}:7:{255:032x}"


def test_within_a_batch_the_first_one_wins_and_tenants_do_not_meet():
    first, again, other_tenant = an_arrival(5, ONE), an_arrival(6, ONE), an_arrival(7, ONE, 2)
    assert list(first_of_each([first, again, other_tenant], TAG).values()) == [first, other_tenant]


def test_a_claim_of_its_own_does_not_make_an_event_a_duplicate():
    mine, theirs, free = an_arrival(5, ONE), an_arrival(6, TWO), an_arrival(7)
    owners = {claim_key(TAG, 1, 1): "topic:0:5", claim_key(TAG, 1, 2): "topic:0:4"}
    firsts = first_of_each([mine, theirs, free], TAG)
    assert sort_out(firsts, owners, "topic:0") == ([mine, free], [])


def test_a_claim_of_a_topic_that_is_gone_is_doubtful():
    each = an_arrival(5, ONE)
    firsts = first_of_each([each], TAG)
    assert sort_out(firsts, {claim_key(TAG, 1, 1): "older:0:5"}, "topic:0") == ([], [each])
    assert sort_out(firsts, {claim_key(TAG, 1, 1): "topic:1:5"}, "topic:0") == ([], [])


def test_only_a_replay_may_insert_what_is_stored_at_its_own_place():
    mine, theirs, new = an_arrival(5, ONE), an_arrival(6, TWO), an_arrival(7)
    stored = {(1, 1): "topic:0:5", (1, 2): "topic:0:4"}
    assert not_stored([mine, theirs, new], stored, "topic:0", replay=True) == [mine, new]
    assert not_stored([mine, theirs, new], stored, "topic:0", replay=False) == [new]


@given(st.lists(st.integers(1, 6)), st.lists(st.integers(1, 4), min_size=1))
def test_however_a_log_is_cut_and_replayed_every_event_is_stored_once(ids, sizes):
    log = [an_arrival(offset, UUID(int=each)) for offset, each in enumerate(ids)]
    owners: dict[str, str] = {}
    stored, start, turn = [], 0, 0
    while start < len(log):
        size = sizes[turn % len(sizes)]
        for _replay in range(2):
            firsts = first_of_each(log[start : start + size], TAG)
            batch, _ = sort_out(firsts, owners, "t:0")
            for each in batch:
                key = claim_key(TAG, 1, each.event.event_id.int)
                owners.setdefault(key, f"t:0:{each.offset}")
        stored += batch
        start, turn = start + size, turn + 1
    assert [each.offset for each in stored] == [ids.index(each) for each in dict.fromkeys(ids)]
