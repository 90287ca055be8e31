"""A platform for each test, and a way to take one engine away from it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections

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
