"""From Kafka's bytes to events or poison."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.records import Arrived, Poison, PoisonReason, read, split
from events.types import encode
from tests.events.builders import a_record, an_event

EVENT = an_event()
GOOD = encode(EVENT)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", PoisonReason.EMPTY),
        (b"{", PoisonReason.NOT_JSON),
        (b"\xff\xff", PoisonReason.NOT_JSON),
        (b"[" * 100_000, PoisonReason.WRONG_SHAPE),
        (b"[]", PoisonReason.WRONG_SHAPE),
        (GOOD.replace(b'"tenant_id":1', b'"tenant_id":-1'), PoisonReason.WRONG_SHAPE),
        (GOOD.replace(b'"tenant_id":1', b'"tenant_id":0'), PoisonReason.WRONG_SHAPE),
        (GOOD.replace(b"IMPRESSION", b"PURCHASE"), PoisonReason.WRONG_SHAPE),
        (GOOD.replace(b"12:00:00Z", b"12:00:00"), PoisonReason.WRONG_SHAPE),
        (GOOD.replace(b"2026-", b"1970-"), PoisonReason.BAD_TIME),
        (GOOD.replace(b"2026-", b"2400-"), PoisonReason.BAD_TIME),
    ],
)
def test_poison_says_why_and_keeps_its_bytes(value, reason):
    outcome = read(a_record(7, value))
    assert isinstance(outcome, Poison)
    assert (outcome.reason, outcome.record.value, outcome.record.offset) == (reason, value, 7)


def test_a_field_of_a_newer_version_is_no_poison():
    newer = GOOD[:-1] + b',"from_the_future":1}'
    assert read(a_record(1, newer)) == Arrived(EVENT, 1)


def test_neighbours_of_poison_are_unaffected():
    arrived, poison = split([a_record(1, GOOD), a_record(2, b"?"), a_record(3, GOOD)])
    assert [each.offset for each in arrived] == [1, 3]
    assert [each.record.offset for each in poison] == [2]


@given(st.binary())
def test_any_bytes_are_an_event_or_poison(value):
    assert isinstance(read(a_record(1, value)), Poison)
