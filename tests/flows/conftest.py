"""One running platform for all flow tests."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command

from tests.live import Platform, processes


@pytest.fixture(scope="session")
def _event_schema(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        call_command("apply_event_schema", verbosity=0)


@pytest.fixture(scope="session")
def platform(_event_schema, tmp_path_factory, django_db_blocker) -> Iterator[Platform]:
    with django_db_blocker.unblock(), processes(tmp_path_factory.mktemp("logs")) as running:
        yield running
