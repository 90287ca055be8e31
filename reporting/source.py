"""Which tier answers which part of a report: the coarsest one that answers exactly; pure.

A tier's rows can be added up to a report's buckets where each row lies in one bucket: the row's
width divides the bucket's, and the zone's offset is a multiple of it. What sticks out at the ends
of a period is read from finer tiers, and from raw events where a finer tier has dropped its rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from events.tiers import DAY, MINUTE, QUARTER, Tier
from reporting.zones import Segment

COARSE_FIRST: Final = (DAY, QUARTER, MINUTE)


class Span(NamedTuple):
    """From ``start`` to before ``end`` (Unix seconds) ``tier`` is read; None: raw events."""

    tier: Tier | None
    start: int
    end: int


Kept = Mapping[Tier | None, int]  # since when (Unix seconds) each source has all rows


class NotKept(Exception):
    """Rows that the report needs have been removed because of their age."""

    def __init__(self, span: Span, since: int) -> None:
        self.span = span
        self.since = datetime.fromtimestamp(since, UTC)
        super().__init__(
            f"what this report needs is kept since {self.since:%Y-%m-%dT%H:%MZ}: {self._remedy()}"
        )

    def _remedy(self) -> str:
        if self.span.tier is DAY:
            return "start then or later"
        if self.span.tier is None:
            return (
                "start then or later, or leave out what only single events know (users, funnels, "
                "dimensions other than ids, hours and days)"
            )
        return (
            "start then or later, or take timezone UTC, bounds at its midnights, and granularity "
            "day or coarser: counts per UTC day are kept longest"
        )


def plan(
    stretches: Iterable[Segment],
    unit: int | None,
    *,
    kept: Kept,
    tiers: Sequence[Tier] = COARSE_FIRST,
) -> tuple[Span, ...]:
    """What to read for a period, cut where the zone's offset changes.

    ``unit`` is the width of the narrowest bucket in local time, in seconds; None where time does
    not matter. The bounds are whole minutes; what ``tiers`` cannot cut is read from raw events.

    Raises:
        NotKept: no source has the rows of some part any more.
    """
    spans: list[Span] = []
    for stretch in stretches:
        usable = [tier for tier in tiers if _divides(tier, unit, stretch.offset)]
        spans += (_kept(span, kept) for span in _cut(stretch.start, stretch.end, usable))
    return tuple(_joined(spans))


def raw(start: int, end: int, kept: Kept) -> tuple[Span, ...]:
    """The plan of a report that only raw events answer.

    Raises:
        NotKept: they are not kept for so long.
    """
    return (_kept(Span(None, start, end), kept),)


def _divides(tier: Tier, unit: int | None, offset: int) -> bool:
    return unit is None or (unit % tier.seconds == 0 and offset % tier.seconds == 0)


def _cut(start: int, end: int, tiers: Sequence[Tier]) -> Iterator[Span]:
    if start >= end:
        return
    if not tiers:
        yield Span(None, start, end)
        return
    tier, finer = tiers[0], tiers[1:]
    first, last = -(-start // tier.seconds) * tier.seconds, end // tier.seconds * tier.seconds
    if first >= last:
        yield from _cut(start, end, finer)
        return
    yield from _cut(start, first, finer)
    yield Span(tier, first, last)
    yield from _cut(last, end, finer)


def _kept(span: Span, kept: Kept) -> Span:
    """The span, or raw events in its place when its tier has dropped the rows."""
    if span.start >= kept.get(span.tier, 0):
        return span
    if span.start >= kept.get(None, 0):
        return span._replace(tier=None)
    raise NotKept(span, min(kept.get(span.tier, 0), kept.get(None, 0)))


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and (joined[-1].tier, joined[-1].end) == (span.tier, span.start):
            joined[-1] = joined[-1]._replace(end=span.end)
        else:
            joined.append(span)
    return joined
