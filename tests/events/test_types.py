"""An event's JSON, byte for byte."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from events.types import (
    INVALID_BITS,
    Event,
    EventType,
    InvalidReason,
    decode,
    encode,
    first_reason,
)
from tests.events.builders import an_event

GOLDEN = Path(__file__).parent / "golden"
FULL = Event(
    event_id=UUID("0190f1c2-7a6b-7c3d-8e4f-5a6b7c8d9e0f"),
    tenant_id=1,
    ts=datetime(2026, 11, 21, 11, 59, 58, 123_000, tzinfo=UTC),
    event_type=EventType.CONVERSION,
    user_id="u-123",
    session_id="s-456",
    campaign_id=10,
    line_item_id=42,
    placement_id=20,
    creative_id=1001,
    template_id=7,
    segment_id=3,
    ad_id="101-205-309-412",
    auction_id="a-9",
    value_cents=12_999,
    cost_micros=2500,
    invalid_reason=InvalidReason.KNOWN_BOT,
    country="CA",
    region="ON",
    device_type="mobile",
    os="iOS",
    browser="Safari",
    received_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
    is_test=True,
    metadata={"room_type": "bedroom"},
)


def test_kafka_carries_the_seeds_names():
    golden = (GOLDEN / "conversion-with-every-field.json").read_bytes().strip()
    assert encode(FULL) == golden
    assert decode(golden) == FULL


def test_what_is_absent_is_not_sent():
    golden = (GOLDEN / "impression-with-nothing-optional.json").read_bytes().strip()
    event = an_event(event_id=UUID(int=5), received_at=None)
    assert encode(event) == golden
    assert decode(golden) == event


def test_the_key_brings_retries_of_an_event_together():
    assert FULL.key == b"1:0190f1c2-7a6b-7c3d-8e4f-5a6b7c8d9e0f"


def test_every_reason_has_a_bit_of_its_own():
    assert set(INVALID_BITS) == set(InvalidReason) - {InvalidReason.NONE}
    assert {bit.bit_count() for bit in INVALID_BITS.values()} == {1}
    assert len(set(INVALID_BITS.values())) == len(INVALID_BITS)


@given(st.sets(st.sampled_from(sorted(INVALID_BITS))))
def test_the_first_reason_is_the_one_that_goes_before_the_others(reasons):
    flags = sum(INVALID_BITS[reason] for reason in reasons)
    expected = next((reason for reason in InvalidReason if reason in reasons), InvalidReason.NONE)
    assert first_reason(flags) == expected


def test_a_message_from_before_there_were_flags_is_still_read():
    old = decode(
        b'{"event_id":"0190f1c2-7a6b-7c3d-8e4f-5a6b7c8d9e0f","tenant_id":1,'
        b'"ts":"2026-11-21T12:00:00Z","event_type":"CLICK","invalid_reason":"known_bot"}'
    )
    assert (old.invalid_reason, old.invalid_flags) == (InvalidReason.KNOWN_BOT, 0)
