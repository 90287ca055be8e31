"""Fixtures of every test: clean engines, on the real ones that tests/engines.py started."""

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import redis

from adplatform.clients import clickhouse, kafka
from adplatform.clients import redis as redis_client
from adserving import refresh
from adserving.spend import Spend
from events import schema

# A shared machine makes single examples slow; speed is measured by `make bench`, never by a test.
hypothesis.settings.register_profile("adplatform", deadline=None)
hypothesis.settings.load_profile("adplatform")


@pytest.fixture(scope="session", autouse=True)
def hang_up() -> Iterator[None]:
    """Close the connections of this thread while the servers still run."""
    yield
    clickhouse.disconnect()
    redis_client.close()


@pytest.fixture(autouse=True)
def spend_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the spend that another has read."""
    monkeypatch.setattr(refresh, "_spend", Spend())


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A DATA_DIR for engines of a test's own.

    Not below ``tmp_path``: every other pytest that starts on this machine closes its root to the
    user that PostgreSQL runs as.
    """
    with tempfile.TemporaryDirectory(prefix="adplatform-test-", ignore_cleanup_errors=True) as root:
        yield Path(root) / "data"


@pytest.fixture
def clean_redis() -> "redis.Redis":
    """The client, on an empty server."""
    client = redis_client.client()
    client.flushdb()
    return client


@pytest.fixture(scope="session")
def event_schema() -> None:
    """ClickHouse's tables and views, once a session."""
    schema.apply()


@pytest.fixture
def event_store(event_schema: None) -> None:
    """Empty event tables; the record of applied migrations stays."""
    rows = clickhouse.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase()"
        " AND engine LIKE '%%MergeTree' AND name != 'schema_migrations'"
    )
    for (name,) in rows:
        clickhouse.command(f"TRUNCATE TABLE {name}")


@pytest.fixture
def kafka_topic() -> str:
    """The name of a new topic with one partition."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    kafka.ensure_topics({name: 1}, replication=1)
    return name
