"""What a query reads: tiers, offsets of its time zone, buckets to fill, the top values."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from events.tiers import Tier
from reporting import ask, buckets, kept, queries, source
from reporting.query import Granularity, ReportQuery
from reporting.source import COARSE_FIRST, FAR, Kept, NotKept, Span
from reporting.zones import Segment

MAX_BUCKETS = 20_000
SETTLES = timedelta(days=2)  # most events are a few seconds late, some two days


class TooManyBuckets(Exception):
    """More buckets than can be filled or compared."""


def of(query: ReportQuery) -> queries.Reading:
    """How the query is answered.

    Raises:
        NotKept: rows that it needs have been removed.
        TooManyBuckets: the granularity is too fine for the period.
        ClickHouseUnavailable, TooMuch: the analytics store did not answer, or refused.
    """
    reading = plan(query, datetime.now(UTC))
    if query.top is None:
        return reading
    found = ask.rows(queries.top_values(query, reading, query.top), query.tenant_id, "top")
    return replace(reading, top=tuple(value for (value,) in found))


def plan(
    query: ReportQuery, now: datetime, tiers: Sequence[Tier] = COARSE_FIRST
) -> queries.Reading:
    """The tiers and offsets; raises as ``of`` does."""
    have = kept.tiers(now)
    settled = int((now - SETTLES).timestamp())
    if not query.needs_raw:
        try:
            return planned(query, have, tiers, settled)
        except NotKept:  # of the tiers; single events may stay longer
            pass
    return planned(query, kept.with_raw(have, query.tenant_id, now), tiers, settled)


def planned(
    query: ReportQuery, have: Kept, tiers: Sequence[Tier] = COARSE_FIRST, settled: int = FAR
) -> queries.Reading:
    """The same, where it is known what is kept.

    Raises:
        NotKept, TooManyBuckets: see ``of``.
    """
    start, end = int(query.start.timestamp()), int(query.end.timestamp())
    stretches = buckets.stretches(query.tz, start, end)
    return queries.Reading(
        spans=_spans(query, _within(stretches, start, end), have, tiers, settled),
        stretches=stretches,
        buckets=period_buckets(query) if query.fill else (),
    )


def period_buckets(query: ReportQuery) -> tuple[int, ...]:
    """Every bucket of the period.

    Raises:
        TooManyBuckets: there are more than ``MAX_BUCKETS``.
    """
    if query.granularity is Granularity.NONE:
        return ()
    start, end = int(query.start.timestamp()), int(query.end.timestamp())
    found = buckets.keys(query.granularity, query.tz, start, end, MAX_BUCKETS)
    if len(found) > MAX_BUCKETS:
        raise TooManyBuckets(f"more than {MAX_BUCKETS:,} buckets: take a coarser granularity")
    return tuple(found)


def _spans(
    query: ReportQuery,
    stretches: Sequence[Segment],
    have: Kept,
    tiers: Sequence[Tier],
    settled: int,
) -> tuple[Span, ...]:
    if not query.needs_events:
        return ()
    start, end = stretches[0].start, stretches[-1].end
    if query.needs_raw:
        return source.raw(start, end, have)
    cut = [Segment(start, end, 0)] if query.unit is None else stretches
    return source.plan(cut, query.unit, kept=have, tiers=tiers, settled=settled)


def _within(stretches: Sequence[Segment], start: int, end: int) -> list[Segment]:
    clipped = (
        each._replace(start=max(each.start, start), end=min(each.end, end)) for each in stretches
    )
    return [each for each in clipped if each.start < each.end]
