"""From a process's tally to the records that reports and pacing read."""

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

from rtb.book import Book
from rtb.reasons import ELIGIBLE
from rtb.records import BidRecord, RecordKind
from rtb.tally import Tally, nonzero


def records(book: Book, tally: Tally, now: datetime) -> Iterator[BidRecord]:
    """What was counted since the last time; the tally starts anew."""
    requests, planes = tally.take()
    for (ssp_id, reason), count in requests.items():
        yield BidRecord(
            event_id=uuid4(),
            tenant_id=book.tenant.id,
            ts=now,
            kind=RecordKind.REQUEST,
            count=count,
            reason=reason,
            ssp_id=ssp_id,
        )
    for (ssp_id, reason), counter in planes.items():
        is_eligible = reason == ELIGIBLE
        for position, count in nonzero(counter.counts(len(book.ads))):
            ad = book.ads[position]
            yield BidRecord(
                event_id=uuid4(),
                tenant_id=book.tenant.id,
                ts=now,
                kind=RecordKind.ELIGIBLE if is_eligible else RecordKind.NO_BID,
                count=count,
                reason="" if is_eligible else reason,
                ssp_id=ssp_id,
                campaign_id=ad.line_item.campaign.id,
                line_item_id=ad.line_item.id,
                creative_id=ad.creative.id,
                format=ad.format.value,
            )
