"""Who came first: every event is claimed once, by its place in Kafka; pure.

A claim is owned (``topic id:partition:offset``): a message that is delivered again finds its own
claim and goes on, where a plain SETNX would drop it.
"""

from collections.abc import Iterable, Mapping

from events.records import Arrived

Firsts = dict[str, Arrived]  # by claim key


def claim_key(tenant_id: int, event_id: int) -> str:
    """The name of an event's claim; ``event_id`` is the UUID as a number."""
    return f"d:{tenant_id}:{event_id:032x}"


def first_of_each(arrived: Iterable[Arrived]) -> Firsts:
    """The first arrival of every event, in order."""
    firsts: Firsts = {}
    for each in arrived:
        firsts.setdefault(claim_key(each.event.tenant_id, each.event.event_id.int), each)
    return firsts


def unowned(firsts: Firsts, owners: Mapping[str, str], place: str) -> list[Arrived]:
    """Those that nobody has claimed, or that hold their claim themselves.

    ``owners`` is who held a claim already; ``place`` is ``topic id:partition`` of the arrivals.
    """
    return [
        each
        for key, each in firsts.items()
        if (owner := owners.get(key)) is None or owner == f"{place}:{each.offset}"
    ]
