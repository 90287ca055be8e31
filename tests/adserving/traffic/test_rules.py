"""The rules, one by one, and what holds of all of them together."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserving.traffic.rules import NOTHING, RULES, Hit, Limit, Policy, Seen, judge
from events.types import INVALID_BITS, EventType, InvalidReason, first_reason

AT = 1_800_000_000
POLICY = Policy(click_limits=(Limit(3, 60), Limit(10, 600)), impression_limits=(Limit(60, 60),))
CLICK = Hit(kind=EventType.CLICK, at=AT, served_at=AT - 10, source="8.8.8.8")
SEEN = Seen(impression_age_ms=4000, complete_from=AT - 1000, hits=(1, 1))

HITS = st.builds(
    Hit,
    kind=st.sampled_from([EventType.IMPRESSION, EventType.VIEW, EventType.CLICK]),
    at=st.floats(AT - 20, AT + 20),
    served_at=st.sampled_from([0, AT]),
    source=st.sampled_from(["", "8.8.8.8"]),
    is_robot=st.booleans(),
    is_library=st.booleans(),
    is_prefetch=st.booleans(),
    is_listed=st.booleans(),
    is_expired=st.booleans(),
)
SEENS = st.builds(
    Seen,
    impression_age_ms=st.none() | st.integers(0, 300),
    complete_from=st.sampled_from([AT - 100, AT + 100, float("inf")]),
    was_clicked=st.booleans(),
    is_repeat=st.booleans(),
    hits=st.tuples(st.integers(1, 20), st.integers(1, 20)) | st.just(()),
)
POLICIES = st.builds(
    Policy,
    http_libraries=st.booleans(),
    click_needs_impression=st.booleans(),
    min_click_ms=st.integers(0, 300),
    click_limits=st.just(POLICY.click_limits) | st.just(()),
)


def reasons(hit: Hit, seen: Seen = SEEN, policy: Policy = POLICY) -> set[InvalidReason]:
    flags = judge(hit, seen, policy)
    return {reason for reason, bit in INVALID_BITS.items() if bit & flags}


def test_the_rules_stand_in_the_order_of_precedence():
    assert [reason for reason, _ in RULES] == list(InvalidReason)[1:]


def test_a_visitors_click_counts():
    assert judge(CLICK, SEEN, POLICY) == 0


@pytest.mark.parametrize(
    ("hit", "seen", "expected"),
    [
        ({"is_robot": True}, {}, InvalidReason.KNOWN_BOT),
        ({"is_prefetch": True}, {}, InvalidReason.PREFETCH),
        ({"is_listed": True}, {}, InvalidReason.LISTED_SOURCE),
        ({"is_expired": True}, {}, InvalidReason.EXPIRED_TOKEN),
        ({}, {"was_clicked": True}, InvalidReason.REPLAYED_TOKEN),
        ({}, {"impression_age_ms": 99}, InvalidReason.IMPOSSIBLE_TIME),
        ({"at": AT - 16}, {}, InvalidReason.IMPOSSIBLE_TIME),
        ({}, {"impression_age_ms": None}, InvalidReason.CLICK_WITHOUT_IMPRESSION),
        ({}, {"is_repeat": True}, InvalidReason.DUPLICATE_CLICK),
        ({}, {"hits": (4, 4)}, InvalidReason.RATE_LIMIT),
        ({}, {"hits": (1, 11)}, InvalidReason.RATE_LIMIT),
    ],
)
def test_each_rule_flags_alone(hit, seen, expected):
    assert reasons(replace(CLICK, **hit), replace(SEEN, **seen)) == {expected}


@pytest.mark.parametrize(
    ("hit", "seen"),
    [
        ({"is_library": True}, {}),  # IVT_HTTP_LIBRARIES is off
        ({"at": AT - 14}, {}),  # two machines' clocks
        ({}, {"impression_age_ms": 100}),
        ({"source": ""}, {"impression_age_ms": 1}),  # a test script, or an undeclared proxy
        ({}, {"impression_age_ms": None, "complete_from": AT}),  # Redis was away since
        ({"served_at": 0}, {"impression_age_ms": None}),  # a link without an ad
        ({}, {"hits": (3, 10)}),
        ({"kind": EventType.VIEW}, {"was_clicked": True, "is_repeat": True}),
        ({"kind": EventType.VIEW}, {"impression_age_ms": 1}),
        ({"kind": EventType.VIEW}, {"hits": (60,)}),
        ({"kind": EventType.IMPRESSION}, {"impression_age_ms": None}),
    ],
)
def test_what_a_rule_lets_pass(hit, seen):
    assert reasons(replace(CLICK, **hit), replace(SEEN, **seen)) == set()


def test_a_viewable_impression_needs_its_impression_too():
    view = replace(CLICK, kind=EventType.VIEW)
    seen = replace(SEEN, impression_age_ms=None)
    assert reasons(view, seen) == {InvalidReason.CLICK_WITHOUT_IMPRESSION}


def test_what_operators_switch():
    library = replace(CLICK, is_library=True)
    assert reasons(library, policy=replace(POLICY, http_libraries=True)) == {
        InvalidReason.KNOWN_BOT
    }
    never_shown = replace(SEEN, impression_age_ms=None)
    assert not reasons(CLICK, never_shown, replace(POLICY, click_needs_impression=False))


@given(HITS, SEENS, POLICIES)
def test_flags_hold_every_broken_rule_and_the_reason_is_the_first(hit, seen, policy):
    broken = [reason for reason, breaks in RULES if breaks(hit, seen, policy)]
    flags = judge(hit, seen, policy)
    assert flags == sum(INVALID_BITS[reason] for reason in broken)
    assert first_reason(flags) == (broken[0] if broken else InvalidReason.NONE)


@given(HITS, SEENS, POLICIES)
def test_what_redis_knows_never_takes_a_flag_away(hit, seen, policy):
    blind = judge(hit, NOTHING, policy)
    assert judge(hit, seen, policy) & blind == blind


@given(HITS, POLICIES)
def test_without_redis_only_what_the_request_itself_says_is_held_against_it(hit, policy):
    from_memory = {
        InvalidReason.REPLAYED_TOKEN,
        InvalidReason.CLICK_WITHOUT_IMPRESSION,
        InvalidReason.DUPLICATE_CLICK,
        InvalidReason.RATE_LIMIT,
    }
    assert not reasons(hit, NOTHING, policy) & from_memory
