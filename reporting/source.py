"""Which tier answers which part of a report: the coarsest one that answers exactly; pure.

A tier's rows can be added up to a report's buckets where each row lies in one bucket: the row's
width divides the bucket's, and the zone's offset is a multiple of it. What sticks out at the ends
of a period is read from finer tiers, and from raw events where a finer tier has dropped its rows.

Local days of another zone are UTC days, less the part of each that lies in another local day, plus
the part of a neighbour that lies in this one: of 15-minute rows only those parts are read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from events.tiers import DAY, MINUTE, QUARTER, Tier
from reporting.zones import Segment

COARSE_FIRST: Final = (DAY, QUARTER, MINUTE)
FAR: Final = 2**40
MIN_SHIFTED_DAYS: Final = 4  # fewer are read as quickly from 15-minute rows


class Span(NamedTuple):
    """From ``start`` to before ``end`` (Unix seconds) ``tier`` is read; None: raw events.

    With an ``offset`` the UTC days of the span stand for the local days of the same number: a
    pair of spans, days and the 15-minute rows that correct them (``corrections``).
    """

    tier: Tier | None
    start: int
    end: int
    offset: int = 0


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
    settled: int = FAR,
) -> tuple[Span, ...]:
    """What to read for a period, cut where the zone's offset changes.

    ``unit`` is the width of the narrowest bucket in local time, in seconds; None where time does
    not matter. The bounds are whole minutes; what ``tiers`` cannot cut is read from raw events.
    ``settled`` is until when (Unix seconds) tiers may be set off against each other: of an insert
    under way one tier may be seen and the next one not.

    Raises:
        NotKept: no source has the rows of some part any more.
    """
    spans: list[Span] = []
    for stretch in stretches:
        usable = [tier for tier in tiers if _divides(tier, unit, stretch.offset)]
        found: Iterable[Span] = ()
        if unit == DAY.seconds and DAY in tiers:
            found = _shifted(stretch, usable, kept, settled)
        found = found or _cut(stretch.start, stretch.end, usable)
        spans += (_kept(span, kept) for span in found)
    return tuple(_joined(spans))


class Corrections(NamedTuple):
    """The 15-minute rows that turn UTC days into local ones: those whose second of the UTC day
    lies in [``low``, ``high``).

    From ``less`` on they leave the local day of their UTC day's number, from ``more`` on they count
    in the local day that they really lie in; both for as long as the span.
    """

    low: int
    high: int
    less: int
    more: int
    length: int


def corrections(span: Span) -> Corrections:
    """What the second span of a shifted pair reads."""
    day, offset = DAY.seconds, span.offset
    low, high = (day - offset, day) if offset > 0 else (0, -offset)
    more = span.start - day if offset > 0 else span.start + day
    return Corrections(low, high, span.start, more, span.end - span.start)


def raw(start: int, end: int, kept: Kept) -> tuple[Span, ...]:
    """The plan of a report that only raw events answer.

    Raises:
        NotKept: they are not kept for so long.
    """
    return (_kept(Span(None, start, end), kept),)


def _divides(tier: Tier, unit: int | None, offset: int) -> bool:
    return unit is None or (unit % tier.seconds == 0 and offset % tier.seconds == 0)


def _shifted(stretch: Segment, usable: Sequence[Tier], kept: Kept, settled: int) -> list[Span]:
    """The stretch by shifted UTC days; empty where that is not possible or not worth it."""
    day, offset = DAY.seconds, stretch.offset
    first = -(-(stretch.start + offset) // day)
    last = min((stretch.end + offset) // day, settled // day)
    start, end = first * day, last * day
    if DAY in usable or QUARTER not in usable or last - first < MIN_SHIFTED_DAYS:
        return []
    if start < kept.get(DAY, 0) or start - day < kept.get(QUARTER, 0):
        return []
    return [
        *_cut(stretch.start, start - offset, usable),
        Span(DAY, start, end, offset),
        Span(QUARTER, start, end, offset),
        *_cut(end - offset, stretch.end, usable),
    ]


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
    if span.offset or span.start >= kept.get(span.tier, 0):
        return span
    if span.start >= kept.get(None, 0):
        return span._replace(tier=None)
    raise NotKept(span, min(kept.get(span.tier, 0), kept.get(None, 0)))


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and _goes_on(joined[-1], span):
            joined[-1] = joined[-1]._replace(end=span.end)
        else:
            joined.append(span)
    return joined


def _goes_on(before: Span, span: Span) -> bool:
    plain = not (before.offset or span.offset)
    return plain and (before.tier, before.end) == (span.tier, span.start)
