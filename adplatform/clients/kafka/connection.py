"""What every Kafka client shares: settings, errors, and librdkafka's own lines in the log."""

import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar

from confluent_kafka import KafkaException
from django.conf import settings

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning

client_log = logging.getLogger("adplatform.clients.kafka.librdkafka")

REQUEST_SECONDS: Final = 5.0
REPEAT_SECONDS: Final = 30.0

Config = dict[str, Any]  # librdkafka's own: words, numbers and callbacks
Result = TypeVar("Result")
KafkaError = KafkaException


class KafkaUnavailable(KafkaException):
    """The broker did not answer or did not acknowledge in time."""


def connection() -> Config:
    """The settings of every client; librdkafka's own lines go to the log instead of stderr."""
    if not settings.KAFKA_BOOTSTRAP_SERVERS:
        raise EngineNotRunning("Kafka", "KAFKA_BOOTSTRAP_SERVERS")
    return {
        "bootstrap.servers": settings.KAFKA_BOOTSTRAP_SERVERS,
        "client.id": "adplatform",
        "logger": client_log,
        "log.connection.close": False,
        "reconnect.backoff.max.ms": 2000,
        "allow.auto.create.topics": False,
    }


def answered(ask: Callable[[], Result]) -> Result:
    """What ``ask`` returns, counted.

    Raises:
        KafkaUnavailable: the broker did not answer.
    """
    try:
        result = ask()
    except (KafkaException, TimeoutError) as exc:
        metrics.ENGINE_CALLS.labels("kafka", "unavailable").inc()
        raise KafkaUnavailable(f"Kafka did not answer: {exc}") from exc
    metrics.ENGINE_CALLS.labels("kafka", "ok").inc()
    return result


class _Seldom(logging.Filter):
    """librdkafka reports every attempt to reconnect; one line of a kind in a while is enough."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.getMessage().partition(" ")[0]
        if record.created - self._last.get(kind, 0.0) < REPEAT_SECONDS:
            return False
        self._last[kind] = record.created
        return True


client_log.addFilter(_Seldom())
