"""Who came first: every event is claimed once, by its place in Kafka; pure.

A claim is owned (``topic id:partition:offset``): a message that is delivered again finds its own
claim and goes on, where a plain SETNX would drop it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from events.records import Arrived

Firsts = dict[str, Arrived]  # by claim key
Owners = Mapping[str, str]  # claim key -> topic id:partition:offset


class Sorted(NamedTuple):
    """``ours`` are free or claimed by themselves; ``doubtful`` are claimed by another topic's
    message, which may have been lost with that topic before it was stored.
    """

    ours: list[Arrived]
    doubtful: list[Arrived]


def tag_of(topic: str, partition: int) -> str:
    """What all keys of a partition share: its part in braces keeps them in one cluster slot.

    By the topic's name, since a retried event may come after the topic was made anew.
    """
    return f"d:{{{topic}:{partition}}}"


def claim_key(tag: str, tenant_id: int, event_id: int) -> str:
    """The name of an event's claim; ``event_id`` is the UUID as a number."""
    return f"{tag}:{tenant_id}:{event_id:032x}"


def first_of_each(arrived: Iterable[Arrived], tag: str) -> Firsts:
    """The first arrival of every event, in order."""
    firsts: Firsts = {}
    for each in arrived:
        firsts.setdefault(claim_key(tag, each.event.tenant_id, each.event.event_id.int), each)
    return firsts


def sort_out(firsts: Firsts, owners: Owners, place: str) -> Sorted:
    """Who may be stored; ``owners`` held a claim before, ``place`` is the arrivals' own."""
    topic_id = place.partition(":")[0]
    ours: list[Arrived] = []
    doubtful: list[Arrived] = []
    for key, each in firsts.items():
        owner = owners.get(key)
        if owner is None or owner == f"{place}:{each.offset}":
            ours.append(each)
        elif not owner.startswith(f"{topic_id}:"):
            doubtful.append(each)
    return Sorted(ours, doubtful)


def not_stored(
    arrived: Iterable[Arrived], stored: Mapping[tuple[int, int], str], place: str, *, replay: bool
) -> list[Arrived]:
    """Those whose event is not in the store; ``stored`` is a place by (tenant, event id).

    In a ``replay`` a row of their own is no obstacle: the insert's token skips it, and heals what
    a crash left out of the aggregates.
    """
    fresh: list[Arrived] = []
    for each in arrived:
        where = stored.get((each.event.tenant_id, each.event.event_id.int))
        if where is None or (replay and where == f"{place}:{each.offset}"):
            fresh.append(each)
    return fresh
