"""The columns of ``rtb_bids`` for one batch (pure)."""

from collections.abc import Sequence
from typing import Final, cast

from events.columns import Columns, milliseconds, places
from events.plan import Bounds
from events.records import Arrived
from rtb.records import BidRecord

COPIED: Final = tuple(
    name for name in BidRecord.__struct_fields__ if name not in {"ts", "received_at"}
)


def build(arrived: Sequence[Arrived], bounds: Bounds) -> Columns:
    """One list per column, in the order of ``arrived``; times are Unix milliseconds."""
    records = cast("list[BidRecord]", [each.event for each in arrived])
    columns: Columns = {name: [getattr(each, name) for each in records] for name in COPIED}
    columns["ts"] = [milliseconds(each.ts) for each in records]
    columns["received_at"] = [milliseconds(each.received_at or each.ts) for each in records]
    return columns | places(arrived, bounds)
