"""What beat runs: it repairs, counts, and never works beside another."""

import threading

import pytest
from django.db import connection

from adplatform import metrics
from events.forgetting.requests import one_at_a_time
from events.reconcile import run, schedule
from events.reconcile.lock import AlreadyRunning, is_held, only_one
from events.tiers import MINUTE
from tests.events.reconcile.conftest import YESTERDAY, agrees, days_around, remove

pytestmark = pytest.mark.django_db


def in_another_connection(context) -> tuple[threading.Event, threading.Thread]:
    """Hold a lock in a thread, until the event is set."""
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with context():
            entered.set()
            leave.wait(30)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(10)
    return leave, thread


def repaired() -> float:
    return metrics.RECONCILE_DIFFERENCES.labels(MINUTE.table, "repaired")._value.get()


def test_it_repairs_and_counts(some_events):
    remove(MINUTE)
    before = repaired()
    report = schedule.keep_up(days=100, settle_seconds=0)
    assert report is not None
    assert report.remaining == []
    assert repaired() - before == 4
    assert agrees()


@pytest.mark.parametrize("lock", [only_one, one_at_a_time], ids=["reconcile", "forget_user"])
def test_it_leaves_its_place_to_another(some_events, lock):
    remove(MINUTE)
    leave, thread = in_another_connection(lock)
    try:
        assert schedule.keep_up(days=2, settle_seconds=0) is None
        with pytest.raises(AlreadyRunning, match=r"again|wait"):
            run.mend(days_around(YESTERDAY), settle_seconds=0)
    finally:
        leave.set()
        thread.join()
    assert schedule.keep_up(days=2, settle_seconds=0) is not None


def test_the_lock_ends_with_its_block(db):
    with only_one():
        assert is_held()
    assert not is_held()
