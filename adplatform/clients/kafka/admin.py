"""Topics, groups and the cluster, as an operator's client sees them."""

import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import NamedTuple, TypeVar

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka import KafkaError as DeliveryError
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.cimpl import NewTopic
from django.conf import settings

from adplatform.clients.kafka.connection import (
    REQUEST_SECONDS,
    Config,
    KafkaUnavailable,
    answered,
    connection,
)

Result = TypeVar("Result")


def ensure_topics(partitions: Mapping[str, int], replication: int) -> None:
    """Create the topics that are missing; existing ones are left as they are.

    Raises:
        KafkaUnavailable: the broker did not answer or refused.
    """
    known = topic_partitions()
    wanted = [
        NewTopic(name, num_partitions=count, replication_factor=replication)
        for name, count in partitions.items()
        if name not in known
    ]
    if not wanted:
        return
    for created in _admin().create_topics(wanted, request_timeout=REQUEST_SECONDS).values():
        _created(created)


def topic_partitions() -> dict[str, int]:
    """The number of partitions of every topic of the cluster."""
    metadata = answered(lambda: _admin().list_topics(timeout=REQUEST_SECONDS))
    return {name: len(topic.partitions) for name, topic in metadata.topics.items()}


class Topic(NamedTuple):
    """The broker's id of a topic (KIP-516) is another one when the topic is made again.

    The embedded broker gives ids too, new ones at each start.
    """

    id: str
    partitions: int


def describe(name: str) -> Topic:
    """A topic's id and number of partitions.

    Raises:
        KafkaUnavailable: the broker did not answer, or the topic does not exist.
    """
    described = _admin().describe_topics(TopicCollection([name]), request_timeout=REQUEST_SECONDS)
    topic = _answer(described[name])
    return Topic(str(topic.topic_id), len(topic.partitions))


def group_lag(group: str, topic: str) -> dict[int, int]:
    """Messages per partition that the group has not committed yet.

    The embedded broker gives the first offset of the last batch as the end, so that its lag may be
    too small by that batch.

    Raises:
        KafkaUnavailable: the broker did not answer.
    """
    partitions = range(topic_partitions().get(topic, 0))
    places = [TopicPartition(topic, partition) for partition in partitions]
    if not places:
        return {}
    committed = _committed(group, places)
    earliest, latest = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
    first, last = _offsets(places, earliest), _offsets(places, latest)
    done = {part: max(committed.get(part, 0), first[part]) for part in partitions}
    return {part: max(last[part] - done[part], 0) for part in partitions}


def cluster_ready(timeout: float = REQUEST_SECONDS) -> bool:
    """Whether a broker answers a metadata request in ``timeout`` seconds."""
    try:
        metadata = _admin().list_topics(timeout=timeout)
    except KafkaException:
        return False
    return bool(metadata.brokers)


def broker_answers(address: str, timeout: float) -> bool:
    """Like ``cluster_ready`` for a given address; needs no settings."""
    quiet: Config = {"bootstrap.servers": address, "log_level": 0, "reconnect.backoff.ms": 20}
    try:
        return bool(AdminClient(quiet).list_topics(timeout=timeout).brokers)
    except KafkaException:
        return False


def group_state(group: str) -> str:
    """The broker's word for the group: STABLE when it has members, EMPTY, DEAD and so on.

    For commands: it may abort its process when the broker was restarted meanwhile.

    Raises:
        KafkaUnavailable: the broker did not answer.
    """
    described = _answer(_admin().describe_consumer_groups([group])[group])
    return str(described.state.name)


_admins: dict[tuple[int, str], AdminClient] = {}
_creating = threading.Lock()


def _admin() -> AdminClient:
    place = (os.getpid(), settings.KAFKA_BOOTSTRAP_SERVERS)
    with _creating:
        if place not in _admins:
            _admins[place] = AdminClient(connection())
        return _admins[place]


def _answer(future: "Future[Result]") -> Result:
    return answered(lambda: future.result(timeout=REQUEST_SECONDS + 1))


def _created(future: "Future[None]") -> None:
    """Accept that another process was faster."""
    try:
        _answer(future)
    except KafkaUnavailable as exc:
        cause = exc.__cause__.args[0] if exc.__cause__ and exc.__cause__.args else None
        if getattr(cause, "code", int)() != DeliveryError.TOPIC_ALREADY_EXISTS:
            raise


def _committed(group: str, places: Sequence[TopicPartition]) -> dict[int, int]:
    asked = _admin().list_consumer_group_offsets(
        [ConsumerGroupTopicPartitions(group, list(places))], request_timeout=REQUEST_SECONDS
    )
    found = [_answer(future) for future in asked.values()]
    return {each.partition: each.offset for part in found for each in part.topic_partitions}


def _offsets(places: Sequence[TopicPartition], which: OffsetSpec) -> dict[int, int]:
    asked = _admin().list_offsets(dict.fromkeys(places, which), request_timeout=REQUEST_SECONDS)
    return {place.partition: int(_answer(future).offset) for place, future in asked.items()}
