"""Redis restarts, loses its end, is flushed or fails over: nobody bids until budgets are exact."""

import os
import signal
from datetime import UTC, datetime
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

import pytest

from adplatform.clients import redis
from adplatform.money import Micros
from adserving.ledger import (
    DAY_FIELD,
    LedgerNotReady,
    Outcome,
    day_of,
    rebuild,
    reserve,
    scope_keys,
    settle,
)
from events.types import Event, EventType
from tests.adserving.ledger.books import TENANT, a_scope, a_slot, a_want, all_held, spent
from tests.events.builders import an_event
from tests.faults.test_redis_faults import a_valkey, address, reach
from tests.live import wait

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
ZONE = ZoneInfo("America/Toronto")
DAY = day_of(datetime.now(UTC), ZONE)
KEYS = scope_keys(1, 7, DAY)
CAP = 1000


def bid(hold_id, amount=100):
    slot = a_slot(hold_id, a_want(amount, *(a_scope(key, CAP) for key in KEYS)))
    return reserve(TENANT, None, [slot])[0]


def notice(hold_id, micros=90) -> tuple[Outcome, Event]:
    """A billing notice: it is booked, and its event is what the door would send to Kafka."""
    settled = settle(TENANT, hold_id, Micros(micros), KEYS)
    event = an_event(
        event_id=uuid5(NAMESPACE_OID, hold_id),
        tenant_id=TENANT,
        ts=settled.at,
        received_at=settled.at,
        event_type=EventType.BILLING,
        campaign_id=1,
        line_item_id=7,
        auction_id=hold_id,
        cost_micros=micros,
        metadata={DAY_FIELD: DAY},
    )
    return settled.outcome, event


def sell(*hold_ids) -> list[Event]:
    for hold_id in hold_ids:
        assert bid(hold_id).held == 0
    return [notice(hold_id)[1] for hold_id in hold_ids]


def make_complete():
    wait(lambda: not rebuild.rebuild(TENANT, ZONE), "the ledger is not rebuilt", 15)


def refuses_to_bid():
    with pytest.raises(LedgerNotReady):
        bid("not-held")
    return not any(b"not-held" in each for each in all_held().get("holds", ()))


def figures():
    return [spent(key) for key in KEYS]


@pytest.fixture
def ready(pipeline) -> None:
    make_complete()


def test_a_restart_that_lost_nothing(pipeline, ready, running_engines):
    pipeline.send(*sell("h1", "h2"))
    bid("open")
    pipeline.drain()
    running_engines.stop_engine("redis")
    running_engines.start_engine("redis")
    assert refuses_to_bid()
    assert figures() == [180] * 5, "Redis kept it"
    make_complete()
    assert figures() == [180] * 5
    assert all_held()["holds"].keys() == {b"open"}
    assert notice("open")[0] is Outcome.FIRST
    assert notice("h1")[0] is Outcome.DUPLICATE
    assert figures() == [270] * 5


def test_a_restart_that_lost_the_last_moment(pipeline, ready, running_engines):
    """The append-only file lacks the last bill: its hold is back, and its notice looks new."""
    pipeline.send(*sell("h1"))
    bid("h2")
    log = max((running_engines.data_dir / "redis" / "appendonlydir").glob("*.incr.aof"))
    size = log.stat().st_size
    pipeline.send(notice("h2")[1])
    pipeline.drain()
    os.kill(running_engines.children["redis"].pid, signal.SIGKILL)
    running_engines.children.pop("redis").end(10)
    os.truncate(log, size)
    running_engines.start_engine("redis")
    assert refuses_to_bid()
    assert figures() == [90] * 5, "the last bill is lost"
    make_complete()
    assert figures() == [180] * 5
    assert not all_held()
    assert notice("h2")[0] is Outcome.DUPLICATE


def test_a_flush_while_bills_wait_in_kafka(pipeline, ready, clean_redis):
    pipeline.send(*sell("h1"))
    pipeline.drain()
    pipeline.send(*sell("h2", "h3"))
    bid("lost")
    clean_redis.flushall()
    assert refuses_to_bid()
    wait(lambda: "consumer" in rebuild.rebuild(TENANT, ZONE), "it does not wait", 15)
    outcome, event = notice("h1")  # again, when Redis knows of nothing
    assert outcome is Outcome.LATE
    pipeline.send(event)
    outcome, event = notice("lost")  # billed while the ledger is being rebuilt
    assert outcome is Outcome.LATE
    pipeline.send(event)
    assert refuses_to_bid()
    pipeline.drain()
    make_complete()
    assert figures() == [4 * 90] * 5
    assert [notice(each)[0] for each in ("h1", "h2", "lost")] == [Outcome.DUPLICATE] * 3
    assert bid("h4", CAP - 4 * 90 + 1).held is None
    assert bid("h4", CAP - 4 * 90).held == 0


def test_a_bidder_whose_connection_survived_does_not_take_the_new_server_for_the_old(
    pipeline, ready, running_engines
):
    """Its connection was made before the restart; the pool may hand it out once more."""
    assert bid("h1").held == 0
    running_engines.stop_engine("redis")
    with pytest.raises(redis.RedisUnavailable):
        bid("h2")
    running_engines.start_engine("redis")
    for _ in range(3):
        assert refuses_to_bid()


def test_a_failover_to_a_replica(pipeline, settings, tmp_path, event_store):
    """The replica carries the marker of a server that it is not."""
    before = settings.REDIS_URL
    with a_valkey(tmp_path / "first") as first:
        settings.REDIS_URL = address(first)
        redis.close()
        replicate = ("--replicaof", "127.0.0.1", str(first))
        with a_valkey(tmp_path / "second", *replicate) as second:
            make_complete()
            pipeline.send(*sell("h1"))
            wait(lambda: reach(second).info("replication")["master_link_status"] == "up", "no link")
            wait(lambda: reach(second).dbsize() == reach(first).dbsize(), "the replica lags")
            reach(second).replicaof("NO", "ONE")
            settings.REDIS_URL = address(second)
            redis.close()
            assert refuses_to_bid()
            pipeline.drain()
            make_complete()
            assert figures() == [90] * 5
            assert bid("h2").held == 0
    redis.close()
    settings.REDIS_URL = before
