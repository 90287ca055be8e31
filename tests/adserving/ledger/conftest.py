"""An empty ledger that is complete."""

import pytest

from tests.adserving.ledger.books import mark_complete


@pytest.fixture
def ledger_ready(clean_redis) -> None:
    mark_complete()
