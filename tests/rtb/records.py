"""Records of the bidder with sensible defaults, put where the consumer puts them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from events import store
from events.plan import Bounds
from events.records import Arrived
from rtb.records import BidRecord, RecordKind
from rtb.stream import BIDS


def noon_yesterday() -> datetime:
    """Recent, since records expire after a month."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return today - timedelta(days=1)


def a_record(kind: RecordKind = RecordKind.BID, **overrides) -> BidRecord:
    fields = {"event_id": uuid4(), "tenant_id": 1, "ts": noon_yesterday(), "ssp_id": 5}
    return BidRecord(**{**fields, "kind": kind, **overrides})


def keep(*records: BidRecord) -> None:
    batch = [Arrived(record, offset) for offset, record in enumerate(records)]
    store.insert(batch, Bounds(uuid4().hex, 0, 0, len(batch) - 1), table=BIDS)
