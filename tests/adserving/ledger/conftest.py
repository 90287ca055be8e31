"""An empty ledger that is complete."""

import pytest

from tests.adserving.ledger.books import mark_complete
from tests.events.conftest import Stream


@pytest.fixture
def ledger_ready(clean_redis) -> None:
    mark_complete()


@pytest.fixture
def kafka_stream(kafka_topic) -> Stream:
    """The topic that ``settings.EVENTS_TOPIC`` of a test names."""
    return Stream(kafka_topic, "")
