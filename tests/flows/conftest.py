"""A running platform for the tests of one module."""

from collections.abc import Iterator

import pytest

from tests.live import Platform, processes


@pytest.fixture(scope="module")
def platform(
    event_schema, django_db_setup, django_db_blocker, tmp_path_factory
) -> Iterator[Platform]:
    with django_db_blocker.unblock(), processes(tmp_path_factory.mktemp("logs")) as running:
        yield running
