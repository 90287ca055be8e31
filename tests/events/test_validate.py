"""Every rule of an event that a client sent, and any JSON at all."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.money import Micros
from events.directory import Directory, LineItemRef, TenantIds
from events.types import Event, EventType, decode, encode
from events.validate import METADATA_BYTES, Reason, Rejection, Sent, validate

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DIRECTORY = Directory(
    {
        1: TenantIds(
            campaigns=frozenset({10, 11}),
            placements=frozenset({20}),
            creatives=frozenset({30}),
            line_items={40: LineItemRef(10, 20, Micros(2_500_000))},
        ),
        2: TenantIds(campaigns=frozenset({99})),
    }
)


def sent(**fields):
    base = {
        "event_id": str(uuid4()),
        "ts": "2026-11-21T11:59:00Z",
        "event_type": "IMPRESSION",
        "tenant_id": 1,
    }
    return {name: value for name, value in (base | fields).items() if value is not ...}


def check(body) -> Event | Rejection:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return validate(raw, now=NOW, tenant_id=1, directory=DIRECTORY)


def accepted(**fields) -> Event:
    event = check(sent(**fields))
    assert isinstance(event, Event), event
    return event


def refused(body) -> tuple[Reason, str]:
    rejection = check(body)
    assert isinstance(rejection, Rejection)
    assert rejection.message
    return rejection.reason, rejection.field


def test_it_inherits_campaign_placement_and_price_from_the_line_item():
    event = accepted(line_item_id=40, cost_micros=9_999, invalid_reason="known_bot")
    assert (event.campaign_id, event.placement_id, event.cost_micros) == (10, 20, 2500)
    assert event.invalid_reason == ""
    assert event.received_at == NOW


def test_only_an_impression_costs():
    assert accepted(line_item_id=40, event_type="CLICK").cost_micros == 0


def test_it_normalises_the_id_the_type_and_the_time_zone():
    event = accepted(
        event_id="550E8400-E29B-41D4-A716-446655440000",
        ts="2026-11-21T06:59:00-05:00",
        event_type="viewable",
        tenant_id=...,
    )
    assert str(event.event_id) == "550e8400-e29b-41d4-a716-446655440000"
    assert (event.ts, event.event_type) == (datetime(2026, 11, 21, 11, 59, tzinfo=UTC), "VIEW")
    assert event.tenant_id == 1


def test_null_means_absent():
    event = accepted(campaign_id=None, user_id=None, metadata=None, value_cents=None)
    assert (event.campaign_id, event.user_id, event.metadata) == (0, "", {})


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({"event_id": ...}, Reason.MISSING_FIELD, "event_id"),
        ({"ts": ...}, Reason.MISSING_FIELD, "ts"),
        ({"event_id": "42"}, Reason.BAD_EVENT_ID, "event_id"),
        ({"event_id": 42}, Reason.BAD_EVENT_ID, "event_id"),
        ({"event_type": "PURCHASE"}, Reason.BAD_EVENT_TYPE, "event_type"),
        ({"ts": "2026-11-21T11:59:00"}, Reason.BAD_TIMESTAMP, "ts"),
        ({"ts": "yesterday"}, Reason.BAD_TIMESTAMP, "ts"),
        ({"ts": "0001-01-01T00:00:00+23:59"}, Reason.BAD_TIMESTAMP, "ts"),
        ({"ts": 1763726340}, Reason.BAD_VALUE, "ts"),
        ({"ts": "1970-01-01T00:00:00Z"}, Reason.EVENT_TOO_OLD, "ts"),
        ({"ts": "2026-11-14T11:59:59Z"}, Reason.EVENT_TOO_OLD, "ts"),
        ({"ts": "2100-01-01T00:00:00Z"}, Reason.EVENT_IN_FUTURE, "ts"),
        ({"ts": "2026-11-21T12:10:01Z"}, Reason.EVENT_IN_FUTURE, "ts"),
        ({"tenant_id": 2}, Reason.UNKNOWN_TENANT, "tenant_id"),
        ({"campaign_id": 99}, Reason.UNKNOWN_CAMPAIGN, "campaign_id"),
        ({"campaign_id": 12345}, Reason.UNKNOWN_CAMPAIGN, "campaign_id"),
        ({"campaign_id": -1}, Reason.BAD_VALUE, "campaign_id"),
        ({"campaign_id": 2**63}, Reason.BAD_VALUE, "campaign_id"),
        ({"campaign_id": "10"}, Reason.BAD_VALUE, "campaign_id"),
        ({"placement_id": 21}, Reason.UNKNOWN_PLACEMENT, "placement_id"),
        ({"creative_id": 31}, Reason.UNKNOWN_CREATIVE, "creative_id"),
        ({"line_item_id": 41}, Reason.UNKNOWN_LINE_ITEM, "line_item_id"),
        ({"line_item_id": 40, "campaign_id": 11}, Reason.OTHER_CAMPAIGN, "line_item_id"),
        ({"user_id": "u" * 129}, Reason.BAD_VALUE, "user_id"),
        ({"ad_id": "1-" * 300}, Reason.BAD_VALUE, "ad_id"),
        ({"metadata": []}, Reason.BAD_VALUE, "metadata"),
        ({"metadata": {"a": "x" * METADATA_BYTES}}, Reason.METADATA_TOO_LARGE, "metadata"),
        ({"metadata": {"a": [[[[[1]]]]]}}, Reason.METADATA_TOO_DEEP, "metadata"),
        ({"campain_id": 10}, Reason.UNKNOWN_FIELD, "campain_id"),
    ],
)
def test_it_refuses_with_a_reason_and_the_field(fields, reason, field):
    assert refused(sent(**fields)) == (reason, field)


def test_another_tenants_campaign_reads_like_one_that_does_not_exist():
    assert check(sent(campaign_id=99)) == check(sent(campaign_id=12345))


def test_the_limits_themselves_are_accepted():
    oldest, newest = NOW - timedelta(days=7), NOW + timedelta(minutes=10)
    assert accepted(ts=oldest.isoformat()).ts == oldest
    assert accepted(ts=newest.isoformat()).ts == newest
    assert accepted(metadata={"a": [[[1]]]}, user_id="u" * 128, template_id=2**63 - 1)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff\xfe", b'{"event_id":"\xff"}', b"[]", b"1", b"null", b"[" * 50_000,
     b'{"event_id":1', b'{"metadata":{"a":' + b"9" * 6000 + b"}}"],
)  # fmt: skip
def test_it_refuses_what_is_no_json_object(raw):
    assert isinstance(check(raw), Rejection)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_a_billing_is_for_the_platform_alone_to_say():
    for sent_as in ("BILLING", "billing"):
        outcome = check(_json(sent(event_type=sent_as)))
        assert isinstance(outcome, Rejection)
        assert (outcome.reason, outcome.field) == (Reason.BAD_EVENT_TYPE, "event_type")
        assert "BILLING" not in outcome.message.partition(" is none of ")[2]


NAMES = st.sampled_from([field.name for field in msgspec.structs.fields(Sent)])


@given(st.dictionaries(NAMES, JSON, max_size=6), JSON)
def test_any_json_becomes_an_event_or_a_rejection(fields, metadata):
    outcome = check(_json(sent(metadata=metadata) | fields))
    assert isinstance(outcome, Event | Rejection)


@given(st.binary())
def test_any_bytes_become_a_rejection(raw):
    assert isinstance(check(raw), Rejection)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4), st.sampled_from(EventType))
def test_what_is_accepted_survives_its_trip_through_kafka(metadata, event_type):
    event = check(_json(sent(metadata=metadata, event_type=event_type)))
    if isinstance(event, Event):
        assert decode(encode(event)) == event


def _json(value) -> bytes:
    return json.dumps(value).encode()
