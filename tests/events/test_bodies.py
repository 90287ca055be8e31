"""One event, an array or NDJSON out of a request body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.bodies import BadBody, TooManyEvents, cut


def texts(body, content_type="application/json"):
    return [bytes(item) for item in cut(body, content_type)]


def test_one_event_an_array_and_ndjson():
    assert texts(b' {"a":1} ') == [b'{"a":1}']
    assert texts(b'[{"a":1}, {"b":2}]') == [b'{"a":1}', b'{"b":2}']
    lines = b'{"a":1}\r\n\n{"b":2}\n'
    assert texts(lines, "application/x-ndjson; charset=utf-8") == [b'{"a":1}', b'{"b":2}']
    assert texts(lines) == [b'{"a":1}', b'{"b":2}']


def test_a_pretty_printed_event_is_one_event():
    assert texts(b'{\n "a": 1\n}') == [b'{\n "a": 1\n}']


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"[]", b"[1,", b"{", b"hello", b"\xff\xfe", b"[" * 100_000, b'{"a":1} x']
)
def test_it_refuses_what_is_empty_or_no_json(body):
    with pytest.raises(BadBody):
        cut(body)


def test_it_says_the_limit_on_events():
    with pytest.raises(TooManyEvents, match="10000 events: at most 1000"):
        cut(b"[" + b",".join([b"{}"] * 10_000) + b"]")
    assert len(cut(b"[" + b",".join([b"{}"] * 1000) + b"]")) == 1000


@given(st.binary())
def test_any_bytes_are_items_or_a_bad_body(body):
    try:
        assert cut(body)
    except (BadBody, TooManyEvents) as exc:
        assert str(exc)  # noqa: PT017
