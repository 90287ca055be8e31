"""Dead letters as values: tolerant of missing headers, once each, harmless on a terminal."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.records import Arrived, Poison
from events.replay.letter import Place, Seen, letter, shown
from events.types import encode
from tests.events.builders import an_event

AT = datetime(2026, 11, 20, tzinfo=UTC)
PLACE = Place(0, 7, AT)


def test_headers_say_where_it_came_from_and_when():
    found = letter(
        PLACE,
        b"topic:3:1200",
        b"{",
        [("reason", b"not_json"), ("detail", b"why"), ("first_seen", b"2026-11-19T10:00:00Z")],
    )
    assert (found.key, found.reason, found.detail) == ("topic:3:1200", "not_json", "why")
    assert found.at == datetime(2026, 11, 19, 10, tzinfo=UTC)


def test_without_headers_the_place_speaks():
    found = letter(PLACE, None, None, [])
    assert (found.key, found.reason, found.at) == ("?:0:7", "unknown", AT)
    assert (found.value, found.orig_key) == (b"", b"")


def test_without_a_key_the_origin_headers_name_it():
    said = [("orig_partition", b"3"), ("orig_offset", b"12"), ("orig_topic_id", b"T")]
    assert letter(PLACE, None, b"", said).key == "T:3:12"


@pytest.mark.parametrize("moment", [b"yesterday", b"\xff", b""])
def test_a_time_that_cannot_be_read_is_the_brokers(moment):
    assert letter(PLACE, b"k", b"", [("first_seen", moment)]).at == AT


@pytest.mark.parametrize(
    ("value", "key", "tenant_id"),
    [
        (b'{"tenant_id": 5}', b"9:x", 5),
        (b'{"tenant_id": "5"}', b"9:x", 9),
        (b'{"tenant_id": true}', b"", None),
        (b"[1]", b"?", None),
        (b"\xff", b"12:abc", 12),
    ],
)
def test_the_body_says_whose_it_is_else_the_key(value, key, tenant_id):
    assert letter(PLACE, b"k", value, [("orig_key", key)]).tenant_id == tenant_id


def test_it_knows_what_this_version_makes_of_it():
    assert isinstance(letter(PLACE, b"k", encode(an_event()), []).outcome, Arrived)
    assert isinstance(letter(PLACE, b"k", b"{", []).outcome, Poison)


@given(st.lists(st.tuples(st.sampled_from(["a:0", "b:0", "a:1"]), st.integers(0, 200))))
def test_a_key_is_new_exactly_once(places):
    seen, before = Seen(), set()
    for source, offset in places:
        key = f"{source}:{offset}"
        assert seen.add(key) is (key not in before)
        before.add(key)


def test_keys_of_another_form_are_told_apart_too():
    seen = Seen()
    keys = ("x", "y", "x", "a:b", "a:b")
    assert [seen.add(key) for key in keys] == [True, True, False, True, False]


@given(st.text())
def test_what_is_shown_fits_and_steers_no_terminal(text):
    line = shown(text, 40)
    assert len(line) <= 40
    assert line.isprintable()
