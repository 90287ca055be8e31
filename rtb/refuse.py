"""Rules about the whole call: each passes it or gives the reason for no bid at all (pure)."""

from collections.abc import Callable
from typing import Final

from adserving.addresses.ranges import AddressSet
from adserving.addresses.source import source_of
from adserving.context import device_of
from rtb.openrtb.moved import schain
from rtb.openrtb.request import BidRequest
from rtb.reasons import NoBid
from rtb.ssp import SspConfig

Rule = Callable[[BidRequest, SspConfig, AddressSet], bool]  # True: refuse


def known_robot(request: BidRequest, _: SspConfig, __: AddressSet) -> bool:
    return request.device is not None and device_of(request.device.ua).is_bot


def listed_source(request: BidRequest, _: SspConfig, listed: AddressSet) -> bool:
    device = request.device
    if device is None or not listed:
        return False
    address = source_of(device.ip or device.ipv6).address
    return address is not None and address in listed


def seat_blocked(request: BidRequest, ssp: SspConfig, _: AddressSet) -> bool:
    """Without a seat of ours, an allow list is not ours; where both lists are sent, both count."""
    if request.wseat and ssp.seat not in request.wseat:
        return True
    return bool(ssp.seat) and ssp.seat in request.bseat


def supply_chain_incomplete(request: BidRequest, ssp: SspConfig, _: AddressSet) -> bool:
    if not ssp.complete_chain:
        return False
    chain = schain(request)
    return chain is None or chain.complete != 1


def supply_chain_blocked(request: BidRequest, ssp: SspConfig, _: AddressSet) -> bool:
    """A node is blocked as a system (``seller.example``) or as one of its sellers (``…/123``)."""
    chain = schain(request) if ssp.blocked_sellers else None
    if chain is None:
        return False
    return any(
        node.asi.lower() in ssp.blocked_sellers
        or f"{node.asi.lower()}/{node.sid}" in ssp.blocked_sellers
        for node in chain.nodes
    )


RULES: Final[tuple[tuple[NoBid, Rule], ...]] = (
    (NoBid.SEAT_BLOCKED, seat_blocked),
    (NoBid.SUPPLY_CHAIN_INCOMPLETE, supply_chain_incomplete),
    (NoBid.SUPPLY_CHAIN_BLOCKED, supply_chain_blocked),
    (NoBid.KNOWN_ROBOT, known_robot),
    (NoBid.LISTED_SOURCE, listed_source),
)


def refusal(request: BidRequest, ssp: SspConfig, listed: AddressSet) -> NoBid | None:
    """The first rule that refuses, or None."""
    for why, refuses in RULES:
        if refuses(request, ssp, listed):
            return why
    return None
