"""The running platform, and a way to take one engine away from it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connections

from tests.flows.conftest import _event_schema, platform  # noqa: F401 - fixtures


@pytest.fixture
def without(running_engines):
    """``with without("kafka"): …`` stops a real engine and starts it again."""

    @contextmanager
    def stopped(name: str) -> Iterator[None]:
        running_engines.stop_engine(name)
        try:
            yield
        finally:
            running_engines.start_engine(name)
            call_command("apply_event_schema", verbosity=0)  # the broker forgot its topics
            connections.close_all()  # this process held some to the stopped server

    return stopped
