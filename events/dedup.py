"""Claim a batch's events in Redis, and ask ClickHouse where Redis cannot be believed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import uuid4

import structlog

from adplatform import metrics
from adplatform.clients import redis
from events import store
from events.claims import first_of_each, not_stored, sort_out, tag_of
from events.ledger import PARTITIONS_CHANGED, Entry
from events.records import Arrived
from events.stream import AD_EVENTS, Table
from events.trust import Trust

log = structlog.get_logger(__name__)

# KEYS: the epoch, then the claims. ARGV: seconds to live, an epoch should there be none, then the
# owner of each claim. Returns the epoch (with the server's replication id, which changes when
# another server takes over), then who held each claim. One script of 1,000 claims takes 5.4 us a
# claim where a pipeline of SETs takes 8.7. `SET ... NX GET` needs Redis 7.0.
CLAIM: Final = """
redis.call('SET', KEYS[1], ARGV[2], 'NX')
local server = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)') or ''
local held = {redis.call('GET', KEYS[1]) .. '-' .. string.sub(server, 1, 16)}
for i = 2, #KEYS do
  held[i] = redis.call('SET', KEYS[i], ARGV[i + 1], 'NX', 'GET', 'EX', ARGV[1])
end
return held
"""
SCRIPT_CLAIMS: Final = 1000
OWED_CLAIMS: Final = 1_000_000

Claim = tuple[str, str]  # claim key, owner


class Verdict(NamedTuple):
    """The events to store, how many others were seen before, and what is believed now."""

    fresh: list[Arrived]
    duplicates: int
    trust: Trust


@dataclass(slots=True)
class _Debt:
    """Claims of one stay at a partition that Redis could not take; beyond a limit, given up."""

    owner: str
    claims: dict[str, str] = field(default_factory=dict)  # owner by claim key
    given_up: bool = False


class Deduplicator:
    """Claims events for their places; remembers the claims that Redis could not take."""

    def __init__(
        self,
        ttl_seconds: int,
        *,
        table: Table = AD_EVENTS,
        now: Callable[[], datetime] = store.clock,
    ) -> None:
        self.horizon = timedelta(seconds=ttl_seconds)
        self._table = table
        self._now = now
        self._owed: dict[str, _Debt] = {}  # by the tag of a partition

    def claim(self, arrived: Sequence[Arrived], entry: Entry, *, replay: bool = False) -> Verdict:
        """Claim each event for its place in the open batch of ``entry``.

        Raises:
            ClickHouseUnavailable: ClickHouse had to be asked and is away.
        """
        source, place = entry.source, _place(entry)
        tag = tag_of(source.topic, source.partition)
        firsts = first_of_each(arrived, tag)
        claims = [(key, f"{place}:{each.offset}") for key, each in firsts.items()]
        try:
            owners, trust = self._claim(tag, claims, entry)
        except redis.RedisError as exc:
            log.warning("claims_unavailable", events=len(claims), error=str(exc))
            owners, trust = {}, self._unclaimed(tag, claims, entry)
        if self._stood_still(entry):
            trust = trust.stood_still(self._now() + self.horizon)
        ours, doubtful = sort_out(firsts, owners, place)
        if self._must_verify(trust, entry):
            ours, doubtful = [], ours + doubtful
        fresh = ours + self._verified(doubtful, place, replay=replay)
        fresh.sort(key=_by_offset)
        return Verdict(fresh, len(arrived) - len(fresh), trust)

    def release(self, arrived: Sequence[Arrived], entry: Entry) -> None:
        """Give up the claims of events that are not going to be stored; errors are only logged:
        until it expires, the claim keeps a corrected copy out.
        """
        source = entry.source
        tag = tag_of(source.topic, source.partition)
        keys = list(first_of_each(arrived, tag))
        if tag in self._owed:
            for key in keys:
                self._owed[tag].claims.pop(key, None)
        try:
            redis.call("release", lambda connected: connected.delete(*keys))
        except redis.RedisError as exc:
            log.warning("claims_not_released", events=len(keys), error=str(exc))

    def _claim(
        self, tag: str, claims: Sequence[Claim], entry: Entry
    ) -> tuple[dict[str, str], Trust]:
        """Claim what is free, what is owed first; returns who held the rest, by claim key."""
        trust = self._repaid(tag, entry)
        owners: dict[str, str] = {}
        epochs: list[str] = []
        while len(epochs) != 1 and claims:  # after a flush between two scripts: all of them again
            held, epochs = self._set_all(tag, claims)
            owners = held | owners
        for epoch in epochs:
            trust = self._seen(trust, epoch, entry.source.partition)
        return owners, trust

    def _repaid(self, tag: str, entry: Entry) -> Trust:
        """Make the claims that are owed."""
        debt = self._owed.get(tag)
        if debt is None or debt.owner != entry.owner:
            return entry.trust
        self._set_all(tag, list(debt.claims.items()))
        del self._owed[tag]
        return entry.trust if debt.given_up else entry.trust.made_up()

    def _set_all(self, tag: str, claims: Sequence[Claim]) -> tuple[dict[str, str], list[str]]:
        """Who held which claims before, and the epochs that Redis had meanwhile: mostly one."""
        owners: dict[str, str] = {}
        epochs: dict[str, None] = {}
        for start in range(0, len(claims), SCRIPT_CLAIMS):
            part = claims[start : start + SCRIPT_CLAIMS]
            epoch, held = self._set_if_free(tag, part)
            owners.update({key: by for (key, _), by in zip(part, held, strict=True) if by})
            epochs[epoch] = None
        return owners, list(epochs)

    def _set_if_free(self, tag: str, claims: Sequence[Claim]) -> tuple[str, list[str | None]]:
        """Redis's epoch, and who held each claim before; None: it was free."""
        keys, owners = [key for key, _ in claims], [owner for _, owner in claims]
        seconds = int(self.horizon.total_seconds())
        answer = redis.script(
            CLAIM, keys=[f"{tag}:epoch", *keys], args=[seconds, uuid4().hex, *owners]
        )
        return answer[0].decode(), [by.decode() if by is not None else None for by in answer[1:]]

    def _seen(self, trust: Trust, epoch: str, partition: int) -> Trust:
        if epoch == trust.epoch:
            return trust
        where = None if trust.reason == PARTITIONS_CHANGED else partition
        newest = store.newest_insert(self._now() - self.horizon, where, self._table)
        until = newest + self.horizon if newest else None
        if until:
            log.warning("claims_lost", verify_until=until.isoformat(), before=trust.epoch)
        return trust.seen(epoch, until)

    def _unclaimed(self, tag: str, claims: Sequence[Claim], entry: Entry) -> Trust:
        metrics.UNCOUNTED.labels("event_claim").inc(len(claims))
        debt = self._owed.get(tag)
        if debt is None or debt.owner != entry.owner:
            debt = self._owed[tag] = _Debt(entry.owner)
        debt.claims.update(claims)
        if len(debt.claims) > OWED_CLAIMS:
            debt.given_up = True
            debt.claims.clear()
        now = self._now()
        return entry.trust.unanswered(now, now + self.horizon)

    def _stood_still(self, entry: Entry) -> bool:
        """Whether the partition rested so long that claims from before may have expired."""
        return (
            entry.worked_at is not None and datetime.now(UTC) - entry.worked_at > self.horizon / 2
        )

    def _must_verify(self, trust: Trust, entry: Entry) -> bool:
        first = entry.open.first if entry.open else entry.next_offset
        if first < entry.stored_below:
            return True
        return trust.verify_until is not None and trust.is_verifying(self._now())

    def _verified(
        self, candidates: Sequence[Arrived], place: str, *, replay: bool
    ) -> list[Arrived]:
        if not candidates:
            return []
        stored = store.places([each.event for each in candidates], self._table)
        return not_stored(candidates, stored, place, replay=replay)


def _place(entry: Entry) -> str:
    return f"{entry.source.topic_id}:{entry.source.partition}"


def _by_offset(arrived: Arrived) -> int:
    return arrived.offset
