"""The spool: bounded, adopted from the dead, emptied when the broker takes its lines."""

import subprocess
import sys

import pytest

from adplatform import metrics
from events.spool import Spool
from events.types import decode, encode
from tests.events.builders import an_event

LIMIT = 100_000
DIES_WITH_A_SPOOL = """
import os, sys, django
django.setup()
from pathlib import Path
from events.spool import Spool
Spool(Path(sys.argv[1]), 100_000).keep(sys.argv[2].encode())
os._exit(9)
"""


@pytest.fixture
def own(tmp_path):
    made = Spool(tmp_path, LIMIT)
    yield made
    made.close()


def test_what_waits_is_sent_and_removed(stream, own, tmp_path):
    events = [an_event() for _ in range(3)]
    assert all(own.keep(encode(event)) for event in events)
    assert own.measure() > 0
    assert own.replay() == 3
    assert [decode(message.value()) for message in stream.read(stream.topic, 3)] == events
    assert own.measure() == 0
    assert list(tmp_path.glob("*/*.ndjson")) == []


def test_it_goes_on_after_a_replay(stream, own):
    own.keep(encode(an_event()))
    own.replay()
    own.keep(encode(an_event()))
    assert own.replay() == 1


def test_a_full_spool_refuses(tmp_path):
    small = Spool(tmp_path, 1000)
    value = encode(an_event())
    kept = sum(small.keep(value) for _ in range(50))
    small.close()
    assert kept == 1000 // (len(value) + 1)
    assert small.measure() <= 1000


def test_the_limit_covers_every_process(tmp_path):
    first = Spool(tmp_path, LIMIT)
    first.keep(b"x" * 900)
    second = Spool(tmp_path, 1000)
    assert not second.keep(b"y" * 200)
    first.close()
    second.close()


def test_a_dead_process_is_adopted_and_a_living_one_is_not(stream, tmp_path, own):
    event, living = an_event(), Spool(tmp_path, LIMIT)
    living.keep(encode(an_event()))
    command = [sys.executable, "-c", DIES_WITH_A_SPOOL, str(tmp_path), encode(event).decode()]
    assert subprocess.run(command, check=False).returncode == 9
    assert own.replay() == 1
    assert decode(stream.read(stream.topic, 1)[0].value()) == event
    assert living.measure() > 0
    assert len(list(tmp_path.iterdir())) == 1  # the dead one's folder is gone
    living.close()


def test_a_torn_line_is_counted_as_lost_and_its_neighbours_are_sent(stream, tmp_path, own):
    folder = tmp_path / "1-dead"
    folder.mkdir()
    (folder / "lock").touch()
    (folder / "open.ndjson").write_bytes(encode(an_event()) + b'\n{"event_id":"55')
    lost = metrics.EVENTS_LOST._value.get()
    assert own.replay() == 1
    assert metrics.EVENTS_LOST._value.get() == lost + 1
