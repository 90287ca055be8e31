"""[FLOW] `/rtb/win`, `/rtb/bill` and `/rtb/loss`: what an exchange says became of a bid.

An exchange repeats a notice that was not answered 200 or 204, so nothing here fails: a genuine
notice is 204 whatever it says. A repeat is booked again under the same ids and counts once, so
that it makes up for a process that died between booking and telling.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.redis import RedisError
from adplatform.doors import (
    CORS_ANY,
    NO_STORE,
    Door,
    Problem,
    Request,
    Response,
    method_not_allowed,
)
from adplatform.money import Micros
from adplatform.tokens import BadToken
from adserving import ledger
from events.accept import event_id_for
from events.types import Event, EventType
from rtb.doubts import Doubts
from rtb.links import BILL_PATH, LOSS_PATH, WIN_PATH
from rtb.losses import words_of
from rtb.notices import Kind, Notice, Remark, read
from rtb.records import BidRecord, RecordKind
from rtb.site import RtbSite
from rtb.sold import Sold, cost_of, unseal

DONE = Response(204, b"", (NO_STORE, CORS_ANY))  # a page may send a billing notice too
RECORDS = {Kind.WIN: RecordKind.WIN, Kind.BILL: RecordKind.BILLING, Kind.LOSS: RecordKind.LOSS}
SLACK_SECONDS = 3600


class Settle(Protocol):
    """``adserving.ledger.settle``."""

    def __call__(
        self,
        tenant_id: int,
        hold_id: str,
        amount: Micros,
        scopes: Sequence[str],
        *,
        keep_seconds: int,
    ) -> ledger.Settled: ...


@dataclass(frozen=True, slots=True)
class Books:
    """Where a notice is written down; tests bring their own."""

    settle: Settle
    release: Callable[[int, str], object]
    doubts: Doubts
    accept: Callable[[Event], None]
    record: Callable[[BidRecord], None]
    clock: Callable[[], float] = time.time  # Unix seconds


def build_notices(site: RtbSite, books: Books) -> dict[str, Door]:
    """The doors by path. A bad token is 404, and nothing is booked."""
    return {
        WIN_PATH: _door(Kind.WIN, site, books),
        BILL_PATH: _door(Kind.BILL, site, books),
        LOSS_PATH: _door(Kind.LOSS, site, books),
    }


def _door(kind: Kind, site: RtbSite, books: Books) -> Door:
    def door(request: Request) -> Response:
        if request.method not in {"GET", "HEAD", "POST"}:
            raise method_not_allowed("GET", "POST")
        now = datetime.fromtimestamp(books.clock(), UTC)
        sold, expired = _open(request, site, now)
        if request.method == "HEAD":
            _count(kind, Remark.HEAD)
        elif expired:
            _count(kind, Remark.EXPIRED)
        else:
            _book(books, site, sold, read(kind, sold, request.query), now)
        return DONE

    return door


def _open(request: Request, site: RtbSite, now: datetime) -> tuple[Sold, bool]:
    token = request.query.get("t", "")
    try:
        return unseal(token, now=int(now.timestamp()), keyring=site.keyring)
    except BadToken as exc:
        metrics.REASONS.labels("notice", Remark.BAD_TOKEN.value).inc()
        raise Problem(404, "Not found", "no bid of this platform has such a notice") from exc


def _book(books: Books, site: RtbSite, sold: Sold, notice: Notice, now: datetime) -> None:
    books.doubts.tell()
    for remark in notice.remarks:
        _count(notice.kind, remark)
    if not notice.is_booked:
        return
    at, is_late = now, False
    if sold.is_test:
        _count(notice.kind, Remark.TEST)
    elif notice.kind is Kind.BILL:
        at, is_late = _bill(books, site, sold, notice, now)
    elif notice.kind is Kind.LOSS:
        _release(books, sold)
    books.record(record_of(sold, notice, at=at, now=now, is_late=is_late))


def _bill(
    books: Books, site: RtbSite, sold: Sold, notice: Notice, now: datetime
) -> tuple[datetime, bool]:
    """The event carries the money: without Redis it is sent all the same.

    The ledger, which may not know of it then, is rebuilt from such events.
    """
    cost = cost_of(notice.paid, notice.quantity)
    at, is_late = now, False
    try:
        settled = books.settle(
            sold.tenant_id,
            sold.rtb_id,
            cost,
            ledger.scope_keys(sold.campaign_id, sold.line_item_id, sold.day),
            keep_seconds=max(ledger.KEEP_SECONDS, site.notice_seconds + SLACK_SECONDS),
        )
    except (RedisError, EngineNotRunning):
        _count(notice.kind, Remark.LEDGER_AWAY)
        books.doubts.add(sold.tenant_id)
    else:
        at, is_late = settled.at, settled.outcome is ledger.Outcome.LATE
        if settled.outcome is not ledger.Outcome.FIRST:
            _count(notice.kind, Remark.LATE if is_late else Remark.DUPLICATE)
    books.accept(event_of(sold, cost, at=at, now=now))
    return at, is_late


def _release(books: Books, sold: Sold) -> None:
    """Without Redis the hold ends by itself."""
    try:
        books.release(sold.tenant_id, sold.rtb_id)
    except (RedisError, EngineNotRunning):
        _count(Kind.LOSS, Remark.LEDGER_AWAY)


def event_of(sold: Sold, cost: Micros, *, at: datetime, now: datetime) -> Event:
    """The billable event: ``cost`` of the impression, under the id of the bid.

    Of no user: forgetting one takes nothing out of the books.
    """
    return Event(
        event_id=event_id_for(sold.rtb_id.encode(), EventType.BILLING),
        tenant_id=sold.tenant_id,
        ts=at,
        received_at=now,
        event_type=EventType.BILLING,
        campaign_id=sold.campaign_id,
        line_item_id=sold.line_item_id,
        creative_id=sold.creative_id,
        template_id=sold.template_id,
        segment_id=sold.segment_id,
        auction_id=sold.rtb_id,
        cost_micros=cost,
        country=sold.country,
        metadata={ledger.DAY_FIELD: sold.day},
    )


def record_of(
    sold: Sold, notice: Notice, *, at: datetime, now: datetime, is_late: bool
) -> BidRecord:
    kind = RECORDS[notice.kind]
    is_loss = notice.kind is Kind.LOSS
    return BidRecord(
        event_id=event_id_for(sold.rtb_id.encode(), f"rtb:{kind}"),
        tenant_id=sold.tenant_id,
        ts=at,
        received_at=now,
        kind=kind,
        reason=words_of(notice.loss_code) if is_loss else "",
        loss_code=notice.loss_code or 0,
        rtb_id=sold.rtb_id,
        auction_id=sold.auction_id,
        imp_id=sold.imp_id,
        ssp_id=sold.ssp_id,
        campaign_id=sold.campaign_id,
        line_item_id=sold.line_item_id,
        creative_id=sold.creative_id,
        deal_id=sold.deal_id,
        format=sold.format,
        width=sold.width,
        height=sold.height,
        country=sold.country,
        domain=sold.inventory,
        price_micros=sold.price_micros,
        value_micros=sold.value_micros,
        floor_micros=sold.floor_micros,
        paid_micros=notice.paid,
        min_to_win_micros=notice.min_to_win,
        auction_type=sold.auction_type,
        shading=sold.shading,
        is_test=sold.is_test,
        is_late=is_late,
    )


def _count(kind: Kind, remark: Remark) -> None:
    metrics.REASONS.labels(f"notice_{kind.value}", remark.value).inc()
