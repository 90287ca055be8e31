"""The Kafka topics that are stored exactly once: their names, their groups, making them."""

from dataclasses import dataclass

from django.conf import settings

from adplatform.clients import kafka


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic, where its poison goes, and who consumes it."""

    name: str
    topic: str
    dead_letters: str
    group: str
    command: str  # of manage.py


def ad_events() -> Channel:
    return Channel(
        "events",
        settings.EVENTS_TOPIC,
        settings.EVENTS_DLQ_TOPIC,
        settings.EVENTS_GROUP,
        "consume_events",
    )


def bids() -> Channel:
    return Channel(
        "bids",
        settings.RTB_BIDS_TOPIC,
        settings.RTB_BIDS_DLQ_TOPIC,
        settings.RTB_BIDS_GROUP,
        "consume_bids",
    )


def channels() -> tuple[Channel, ...]:
    """All of them."""
    return ad_events(), bids()


def wanted() -> dict[str, int]:
    """How many partitions each topic has when we create it."""
    return {
        name: count
        for each in channels()
        for name, count in ((each.topic, settings.EVENTS_PARTITIONS), (each.dead_letters, 1))
    }


def ensure() -> None:
    """Create the topics that are missing; an existing one is left as it is.

    Raises:
        kafka.KafkaUnavailable: the broker did not answer.
    """
    kafka.ensure_topics(wanted(), settings.EVENTS_REPLICATION)
