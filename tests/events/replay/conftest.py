"""A topic with its dead letters, and the command that looks at them."""

import io
import json
from dataclasses import dataclass

import pytest
from django.core.management import call_command

from adplatform.clients import kafka
from events.types import Event, encode


@dataclass
class Mailbox:
    """The events topic and the dead-letter topic of one test."""

    topic: str
    dead: str

    def put(self, key, value, *, reason="wrong_shape", **headers):
        """A dead letter as the consumer writes it."""
        said = {"reason": reason, "detail": f"why {reason}", **headers}
        kafka.produce(
            self.dead,
            key.encode(),
            encode(value) if isinstance(value, Event) else value,
            headers=[(name, str(content).encode()) for name, content in said.items()],
        )
        kafka.flush()

    def sent(self):
        """What lies in the events topic now: (key, value, replayed_from)."""
        return [
            (each.key(), each.value(), dict(each.headers() or []).get("replayed_from"))
            for each in kafka.scan(self.topic)
        ]


@pytest.fixture
def mailbox(settings, kafka_topic) -> Mailbox:
    dead = f"{kafka_topic}-dlq"
    kafka.ensure_topics({dead: 2}, replication=1)
    settings.EVENTS_TOPIC = kafka_topic
    settings.EVENTS_DLQ_TOPIC = dead
    return Mailbox(kafka_topic, dead)


@pytest.fixture
def replay_dlq():
    def run(*arguments):
        output, errors = io.StringIO(), io.StringIO()
        call_command("replay_dlq", *arguments, stdout=output, stderr=errors)
        if "--json" in arguments:
            return [json.loads(line) for line in output.getvalue().splitlines()]
        return output.getvalue()

    return run
