"""`manage.py replay_dlq` on a real broker and database: sent once, to the right partition."""

import pytest
from django.core.management import CommandError

from adplatform.clients import kafka
from events.models import Replayed
from events.types import encode
from tests.events.builders import an_event

pytestmark = pytest.mark.django_db


def test_a_letter_that_can_be_read_is_sent_with_its_bytes_and_the_events_key(mailbox, replay_dlq):
    event = an_event()
    mailbox.put("T:0:5", event, reason="refused", orig_key="some other key")
    assert "1 sent" in replay_dlq("--send")
    ((key, value, origin),) = mailbox.sent()
    assert (key, origin) == (event.key, b"T:0:5")
    assert b'"event_id"' in value


def test_a_second_run_sends_nothing_again_unless_told(mailbox, replay_dlq):
    mailbox.put("T:0:5", an_event(), reason="refused")
    replay_dlq("--send")
    assert "total: 1 sent before" in replay_dlq("--send")
    assert len(mailbox.sent()) == 1
    replay_dlq("--send", "--again")
    assert len(mailbox.sent()) == 2


def test_poison_that_comes_back_as_a_new_letter_is_not_sent_for_ever(mailbox, replay_dlq):
    mailbox.put("T:0:5", b"{")
    replay_dlq("--send", "--unreadable")
    mailbox.put("T:0:900", b"{")
    assert "total: 2 sent before" in replay_dlq("--send", "--unreadable")
    assert len(mailbox.sent()) == 1


def test_two_letters_of_the_same_bytes_are_one_message(mailbox, replay_dlq):
    event = an_event()
    mailbox.put("T:0:5", event, reason="refused")
    mailbox.put("T:0:6", event, reason="refused")
    assert "total: 1 sent, 1 sent before" in replay_dlq("--send")
    assert len(mailbox.sent()) == 1


def test_a_copy_of_a_letter_is_not_shown_twice(mailbox, replay_dlq):
    mailbox.put("T:0:5", b"{")
    mailbox.put("T:0:5", b"{")
    assert len(replay_dlq("--json")) == 1


def test_what_would_only_come_back_is_kept_unless_told(mailbox, replay_dlq):
    mailbox.put("T:0:5", b"{", orig_key="orig")
    assert "total: 1 still unreadable" in replay_dlq("--send")
    assert mailbox.sent() == []
    replay_dlq("--send", "--unreadable")
    assert mailbox.sent() == [(b"orig", b"{", b"T:0:5")]


def test_a_dry_run_says_what_would_happen_and_does_nothing(mailbox, replay_dlq):
    mailbox.put("T:0:5", an_event(), reason="refused")
    mailbox.put("T:0:6", b"{")
    text = replay_dlq("--dry-run")
    assert "total: 1 would send, 1 still unreadable" in text
    assert mailbox.sent() == []
    assert not Replayed.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["--reason", "a"], ["T:0:1", "T:0:3"]),
        (["--reason", "a", "--tenant", "7"], ["T:0:3"]),
        (["--key", "T:0:2"], ["T:0:2"]),
        (["--since", "2026-11-03"], ["T:0:3"]),
        (["--until", "2026-11-02T00:00:00Z"], ["T:0:1"]),
        (["--limit", "2"], 2),
        ([], 3),
    ],
)
def test_filters_choose(mailbox, replay_dlq, arguments, keys):
    for day, reason, tenant_id in ((1, "a", 6), (2, "b", 7), (3, "a", 7)):
        body = b'{"tenant_id": %d}' % tenant_id
        mailbox.put(f"T:0:{day}", body, reason=reason, first_seen=f"2026-11-0{day}T12:00:00Z")
    found = sorted(each["key"] for each in replay_dlq("--json", *arguments))
    assert (found if isinstance(keys, list) else len(found)) == keys


def test_the_table_shows_why_and_the_counts_by_reason(mailbox, replay_dlq):
    mailbox.put("T:0:5", b"\x1b[31mred", reason="not_json")
    text = replay_dlq()
    assert "why not_json" in text
    assert "\\x1b[31mred" in text
    assert "\x1b" not in text
    assert "not_json: 1 listed" in text


def test_an_empty_topic_is_said_to_be_empty(mailbox, replay_dlq):
    assert "total: no dead letters" in replay_dlq()


def test_thousands_are_sent_in_parts(mailbox, replay_dlq):
    events = [an_event() for _ in range(1200)]
    for offset, event in enumerate(events):
        kafka.produce(mailbox.dead, b"T:0:%d" % offset, encode(event), [("reason", b"refused")])
    kafka.flush()
    assert "total: 1200 sent" in replay_dlq("--send")
    assert sorted(key for key, _, _ in mailbox.sent()) == sorted(each.key for each in events)
    assert Replayed.objects.count() == 1200


@pytest.mark.parametrize("arguments", [["--send"], ["--edit", "T:0:5", "--value", "-"]])
def test_a_broker_that_is_away_is_said_to_be(settings, replay_dlq, arguments):
    settings.KAFKA_BOOTSTRAP_SERVERS = "127.0.0.1:1"
    with pytest.raises(CommandError, match="Kafka did not answer"):
        replay_dlq(*arguments)


def test_a_missing_topic_names_the_command_that_makes_it(mailbox, replay_dlq, settings):
    settings.EVENTS_DLQ_TOPIC = "nothing-here"
    with pytest.raises(CommandError, match="apply_event_schema"):
        replay_dlq()
