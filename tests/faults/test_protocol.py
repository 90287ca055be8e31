"""Whatever happens in whatever order, every event is stored and counted once."""

import os
import uuid

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from adplatform.clients import clickhouse, kafka
from adplatform.clients import redis as redis_client
from events.tiers import RAW
from tests.faults.machine import REFUSED_CENTS, Protocol

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

EXAMPLES = int(os.environ.get("PROTOCOL_EXAMPLES", "10"))
STEPS = 40
WAIT_READS = 50


@pytest.fixture
def refusing_rows(event_store):
    clickhouse.command(f"ALTER TABLE {RAW} ADD CONSTRAINT r CHECK value_cents != {REFUSED_CENTS}")
    yield
    clickhouse.command(f"ALTER TABLE {RAW} DROP CONSTRAINT r")


@pytest.fixture
def dead_letters(settings):
    """The keys of a topic's dead letters, once there are as many as wanted."""
    settings.EVENTS_DLQ_TOPIC = topic = f"protocol-dlq-{uuid.uuid4().hex[:8]}"
    kafka.ensure_topics({topic: 1}, replication=1)
    reader = kafka.consumer(topic)
    reader.assign([kafka.position(topic, 0, 0)])
    keys: set[str] = set()

    def of(topic_id: str, wanted: int) -> set[str]:
        found: set[str] = set()
        for _ in range(WAIT_READS):
            keys.update((message.key() or b"").decode() for message in reader.consume(1000, 0.05))
            found = {key for key in keys if key.startswith(topic_id)}
            if len(found) >= wanted:
                break
        return found

    yield of
    reader.close()


def test_every_event_is_counted_once_under_random_faults(
    refusing_rows, dead_letters, lost_answers, settings
):
    class Example(Protocol):
        lost = lost_answers
        redis_url = settings.REDIS_URL

    Example.dead_letters = staticmethod(dead_letters)
    try:
        run_state_machine_as_test(Example, settings=many_examples())
    finally:
        settings.REDIS_URL = Example.redis_url
        redis_client.close()


def many_examples() -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        print_blob=True,
    )
