"""`POST /api/events/`: everything is queued, or nothing is and the answer says why."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from adplatform.doors import Limits, Problem, serve
from adplatform.money import Micros
from events import directory
from events.directory import Directory, LineItemRef, TenantIds
from events.endpoint import build_door
from events.types import Event, decode
from tenants.keys import Caller
from tests.events.test_validate import sent
from tests.wsgi_client import call

IDS = TenantIds(frozenset({10}), frozenset({20}), frozenset(), {40: LineItemRef(10, 20, Micros(1))})
KEYS = {
    "Bearer one": Caller(1, frozenset({"events"}), "one"),
    "Bearer reports": Caller(1, frozenset({"reports"}), "reports"),
}


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(directory, "_current", Directory({1: IDS}))


@pytest.fixture
def observed() -> list[Event]:
    return []


@pytest.fixture
def post(observed, known):
    def authenticate(request):
        try:
            return KEYS[request.header("authorization")]
        except KeyError:
            raise Problem(401, "Unauthorized", "no such key") from None

    app = serve("events", build_door(authenticate, observed.extend), Limits(1_048_576, 0))

    def send(body=b"", *, method="POST", key="Bearer one", **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return call(app, "/api/events/", method=method, body=raw, authorization=key, **headers)

    return send


def fresh(**fields):
    return sent(**{"ts": datetime.now(UTC).isoformat(), **fields})


def in_topic(stream, count):
    return [decode(message.value()) for message in stream.read(stream.topic, count)]


def test_one_event_is_queued_with_what_the_platform_knows(stream, post, observed):
    answer = post(fresh(line_item_id=40))
    assert (answer.status, answer.json()) == (202, {"status": "queued", "accepted": 1})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (event,) = in_topic(stream, 1)
    assert (event.campaign_id, event.placement_id, event.tenant_id) == (10, 20, 1)
    assert observed == [event]


@pytest.mark.parametrize(
    ("join", "headers"),
    [
        (lambda rows: b"[" + b",".join(rows) + b"]", {}),
        (b"\n".join, {}),
        (b"\n".join, {"content_type": "application/x-ndjson"}),
        (lambda rows: gzip.compress(b"\n".join(rows)), {"content_encoding": "gzip"}),
    ],
)
def test_an_array_ndjson_and_gzip_are_batches(stream, post, join, headers):
    answer = post(join([json.dumps(fresh()).encode() for _ in range(3)]), **headers)
    assert (answer.status, answer.json()["accepted"]) == (202, 3)
    assert len(in_topic(stream, 3)) == 3


def test_one_bad_event_refuses_the_batch_and_names_it(stream, post, observed):
    answer = post([fresh(), fresh(campaign_id=99), fresh(ts="1970-01-01T00:00:00Z")])
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    errors = [(each["index"], each["field"], each["reason"]) for each in answer.json()["errors"]]
    assert errors == [(1, "campaign_id", "unknown_campaign"), (2, "ts", "event_too_old")]
    assert "older than 7 days" in answer.json()["errors"][1]["message"]
    assert observed == []
    assert stream.is_empty()


def test_the_list_of_errors_has_an_end(stream, post):
    assert len(post([{}] * 200).json()["errors"]) == 50


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"hello", 400),
        (b"\xff\xfe", 400),
        ([{}] * 10_000, 413),
        (b" " * 1_048_577, 413),
        (gzip.compress(b"[" + b" " * 30_000_000, mtime=0), 413),
        ([fresh(tenant_id=2)], 404),
    ],
)
def test_a_bad_body_gets_its_status_and_queues_nothing(stream, post, body, status):
    packed = isinstance(body, bytes) and body.startswith(b"\x1f\x8b")
    answer = post(body, **({"content_encoding": "gzip"} if packed else {}))
    assert (answer.status, answer.json()["status"]) == (status, status)
    assert stream.is_empty()


def test_too_many_events_says_the_limit(post):
    assert "at most 1000" in post([{}] * 10_000).json()["detail"]


def test_keys_and_methods(post):
    assert post(fresh(), key="").status == 401
    assert post(fresh(), key="Bearer reports").status == 403
    assert post(method="GET").status == 405
    assert post(method="GET").headers["Allow"] == "POST, OPTIONS"
    preflight = post(method="OPTIONS", key="")
    assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert "Access-Control-Allow-Credentials" not in preflight.headers


def test_before_the_first_snapshot_it_asks_to_come_back(post, monkeypatch):
    monkeypatch.setattr(directory, "_current", None)
    answer = post(fresh())
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.fault
def test_without_a_broker_the_sender_is_told_to_repeat(stream, post, observed, running_engines):
    running_engines.stop_engine("kafka")
    try:
        answer = post(fresh())
    finally:
        running_engines.start_engine("kafka")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert observed == []
