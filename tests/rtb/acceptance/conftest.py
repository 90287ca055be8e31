"""What the acceptance tests share."""

import pytest
from django.db import transaction

from tests.adserving.ledger.books import mark_complete
from tests.rtb.acceptance.rich import rich_world
from tests.rtb.world import BidWorld, build_world


@pytest.fixture
def rich(db, clean_redis, event_store) -> BidWorld:
    return rich_world()


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker) -> BidWorld:
    """A world of which only the desk is left: its rows are gone, nothing may ask the database."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = build_world()
        transaction.set_rollback(True)
    return world


@pytest.fixture
def open_to_all(db, built, clean_redis) -> BidWorld:
    mark_complete(built.tenant.pk)
    built.desk.trading(built.tenant.pk).tally.take()
    return built
