"""Fixtures of the embedded engines' tests."""

from collections.abc import Iterator
from itertools import count

import pytest
from clickhouse_driver import Client

from tests.adplatform.embedded.clickhouse_server import ClickHouseServer, start

databases = (f"test_{number}" for number in count())


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    server = start(tmp_path_factory.mktemp("clickhouse") / "data")
    yield server
    server.kill()


@pytest.fixture
def client(clickhouse: ClickHouseServer) -> Iterator[Client]:
    """A connection whose database is empty."""
    database = next(databases)
    owner = clickhouse.client()
    owner.execute(f"CREATE DATABASE {database}")
    client = clickhouse.client(database)
    yield client
    client.disconnect()
    owner.execute(f"DROP DATABASE {database}")
    owner.disconnect()
