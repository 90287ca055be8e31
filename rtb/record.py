"""Telling the analytics store what the bidder did; a record's loss is never a loss of money.

The money itself travels as a BILLING event and in the budget ledger.
"""

from functools import partial
from itertools import count
from typing import Final

import structlog
from django.conf import settings

from adplatform import metrics
from adplatform.clients import kafka
from adplatform.clients.errors import EngineNotRunning
from events import spool
from rtb.records import BidRecord, RecordKind, encode

log = structlog.get_logger(__name__)

# What an exchange tells us once waits on disk while the broker is away. Of requests and bids there
# are thousands a second: they are left out and counted instead.
KEPT: Final = frozenset({RecordKind.WIN, RecordKind.BILLING, RecordKind.LOSS})
# The broker's word on each bid would take a turn of the thread that bids: one of so many is asked
# for, and stands for all of them where it was lost.
BIDS_ASKED: Final = 16

_bids = count()


def record(what: BidRecord) -> None:
    """Hand a record over; returns at once and raises nothing."""
    try:
        value, topic = encode(what), settings.RTB_BIDS_TOPIC
        try:
            kafka.produce(topic, what.key, value, on_delivery=_delivery_of(what.kind, topic, value))
        except (kafka.KafkaUnavailable, EngineNotRunning):
            _failed(what.kind, topic, value)
    except Exception:
        log.exception("bid_record_lost")
        metrics.UNCOUNTED.labels("bid_record").inc()


def _delivery_of(kind: RecordKind, topic: str, value: bytes) -> kafka.OnDelivery | None:
    if kind is not RecordKind.BID:
        return partial(_delivered, partial(_failed, kind, topic, value))
    if next(_bids) % BIDS_ASKED == 0:
        return partial(_delivered, partial(_failed, kind, topic, value, BIDS_ASKED))
    return None


def _delivered(failed: "partial[None]", error: object, _message: object) -> None:
    if error is not None:
        failed()


def _failed(kind: RecordKind, topic: str, value: bytes, records: int = 1) -> None:
    if kind in KEPT:
        spool.keep(value, topic)
    else:
        metrics.UNCOUNTED.labels("bid_record").inc(records)
