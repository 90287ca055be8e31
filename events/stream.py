"""What is consumed exactly once: a channel, how its messages are read, the table they go to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from events import columns, topics
from events.columns import Columns
from events.plan import Bounds
from events.records import Arrived, Decode
from events.tiers import BILLED, RAW, TIERS
from events.topics import Channel
from events.types import decode


@dataclass(frozen=True, slots=True)
class Table:
    """A ClickHouse table with the columns of a Kafka place, and a window of insert tokens.

    ``columns`` may rely on the class that its stream decodes to.
    """

    name: str
    fed: tuple[str, ...]  # tables that views fill from its inserts: they need a window too
    columns: Callable[[Sequence[Arrived], Bounds], Columns]
    part: str  # its PARTITION BY: an insert makes a block of each


@dataclass(frozen=True, slots=True)
class Stream:
    """Messages of ``channel``, decoded and stored in ``table``."""

    channel: Channel
    decode: Decode
    table: Table


AD_EVENTS: Final = Table(
    name=RAW,
    fed=(*(tier.table for tier in TIERS), BILLED),
    columns=columns.build,
    part="toYYYYMM(event_date)",
)


def ad_events() -> Stream:
    """The events of ads."""
    return Stream(topics.ad_events(), decode, AD_EVENTS)
