"""Kafka: one idempotent producer per process, consumers, topics.

Errors are ``KafkaError`` (confluent-kafka's exception under one name, since a ``Consumer`` that we
hand out raises it too) and its subclass ``KafkaUnavailable``.
"""

from confluent_kafka import Consumer, Message, TopicPartition

from adplatform.clients.kafka.admin import (
    Topic,
    broker_answers,
    cluster_ready,
    describe,
    ensure_topics,
    group_lag,
    group_state,
    topic_partitions,
)
from adplatform.clients.kafka.connection import KafkaError, KafkaUnavailable
from adplatform.clients.kafka.producer import OnDelivery, flush, produce, produce_and_wait
from adplatform.clients.kafka.readers import committed, consumer, position, watermarks
from adplatform.clients.kafka.scanning import Ends, NoTopic, ends, scan

__all__ = [
    "Consumer",
    "Ends",
    "KafkaError",
    "KafkaUnavailable",
    "Message",
    "NoTopic",
    "OnDelivery",
    "Topic",
    "TopicPartition",
    "broker_answers",
    "cluster_ready",
    "committed",
    "consumer",
    "describe",
    "ends",
    "ensure_topics",
    "flush",
    "group_lag",
    "group_state",
    "position",
    "produce",
    "produce_and_wait",
    "scan",
    "topic_partitions",
    "watermarks",
]
