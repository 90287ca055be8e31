"""What Redis remembers: where its keys lie, and what follows for valid clicks."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adplatform.clients import redis as redis_client
from adserving.credentials import Served
from adserving.snapshot import Cap
from adserving.traffic import memory
from adserving.traffic.memory import Visit
from adserving.traffic.rules import Hit, Limit, Policy, judge
from events.types import EventType

POLICY = Policy(click_limits=(Limit(3, 60), Limit(25, 3600)), impression_limits=(Limit(60, 60),))
STRICT = Policy(min_click_ms=0, duplicate_click_seconds=60, click_limits=(Limit(2, 60),))
KINDS = [EventType.IMPRESSION, EventType.VIEW, EventType.CLICK]


def a_visit(kind=EventType.CLICK, *, user_id="", tenant_id=1, source="8.8.8.8", nonce=b"n" * 12):
    served = Served(
        tenant_id=tenant_id, campaign_id=1, nonce=nonce, served_at=1, user_id=user_id, ad_id="1"
    )
    caps = (Cap("c1", 3, 3600),) if user_id and kind is EventType.IMPRESSION else ()
    hit = Hit(kind=kind, at=2.0, served_at=1, source=source)
    return Visit(hit, served, "a browser", would_count=True, keep_seconds=60, caps=caps)


def keys(visit: Visit) -> list[list[str]]:
    return [list(script.keys) for script in memory._calls(visit, POLICY).values()]


def tags(found: list[str]) -> set[str]:
    """What Redis Cluster hashes: the text in the first braces."""
    return {match[1] for key in found if (match := re.search(r"\{([^}]+)\}", key))}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("user_id", ["", "u-1"])
def test_a_scripts_keys_share_their_hash_tag(kind, user_id):
    for found in keys(a_visit(kind, user_id=user_id)):
        assert len(tags(found)) == 1
        assert all("{" in key for key in found)


def test_a_users_caps_and_tokens_share_a_slot():
    token, frequency, _ = keys(a_visit(EventType.IMPRESSION, user_id="u-1"))
    assert tags(token) == tags(frequency)


@pytest.mark.parametrize("user_id", ["", "u-1"])
def test_no_key_is_shared_by_two_tenants(user_id):
    ours, theirs = (
        {key for found in keys(a_visit(user_id=user_id, tenant_id=tenant)) for key in found}
        for tenant in (1, 2)
    )
    assert ours.isdisjoint(theirs)


def test_no_key_holds_a_user_id_in_the_clear():
    assert "secret" not in str(keys(a_visit(user_id="secret")))


def test_a_visitor_that_is_not_public_leaves_no_trace_of_an_address():
    assert len(keys(a_visit(source=""))) == 1


def test_everything_remembered_is_forgotten_in_time(clean_redis):
    for kind in KINDS:
        for user_id in ("", "u-1"):
            memory.ask(a_visit(kind, user_id=user_id), POLICY)
    kept = {key for key in clean_redis.scan_iter() if clean_redis.ttl(key) < 0}
    assert kept == {memory.COMPLETE_FROM.encode()}


STEPS = st.lists(
    st.tuples(
        st.sampled_from([EventType.IMPRESSION, EventType.CLICK]),
        st.integers(0, 5),  # the token; its user is u-0, u-1 or nobody
        st.sampled_from(["", "8.8.8.8", "9.9.9.9"]),
    ),
    min_size=5,
    max_size=25,
)


@given(STEPS)
@settings(max_examples=60)
def test_whatever_comes_in_whatever_order_valid_clicks_keep_the_rules(steps):
    """Each with its impression before it, once a token, once a visitor, within the rates."""
    redis_client.client().flushdb()
    memory._missed_until = 0
    redis_client.script(memory.COMPLETE, keys=[memory.COMPLETE_FROM], args=[0, 0])
    valid, shown = [], set()
    for kind, number, source in steps:
        user_id = ("u-0", "u-1", "")[number % 3]
        visit = a_visit(kind, user_id=user_id, source=source, nonce=bytes([number]) * 12)
        flags = judge(visit.hit, memory.ask(visit, STRICT), STRICT)
        if kind is EventType.IMPRESSION:
            shown.add(number)
        elif not flags:
            assert number in shown
            valid.append((number, user_id or source, source))
    assert len({number for number, _, _ in valid}) == len(valid)
    visitors = [visitor for _, visitor, _ in valid if visitor]
    assert len(set(visitors)) == len(visitors)
    assert all(n <= 2 for source, n in Counter(s for *_, s in valid).items() if source)
