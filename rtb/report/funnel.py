"""Why there was no bid: for each line item, creative and exchange, in the order of the rules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from adplatform.clients import clickhouse
from rtb.reasons import NoBid
from rtb.report.ask import DEFAULT_LIMIT, Reasons, all_refusals, refusals, unanswered

ORDER: Final = {reason.value: place for place, reason in enumerate(NoBid)}


class Stage(msgspec.Struct, frozen=True):
    """So many were turned down for this reason."""

    reason: str
    count: int


class OfAd(msgspec.Struct, frozen=True):
    """A creative of a line item at an exchange: ``eligible`` came as far as pacing."""

    line_item_id: int
    creative_id: int
    ssp_id: int
    eligible: int
    bids: int
    reasons: list[Stage]


class OfRequests(msgspec.Struct, frozen=True):
    """An exchange's requests, and why some got no bid at all."""

    ssp_id: int
    requests: int
    reasons: list[Stage]


class Funnel(msgspec.Struct, frozen=True):
    requests: list[OfRequests]
    rows: list[OfAd]


class Overall(msgspec.Struct, frozen=True):
    """The same of all ads together."""

    requests: list[OfRequests]
    eligible: int
    bids: int
    reasons: list[Stage]


def funnel(
    tenant_id: int,
    line_item_id: int | None,
    since: datetime,
    until: datetime,
    *,
    ssp_id: int | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Funnel:
    """The reasons of a period of whole minutes; of one line item where it is named.

    Raises:
        ClickHouseUnavailable: try again.
    """
    ask = Reasons(tenant_id, since, until, line_item_id, ssp_id, limit)
    return Funnel(
        requests=_of_requests(ask),
        rows=[
            OfAd(line_item, creative, ssp, eligible, bids, _stages(reasons))
            for line_item, creative, ssp, eligible, bids, reasons in clickhouse.query(
                *refusals(ask)
            )
        ],
    )


def overall(
    tenant_id: int,
    line_item_id: int | None,
    since: datetime,
    until: datetime,
    *,
    ssp_id: int | None = None,
) -> Overall:
    """The funnel added up, whatever the number of ads.

    Raises:
        ClickHouseUnavailable: try again.
    """
    ask = Reasons(tenant_id, since, until, line_item_id, ssp_id)
    ((eligible, bids, reasons),) = clickhouse.query(*all_refusals(ask))
    return Overall(_of_requests(ask), eligible, bids, _stages(reasons))


def _of_requests(ask: Reasons) -> list[OfRequests]:
    return [
        OfRequests(ssp, requests, _stages(reasons))
        for ssp, requests, reasons in clickhouse.query(*unanswered(ask))
    ]


def _stages(counted: tuple[Sequence[str], Sequence[int]]) -> list[Stage]:
    """In the order of the rules; what an older release called otherwise comes last."""
    found = sorted(zip(*counted, strict=True), key=lambda each: ORDER.get(each[0], len(ORDER)))
    return [Stage(reason, count) for reason, count in found]
