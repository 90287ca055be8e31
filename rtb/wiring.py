"""Turning settings into the bidder's doors: the one place where it meets Django's settings."""

import atexit
import threading
import time
from collections.abc import Callable
from random import Random

import structlog
from django.conf import settings

from adplatform.doors import Limits, WsgiApp, serve
from adplatform.tokens import Keyring
from adserving import ledger, refresh
from events import pseudonyms
from events.accept import accept_beacon
from rtb import endpoint
from rtb.bids import recording
from rtb.desk import TICK_SECONDS, Desk
from rtb.doubts import Doubts
from rtb.endpoint import Bidder
from rtb.notice_door import Books, build_notices
from rtb.openrtb.currency import Rates
from rtb.policies.accounts import Accounts
from rtb.qps import Throttle
from rtb.record import record
from rtb.site import RtbSite

log = structlog.get_logger(__name__)

MEND_SECONDS = 2.0


def site_from_settings() -> RtbSite:
    return RtbSite(
        keyring=Keyring(settings.TOKEN_KEYS),
        base_url=settings.BASE_URL,
        secure_base_url=settings.SECURE_BASE_URL,
        notice_seconds=settings.RTB_NOTICE_SECONDS,
        page_seconds=settings.DECISION_TOKEN_SECONDS,
        click_seconds=settings.CLICK_TOKEN_SECONDS,
    )


def bidder_from_settings() -> Bidder:
    return Bidder(
        desk=Desk(
            tell=record,
            policies=Accounts(),
            throttle=Throttle(settings.WEB_WORKERS),
            flush_seconds=settings.RTB_COUNT_SECONDS,
        ),
        site=site_from_settings(),
        rates=Rates(settings.EXCHANGE_RATES),
        rng=Random(),  # noqa: S311 - seeded by the system; choices among ads need no secrecy
        vendor_id=settings.RTB_TCF_VENDOR_ID,
        hashed=_pseudonym,
        behind=ledger.behind(),
        record=recording(record),
    )


def bid_doors(bidder: Bidder, limits: Limits) -> dict[str, WsgiApp]:
    """The bidder's paths; ``endpoint.PATH`` is followed by an SSP's key."""
    books = Books(ledger.settle, ledger.release, Doubts(ledger.distrust), accept_beacon, record)
    notices = build_notices(bidder.site, books)
    doors = {path: serve(path.rpartition("/")[2], door, limits) for path, door in notices.items()}
    return doors | {endpoint.PATH: serve("bid", endpoint.build(bidder), limits)}


def start(bidder: Bidder) -> None:
    """Follow the configuration, and do in the background what bidding needs every second."""
    desk = bidder.desk
    refresh.follow(desk.load)
    _repeat("bid-desk", desk.tick, TICK_SECONDS)
    _repeat("bid-ledgers", desk.mend_ledgers, MEND_SECONDS)
    if bidder.behind is not None:
        _repeat("bid-holds", bidder.behind.run, 0)
        atexit.register(bidder.behind.flush)


def _pseudonym(tenant_id: int, user_id: str) -> str:
    return pseudonyms.of_ids(tenant_id, user_id, "")[0]


def _repeat(name: str, job: Callable[[], None], seconds: float) -> None:
    def run() -> None:
        while True:
            try:
                job()
            except Exception as exc:  # noqa: BLE001 - bidding goes on with what is known
                log.warning("bid_job_failed", job=name, problem=str(exc))
            time.sleep(seconds)

    threading.Thread(target=run, name=name, daemon=True).start()
