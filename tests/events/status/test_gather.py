"""`manage.py consumer_status` on a real consumer, ledger and broker."""

import json
import subprocess
import sys

import pytest
from django.conf import settings as configured
from django.db import connection

from events.models import PartitionLedger
from tests.events.builders import an_event
from tests.live import PROJECT, environment


def run(*arguments):
    """Output and exit status of the command, in a process of its own: asking about a group has
    aborted one whose broker was restarted before.
    """
    names = ("EVENTS_TOPIC", "EVENTS_DLQ_TOPIC", "EVENTS_GROUP")
    done = subprocess.run(
        [sys.executable, "manage.py", "consumer_status", *arguments],
        cwd=PROJECT,
        env=environment(0, **{name: getattr(configured, name) for name in names}),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr, done.returncode


def test_a_consumer_that_has_done_its_work_is_shown_with_its_counts(stream):
    event = an_event()
    stream.send(event, event, an_event(), b"{", b"[1]")
    consumer = stream.consumer()
    try:
        stream.drive(consumer, 5)
        text, status = run()
        found = json.loads(run("--json")[0])
    finally:
        consumer.reader.close()
    assert status == 0, text
    assert "nothing is wrong" in text
    assert "total: 0 wait, 2 inserted, 1 duplicates, 2 dead letters in 1 partitions" in text
    assert "dead-letter topic: 2 messages; " in text
    (partition,) = found["partitions"]
    assert (partition["next_offset"], partition["kafka_next"], partition["lag"]) == (5, 5, 0)
    assert (found["ok"], found["dead_letters"]["reasons"]) == (
        True,
        {"not_json": 1, "wrong_shape": 1},
    )


def test_a_topic_without_a_consumer_waits_and_says_what_to_do(stream):
    stream.send(an_event(), an_event(), an_event())
    text, status = run()
    assert status == 1
    assert "3 wait" in text
    assert "WRONG  no consumer has ever worked on" in text


def test_a_partition_without_a_sign_of_life_is_wrong(stream):
    stream.send(an_event())
    stream.consume(1)
    long_ago = "2026-01-01T00:00:00Z"
    PartitionLedger.objects.update(
        updated_at=long_ago, last_batch_at=long_ago, caught_up_at=long_ago
    )
    text, status = run()
    assert status == 1
    assert "no sign of life since 2026-01-01" in text


def test_kafka_that_is_away_leaves_the_ledger(stream, settings):
    stream.send(an_event())
    stream.consume(1)
    settings.KAFKA_BOOTSTRAP_SERVERS = "127.0.0.1:1"
    text, status = run()
    assert status == 1
    assert "WRONG  Kafka cannot be asked" in text
    assert "total: ? wait, 1 inserted" in text


@pytest.mark.fault
def test_postgresql_that_is_away_leaves_kafkas_side(stream, running_engines):
    stream.send(an_event(), b"{")
    connection.close()
    running_engines.stop_engine("postgres")
    try:
        text, status = run()
    finally:
        running_engines.start_engine("postgres")
        connection.close()
    assert status == 1
    assert "WRONG  PostgreSQL cannot be asked" in text
    assert "total: 2 wait" in text


def test_a_missing_topic_names_the_command_that_makes_it(stream, settings):
    settings.EVENTS_TOPIC = "nothing-here"
    assert "apply_event_schema" in run()[0]
