"""A platform for each test, and a way to take one engine away from it."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connections

from adplatform.clients import kafka
from tests.events.conftest import Stream
from tests.faults import injected
from tests.faults.pipeline import Pipeline
from tests.live import Platform, processes


@pytest.fixture
def platform(event_schema, transactional_db, tmp_path) -> Iterator[Platform]:
    with processes(tmp_path) as running:
        yield running


@pytest.fixture
def without(running_engines, platform):
    """``with without("kafka"): …`` stops a real engine and starts it again."""

    @contextmanager
    def stopped(name: str) -> Iterator[None]:
        running_engines.stop_engine(name)
        try:
            yield
        finally:
            running_engines.start_engine(name)
            connections.close_all()  # this process held some to the stopped server
            if name == "kafka":
                platform.make_topics()

    return stopped


@pytest.fixture
def lost_answers(monkeypatch) -> injected.LostAnswers:
    """Makes calls of the consumer fail before or after they took effect."""
    return injected.between(monkeypatch)


@pytest.fixture
def make_pipeline(
    settings, transactional_db, event_store, clean_redis, tmp_path
) -> Callable[..., Pipeline]:
    """Makes a topic with so many partitions, on empty stores."""

    def made(partitions: int = 1) -> Pipeline:
        topic = f"faults-{uuid.uuid4().hex[:12]}"
        dead_letters = f"{topic}-dlq"
        kafka.ensure_topics({topic: partitions, dead_letters: 1}, replication=1)
        settings.EVENTS_TOPIC = topic
        settings.EVENTS_DLQ_TOPIC = dead_letters
        return Pipeline(Stream(topic, dead_letters), tmp_path)

    return made


@pytest.fixture
def pipeline(make_pipeline) -> Pipeline:
    """A topic with one partition."""
    return make_pipeline()
