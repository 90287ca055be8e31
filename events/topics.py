"""The Kafka topics of the events."""

from django.conf import settings

from adplatform.clients import kafka


def ensure() -> None:
    """Create the topics that are missing; an existing one is left as it is.

    Raises:
        kafka.KafkaUnavailable: the broker did not answer.
    """
    kafka.ensure_topics(
        {settings.EVENTS_TOPIC: settings.EVENTS_PARTITIONS, settings.EVENTS_DLQ_TOPIC: 1},
        settings.EVENTS_REPLICATION,
    )
