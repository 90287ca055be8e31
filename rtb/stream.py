"""The bidder's records as a stream that is stored exactly once."""

from typing import Final

from events import topics
from events.stream import Stream, Table
from rtb import columns
from rtb.records import decode

BIDS: Final = Table(
    name="rtb_bids",
    fed=("rtb_minute_agg",),
    columns=columns.build,
    part="toMonday(event_date)",
)


def bids() -> Stream:
    """What the bidder did."""
    return Stream(topics.bids(), decode, BIDS)
