"""Consume the bidder's records into ClickHouse until stopped: `consume_events` on its topic."""

from events.management.commands import consume_events
from rtb.stream import bids


class Command(consume_events.Command):
    help = "Store the bidder's records from Kafka in ClickHouse; as many as there are partitions."
    stream = staticmethod(bids)
