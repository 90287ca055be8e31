"""What doors store in place of ids, under the salts that the process has loaded."""

from datetime import UTC, datetime

import pytest

from adplatform import metrics
from events import accept, directory, pseudonyms
from events.directory import Directory
from events.types import decode
from events.users import Salt, hashed
from tests.events.builders import an_event

SECRET = b"s" * 32
SALTS = {1: (Salt(datetime(2026, 1, 1, tzinfo=UTC), SECRET),), 2: ()}


@pytest.fixture(autouse=True)
def loaded(monkeypatch):
    """Tenant 1 hashes, tenant 2 has no salt yet, tenant 3 does not hash."""
    monkeypatch.setattr(directory, "_current", Directory({}, SALTS))


def left_out() -> float:
    return metrics.USER_IDS_LEFT_OUT._value.get()


def test_an_event_is_stored_under_pseudonyms():
    stored = pseudonyms.of_event(an_event(user_id="u", session_id="s"))
    assert (stored.user_id, stored.session_id) == (hashed("u", SECRET), hashed("s", SECRET))
    assert pseudonyms.of_event(stored) is stored


def test_an_account_that_does_not_hash_keeps_its_ids():
    event = an_event(tenant_id=3, user_id="u")
    assert pseudonyms.of_event(event) is event


def test_without_a_salt_ids_are_left_out_and_counted():
    before = left_out()
    stored = pseudonyms.of_event(an_event(tenant_id=2, user_id="u", session_id="s"))
    assert (stored.user_id, stored.session_id, left_out()) == ("", "", before + 1)


def test_before_the_first_snapshot_ids_are_left_out(monkeypatch):
    monkeypatch.setattr(directory, "_current", None)
    assert pseudonyms.of_ids(3, "u", "s") == ("", "")


def test_an_event_without_ids_stays_and_counts_nothing():
    before = left_out()
    event = an_event(tenant_id=2)
    assert pseudonyms.of_event(event) is event
    assert left_out() == before


def test_both_doors_put_pseudonyms_into_the_topic(stream):
    accept.accept_batch([an_event(user_id="batch")])
    accept.accept_beacon(an_event(user_id="beacon"))
    names = {decode(message.value()).user_id for message in stream.read(stream.topic, 2)}
    assert names == {hashed("batch", SECRET), hashed("beacon", SECRET)}


def test_the_sender_of_a_batch_learns_what_is_stored(stream):
    stored = accept.accept_batch([an_event(user_id="u")])
    assert [event.user_id for event in stored] == [hashed("u", SECRET)]
