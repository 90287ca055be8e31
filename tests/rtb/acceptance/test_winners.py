"""Whatever request got a bid: turned against its winners, it gets none from them."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rtb import requests
from tests.rtb.acceptance.rich import bids_of, problems

Request = dict[str, Any]
Bid = dict[str, Any]
SLOTS = {1: "banner", 2: "video", 3: "audio", 4: "native"}


def advertiser(request: Request, bid: Bid) -> None:
    request["badv"] = [*request.get("badv", []), bid["adomain"][0].upper()]


def parent(request: Request, bid: Bid) -> None:
    request["badv"] = [bid["adomain"][0].partition(".")[2]]


def category(request: Request, bid: Bid) -> None:
    request["bcat"] = [bid["cat"][0].partition("-")[0]]


def only_other_categories(request: Request, bid: Bid) -> None:
    request["acat"] = ["IAB26"]


def seat(request: Request, bid: Bid) -> None:
    request["wseat"] = ["nobody"]


def language(request: Request, bid: Bid) -> None:
    request["wlang"], request["wlangb"] = ["xx"], []


def currency(request: Request, bid: Bid) -> None:
    request["cur"] = ["XYZ"]


def transparency(request: Request, bid: Bid) -> None:
    regs = request.setdefault("regs", {})
    regs["ext"] = regs.get("ext", {}) | {"dsa": {"dsarequired": 3}}


def floor(request: Request, bid: Bid) -> None:
    for imp in with_bids(request, bid):
        imp["bidfloor"], imp["bidfloorcur"] = 1000, "USD"
        for name in ("video", "audio"):
            for field in ("durfloors", "mincpmpersec"):
                imp.get(name, {}).pop(field, None)
        for deal in imp.get("pmp", {}).get("deals", []):
            deal["bidfloor"], deal["bidfloorcur"] = 1000, "USD"


def private(request: Request, bid: Bid) -> None:
    for imp in with_bids(request, bid):
        imp["pmp"] = {"private_auction": 1, "deals": [{"id": "of-others"}]}


def size(request: Request, bid: Bid) -> None:
    for imp in with_bids(request, bid):
        imp.get("banner", {}).update(w=1, h=1, format=[{"w": 2, "h": 2}])
        keep_only(imp, "banner", bid)


def attribute(request: Request, bid: Bid) -> None:
    if bid.get("attr"):
        slot(request, bid)["battr"] = bid["attr"][:1]


def banner_type(request: Request, bid: Bid) -> None:
    if bid["mtype"] == 1:
        slot(request, bid)["btype"] = [2, 3, 4]


def mimes(request: Request, bid: Bid) -> None:
    if bid["mtype"] in {2, 3}:
        slot(request, bid)["mimes"] = ["video/x-none"]


def wrappers(request: Request, bid: Bid) -> None:
    if bid["mtype"] in {2, 3}:
        slot(request, bid)["protocols"] = [4, 5, 6, 8, 10]


def duration(request: Request, bid: Bid) -> None:
    if bid["mtype"] in {2, 3}:
        slot(request, bid)["rqddurs"] = [bid["dur"] + 1]


def overlay(request: Request, bid: Bid) -> None:
    if bid["mtype"] == 2:
        slot(request, bid)["linearity"] = 2


def asset(request: Request, bid: Bid) -> None:
    if bid["mtype"] == 4:
        wanted = {"ver": "1.2", "assets": [{"id": 9, "required": 1, "data": {"type": 4}}]}
        slot(request, bid)["request"] = json.dumps(wanted)


def with_bids(request: Request, bid: Bid) -> Iterator[Request]:
    return (imp for imp in request["imp"] if imp["id"] == bid["impid"])


def slot(request: Request, bid: Bid) -> dict[str, Any]:
    return next(with_bids(request, bid))[SLOTS[bid["mtype"]]]


def keep_only(imp: Request, name: str, bid: Bid) -> None:
    if SLOTS[bid["mtype"]] == name:
        for other in set(SLOTS.values()) - {name}:
            imp.pop(other, None)


OF_ALL = (advertiser, parent, category, only_other_categories, seat, language, currency,
          transparency)  # fmt: skip
OF_ONE: tuple[Callable[[Request, Bid], None], ...] = (
    floor, private, size, attribute, banner_type, mimes, wrappers, duration, overlay, asset,
)  # fmt: skip


def test_a_constraint_against_the_winner_is_heeded(rich):
    seen: set[str] = set()

    @settings(
        max_examples=60,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(request=requests.bid_requests(), pick=st.randoms(use_true_random=False))
    def heeded(request, pick):
        bids = bids_of(rich.ask(request))
        if not bids:
            return
        winner = pick.choice(bids)
        for turn in (*OF_ALL, *OF_ONE):
            against = copy.deepcopy(request)
            turn(against, winner)
            if against == request:
                continue
            answer = rich.ask(against)
            assert problems(against, answer) == [], turn.__name__
            same = {(bid["impid"], bid["crid"]) for bid in bids_of(answer)}
            assert not same & {(winner["impid"], winner["crid"])} or is_moot(winner, turn), (
                turn.__name__
            )
            seen.add(turn.__name__)

    heeded()
    assert seen == {turn.__name__ for turn in (*OF_ALL, *OF_ONE)}


def is_moot(winner: Bid, turn: Callable[[Request, Bid], None]) -> bool:
    """A size concerns banners only."""
    return turn is size and winner["mtype"] != 1
