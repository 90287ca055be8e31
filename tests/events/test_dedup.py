"""Claims in Redis, believed only while they are all there; else ClickHouse is asked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from adplatform.clients import clickhouse, redis
from adplatform.clients.clickhouse import ClickHouseUnavailable
from events import dedup, store
from events.dedup import Deduplicator
from events.ledger import PARTITIONS_CHANGED, Entry, Source
from events.limits import History
from events.plan import Bounds
from events.trust import AWAY, LOST, STOOD_STILL, Trust
from tests.events.builders import an_arrival

NOW = datetime.now(UTC)
HOUR = 3600
SOURCE = Source("ad_events", "topic", 0, 1)
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def an_entry(*, first: int = 0, trust: Trust | None = None, **fields: Any) -> Entry:
    values: dict[str, Any] = {
        "id": 1,
        "version": 1,
        "owner": "me",
        "source": SOURCE,
        "next_offset": first,
        "stored_below": 0,
        "open": Bounds("topic", 0, first, first + 9),
        "opened_at": NOW,
        "excluded": (),
        "worked_at": None,
        "trust": trust or Trust(),
        "history": History(),
    }
    return Entry(**values | fields)


@pytest.fixture
def claims(event_store, clean_redis) -> Deduplicator:
    return Deduplicator(HOUR)


@pytest.fixture
def trusted(claims) -> Trust:
    """What is believed once Redis has answered for the first time."""
    return claims.claim([an_arrival(0)], an_entry()).trust


def stored(*arrived) -> None:
    store.insert(arrived, Bounds("topic", 0, arrived[0].offset, arrived[-1].offset))


def offsets(verdict: dedup.Verdict) -> list[int]:
    return [each.offset for each in verdict.fresh]


def test_the_first_copy_is_fresh_and_later_ones_are_duplicates(claims, trusted):
    batch = [an_arrival(1, ONE), an_arrival(2, TWO), an_arrival(3, ONE)]
    verdict = claims.claim(batch, an_entry(first=1, trust=trusted))
    assert (offsets(verdict), verdict.duplicates) == ([1, 2], 1)
    later = claims.claim([an_arrival(11, TWO)], an_entry(first=11, trust=trusted))
    assert (offsets(later), later.duplicates) == ([], 1)


def test_a_batch_that_is_claimed_again_is_fresh_again(claims, trusted):
    batch = [an_arrival(1, ONE), an_arrival(2, TWO)]
    entry = an_entry(first=1, trust=trusted)
    assert claims.claim(batch, entry) == claims.claim(batch, entry, replay=True)


def test_a_first_answer_on_an_empty_store_is_believed(claims):
    verdict = claims.claim([an_arrival(0)], an_entry())
    assert verdict.trust.epoch
    assert verdict.trust.verify_until is None


def test_a_flushed_redis_is_noticed_and_clickhouse_says_what_is_a_duplicate(
    claims, trusted, clean_redis
):
    seen = an_arrival(1, ONE)
    claims.claim([seen], an_entry(first=1, trust=trusted))
    stored(seen)
    clean_redis.flushdb()
    again, new = an_arrival(11, ONE), an_arrival(12, TWO)
    verdict = claims.claim([again, new], an_entry(first=11, trust=trusted))
    assert offsets(verdict) == [12]
    assert verdict.trust.reason == LOST
    assert verdict.trust.verify_until - datetime.now(UTC) <= timedelta(seconds=HOUR)
    third = an_arrival(21, ONE)
    after = claims.claim([third], an_entry(first=21, trust=verdict.trust))
    assert (offsets(after), after.trust) == ([], verdict.trust)


def test_all_of_a_replayed_batch_stays_fresh_while_verifying(claims, trusted, clean_redis):
    batch = [an_arrival(1, ONE), an_arrival(2, TWO)]
    stored(*batch)
    clean_redis.flushdb()
    entry = an_entry(first=1, trust=trusted)
    assert offsets(claims.claim(batch, entry, replay=True)) == [1, 2]


def test_below_what_was_stored_without_a_ledger_nothing_is_stored_again(claims, trusted):
    batch = [an_arrival(1, ONE), an_arrival(2, TWO), an_arrival(3, THREE)]
    claims.claim(batch[:2], an_entry(first=1, trust=trusted))
    stored(*batch[:2])
    rewound = an_entry(first=1, trust=trusted, stored_below=3)
    assert offsets(claims.claim(batch, rewound)) == [3]


def test_a_claim_of_a_lost_topic_keeps_out_only_what_was_stored(claims, trusted):
    older = Source("ad_events", "older", 0, 1)
    kept, lost = an_arrival(1, ONE), an_arrival(2, TWO)
    claims.claim([kept, lost], an_entry(first=1, trust=trusted, source=older))
    store.insert([kept], Bounds("older", 0, 1, 2))
    batch = [an_arrival(5, ONE), an_arrival(6, TWO)]
    assert offsets(claims.claim(batch, an_entry(first=5, trust=trusted))) == [6]


def test_released_claims_let_a_corrected_copy_in(claims, trusted):
    entry = an_entry(first=1, trust=trusted)
    batch = [an_arrival(1, ONE), an_arrival(2, TWO)]
    claims.claim(batch, entry)
    claims.release(batch[:1], entry)
    again = [an_arrival(11, ONE), an_arrival(12, TWO)]
    assert offsets(claims.claim(again, an_entry(first=11, trust=trusted))) == [11]


@pytest.fixture
def redis_away(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1"
    redis.close()
    yield
    redis.close()


def test_while_redis_is_away_clickhouse_is_asked_and_the_ledger_shall_know(
    claims, trusted, redis_away
):
    stored(an_arrival(1, ONE))
    batch = [an_arrival(11, ONE), an_arrival(12, TWO)]
    verdict = claims.claim(batch, an_entry(first=11, trust=trusted))
    assert offsets(verdict) == [12]
    assert (verdict.trust.reason, verdict.trust.epoch) == (AWAY, trusted.epoch)


def test_what_could_not_be_claimed_is_made_up_for(claims, trusted, settings):
    address = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1"
    redis.close()
    away = claims.claim([an_arrival(1, ONE)], an_entry(first=1, trust=trusted))
    settings.REDIS_URL = address
    redis.close()
    back = claims.claim([an_arrival(11, ONE)], an_entry(first=11, trust=away.trust))
    assert (offsets(back), back.trust) == ([], trusted)


def test_a_claim_that_is_owed_and_given_up_is_never_made(claims, trusted, settings):
    """The row was refused: a corrected copy must get in."""
    url, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
    redis.close()
    entry = an_entry(first=1, trust=trusted)
    verdict = claims.claim([an_arrival(1, ONE)], entry)
    claims.release(verdict.fresh, entry)
    settings.REDIS_URL = url
    redis.close()
    corrected = an_arrival(12, ONE)
    after = claims.claim([corrected], an_entry(first=11, trust=verdict.trust))
    assert offsets(after) == [12]


def test_a_successor_does_not_make_up_for_claims_it_does_not_owe(claims, trusted, settings):
    address = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1"
    redis.close()
    away = claims.claim([an_arrival(1, ONE)], an_entry(first=1, trust=trusted))
    settings.REDIS_URL = address
    redis.close()
    stored(an_arrival(1, ONE))
    successor = an_entry(first=11, trust=away.trust, owner="successor")
    verdict = claims.claim([an_arrival(11, ONE)], successor)
    assert (offsets(verdict), verdict.trust.reason) == ([], AWAY)


def test_without_redis_and_clickhouse_it_decides_nothing(claims, trusted, redis_away, settings):
    clickhouse.disconnect()
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"
    with pytest.raises(ClickHouseUnavailable):
        claims.claim([an_arrival(1)], an_entry(first=1, trust=trusted))


def test_a_partition_that_never_had_an_event_is_believed_at_once(claims, trusted):
    stored(an_arrival(1, ONE))
    other = Source("ad_events", "topic", 1, 2)
    fresh = claims.claim([an_arrival(0, TWO)], an_entry(source=other))
    assert fresh.trust.verify_until is None


def test_after_a_change_of_partitions_every_event_may_lie_in_any(claims, trusted):
    stored(an_arrival(1, ONE))
    other = Source("ad_events", "topic", 1, 2)
    changed = Trust("", None, PARTITIONS_CHANGED)
    verdict = claims.claim([an_arrival(0, ONE)], an_entry(source=other, trust=changed))
    assert (offsets(verdict), verdict.trust.reason) == ([], PARTITIONS_CHANGED)


def test_after_a_long_pause_claims_may_have_expired(claims, trusted, clean_redis):
    """A copy waited in Kafka for longer than the claim of the first one lasts."""
    seen = an_arrival(1, ONE)
    claims.claim([seen], an_entry(first=1, trust=trusted))
    stored(seen)
    for key in clean_redis.keys("d:*:*:*[0-9a-f]"):
        if b"epoch" not in key:
            clean_redis.delete(key)
    rested = datetime.now(UTC) - timedelta(seconds=HOUR)
    batch = [an_arrival(11, ONE), an_arrival(12, TWO)]
    verdict = claims.claim(batch, an_entry(first=11, trust=trusted, worked_at=rested))
    assert offsets(verdict) == [12]
    assert verdict.trust.reason == STOOD_STILL
    awake = an_entry(first=11, trust=trusted, worked_at=datetime.now(UTC))
    assert claims.claim([an_arrival(13, TWO)], awake).trust == trusted
