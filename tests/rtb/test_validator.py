"""The oracle finds nothing wrong with a good answer, and every fault that it knows in a bad one."""

import copy
import json

import pytest

from tests.rtb.requests import (
    audio_request,
    banner_request,
    deal_request,
    native_request,
    video_request,
)
from tests.rtb.validator import RULES, problems

ADM = '<a href="https://ads.example/c?n=${AUCTION_ID}"><img src="https://ads.example/i.png"></a>'
BID: dict[str, object] = {
    "id": "bid-1",
    "impid": "1",
    "price": 2.5,
    "crid": "7",
    "cid": "3",
    "adomain": ["shop.example"],
    "cat": ["IAB7-39"],
    "language": "en",
    "exp": 60,
    "nurl": "https://ads.example/rtb/win?price=${AUCTION_PRICE}",
    "burl": "https://ads.example/rtb/bill?price=${AUCTION_PRICE}",
}
BANNER = BID | {"adm": ADM, "mtype": 1, "w": 300, "h": 250}


def vast(version="3.0", root="VAST", mime="video/mp4", lasts="00:00:15", **attributes) -> str:
    linear = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<{root} version="{version}"><Ad id="1"><InLine><Creatives><Creative><Linear{linear}>'
        f"<Duration>{lasts}</Duration><MediaFiles>"
        f'<MediaFile type="{mime}" bitrate="500">https://ads.example/v</MediaFile>'
        f"</MediaFiles></Linear></Creative></Creatives></InLine></Ad></{root}>"
    )


VIDEO = BID | {"adm": vast(), "mtype": 2, "w": 640, "h": 360, "protocol": 3}
AUDIO = BID | {"adm": vast("1.0", "DAAST", "audio/mpeg"), "mtype": 3}
PICTURE = {"url": "https://ads.example/i.png", "w": 1200, "h": 627}
ASSETS: list[dict] = [{"id": 1, "title": {"text": "Shoes"}}, {"id": 2, "img": PICTURE}]
LINK = {"url": "https://ads.example/c"}


def native(assets=ASSETS, **root) -> dict:
    answer = {"ver": "1.2", "link": LINK, "assets": assets} | root
    return BID | {"adm": json.dumps(answer), "mtype": 4}


def answer(bid: dict, *, cur="USD", seat="seat-1", **root) -> dict:
    return {"id": "auction-1", "seatbid": [{"bid": [bid], "seat": seat}], "cur": cur} | root


GOOD: dict[str, tuple[dict, dict]] = {
    "banner": (banner_request(), BANNER),
    "video": (video_request(), VIDEO),
    "audio": (audio_request(), AUDIO),
    "native": (native_request(), native()),
    "native object": (native_request(form="object"), native()),
    "native wrapped": (native_request(form="wrapped"), native()),
    "deal": (deal_request(private=1), BANNER | {"dealid": "deal-1"}),
    "deal at no price": (
        deal_request(deal={"bidfloor": 0}),
        BANNER | {"dealid": "deal-1", "price": 0},
    ),
    "agreed price": (deal_request(deal={"at": 3}), BANNER | {"dealid": "deal-1", "price": 1.5}),
    "any size": (banner_request(banner={"w": None, "h": None, "format": None}), BANNER),
    "ratio": (
        banner_request(
            banner={"w": None, "h": None, "format": [{"wratio": 6, "hratio": 5, "wmin": 200}]}
        ),
        BANNER,
    ),
    "in a pod": (
        video_request(video={"podid": "p", "poddur": 60, "maxseq": 2}),
        VIDEO | {"dur": 15, "slotinpod": 1},
    ),
}


@pytest.mark.parametrize(("request_", "bid"), GOOD.values(), ids=GOOD)
def test_a_good_bid_has_no_problems(request_, bid):
    assert problems(request_, answer(bid)) == []


@pytest.mark.parametrize("response", [{}, {"id": "auction-1", "seatbid": [], "nbr": 2}])
def test_no_bid_has_no_problems(response):
    assert problems(banner_request(), response) == []


def test_a_floor_in_another_currency_is_converted():
    request = banner_request(cur=["EUR"], bidfloor=100, bidfloorcur="JPY")
    rates = {"USD": 1.0, "EUR": 0.9, "JPY": 150.0}
    assert problems(request, answer(BANNER | {"price": 0.6}, cur="EUR"), rates) == []
    assert problems(request, answer(BANNER | {"price": 0.59}, cur="EUR"), rates)
    assert problems(request, answer(BANNER, cur="EUR"))[0].startswith("price: no rate")


BANNERS: dict[
    str, tuple[str, dict, dict]
] = {  # fault: (the rule that finds it, changes of the request, changes of the bid)
    "no crid": ("required", {}, {"crid": ""}),
    "no cid": ("required", {}, {"cid": ""}),
    "no advertiser": ("required", {}, {"adomain": []}),
    "no width": ("required", {}, {"w": 0}),
    "no markup": ("required", {}, {"adm": "", "nurl": ""}),
    "no price": ("required", {}, {"price": 0}),
    "a negative price": ("required", {}, {"price": -1}),
    "a format that was not asked": ("required", {}, {"mtype": 2}),
    "a mtype that does not exist": ("required", {}, {"mtype": 9}),
    "another impression": ("impid", {}, {"impid": "2"}),
    "a price as text": ("types", {}, {"price": "2.5"}),
    "a price that is none": ("types", {}, {"price": float("nan")}),
    "an advertiser as text": ("types", {}, {"adomain": "shop.example"}),
    "a category as a number": ("types", {}, {"cat": [1]}),
    "a field of no specification": ("types", {}, {"clickurl": "x"}),
    "a boolean for a number": ("types", {}, {"exp": True}),
    "below the floor": ("price", {"bidfloor": 2.51}, {}),
    "the advertiser is blocked": ("advertiser", {"badv": ["Shop.example"]}, {}),
    "a parent of the advertiser is blocked": ("advertiser", {"badv": ["example"]}, {}),
    "the app is blocked": ("advertiser", {"bapp": ["com.shop"]}, {"bundle": "com.shop"}),
    "the category is blocked": ("category", {"bcat": ["IAB7-39"]}, {}),
    "the category's parent is blocked": ("category", {"bcat": ["IAB7"]}, {}),
    "the category is not allowed": ("category", {"acat": ["IAB1"]}, {}),
    "the category cannot be compared": ("category", {"acat": ["IAB7"], "cattax": 2}, {}),
    "the attribute is blocked": ("attribute", {"banner": {"battr": [6]}}, {"attr": [6]}),
    "the language is not taken": ("language", {"wlang": ["de"]}, {}),
    "the size is not offered": ("size", {}, {"w": 728, "h": 90}),
    "the ratio is not offered": (
        "size",
        {"banner": {"w": None, "h": None, "format": [{"wratio": 1, "hratio": 1}]}},
        {},
    ),
    "the API is not supported": ("api", {"banner": {"api": [5]}}, {"apis": [7]}),
    "the API of 2.5 is not supported": ("api", {"banner": {"api": None}}, {"api": 5}),
    "an insecure address": ("secure", {}, {"adm": ADM.replace("https", "http", 1)}),
    "an insecure address, encoded": ("secure", {}, {"adm": ADM + "?u=http%3A%2F%2Fx"}),
    "no secure address": ("secure", {}, {"adm": "<b>"}),
    "an unknown deal": ("deal", {}, {"dealid": "other"}),
    "the seat is not allowed": ("seat", {"wseat": ["seat-2"]}, {}),
    "the seat is blocked": ("seat", {"bseat": ["seat-1"]}, {}),
    "no DSA information": ("transparency", {"regs": {"ext": {"dsa": {"dsarequired": 3}}}}, {}),
    "a child's id": ("privacy", {"regs": {"coppa": 1}}, {"nurl": "https://a.example?u=user-1"}),
    "an id despite lmt": ("privacy", {"device": {"lmt": 1}}, {"adm": ADM + "buyer-1"}),
    "a notice without address": ("addresses", {}, {"burl": "/rtb/bill"}),
    "an encoded macro": ("addresses", {}, {"nurl": "https://a.example?p=%24%7BAUCTION_PRICE%7D"}),
    "no time left": ("expiry", {}, {"exp": 0}),
    "an iframe": ("banner_type", {"banner": {"btype": [4]}}, {"adm": ADM + "<iframe src=''>"}),
    "a script": ("banner_type", {"banner": {"btype": [3]}}, {"adm": ADM + "<SCRIPT></SCRIPT>"}),
    "a picture": ("banner_type", {"banner": {"btype": [2]}}, {}),
}
DEALS: dict[str, tuple[str, dict, dict]] = {
    "no deal in a private auction": ("deal", {"private": 1}, {"dealid": ""}),
    "below the deal's floor": ("price", {"deal": {"bidfloor": 3}}, {}),
    "above the agreed price": ("price", {"deal": {"at": 3}}, {}),
    "not the deal's seat": ("seat", {"deal": {"wseat": ["seat-2"]}}, {}),
    "not the deal's advertiser": ("advertiser", {"deal": {"wadomain": ["other.example"]}}, {}),
    "an agreed price in a currency without a rate": ("price", {"deal": {"bidfloorcur": "EUR"}}, {}),
}
VIDEOS: dict[str, tuple[str, dict, dict]] = {
    "not XML": ("playable", {}, {"adm": "<VAST"}),
    "no VAST": ("playable", {}, {"adm": "<HTML/>"}),
    "no ad": ("playable", {}, {"adm": '<VAST version="3.0"/>'}),
    "the protocol is not offered": ("playable", {"video": {"protocols": [2]}}, {}),
    "the protocol is another": ("playable", {}, {"protocol": 2}),
    "the mime is not offered": ("playable", {"video": {"mimes": ["video/ogg"]}}, {}),
    "the bitrate is too high": ("playable", {"video": {"maxbitrate": 400}}, {}),
    "an overlay was asked": ("playable", {"video": {"linearity": 2}}, {}),
    "an undeclared skip button": ("playable", {}, {"adm": vast(skipoffset="00:00:05")}),
    "two skip buttons": ("playable", {"video": {"skip": 1}}, {"attr": [16]}),
    "no media file": ("playable", {}, {"adm": vast().replace("MediaFile ", "File ")}),
    "a media file without address": ("playable", {}, {"adm": vast().replace("https://ads", "")}),
    "too long": ("duration", {"video": {"maxduration": 14}}, {}),
    "too short": ("duration", {"video": {"minduration": 16}}, {}),
    "not one of the exact durations": ("duration", {"video": {"rqddurs": [6, 30]}}, {}),
    "another duration than the markup": ("duration", {}, {"dur": 16}),
    "longer than the pod": ("duration", {"video": {"poddur": 10}}, {"dur": 15}),
    "no duration in a pod": ("duration", {"video": {"poddur": 60}}, {}),
    "a slot of a pod where there is none": ("duration", {}, {"slotinpod": 1}),
    "below the floor of its duration": (
        "price",
        {"video": {"durfloors": [{"mindur": 1, "maxdur": 15, "bidfloor": 3}]}},
        {},
    ),
    "below the floor of its seconds": ("price", {"video": {"mincpmpersec": 0.2}}, {}),
}
NATIVES: dict[str, dict] = {
    "not JSON": {"adm": "<a>"},
    "a list": {"adm": "[]"},
    "a missing asset": native(ASSETS[:1]),
    "an asset that nobody asked": native([*ASSETS, {"id": 9, "title": {"text": "x"}}]),
    "another kind of asset": native([{"id": 1, "data": {"value": "x"}}, ASSETS[1]]),
    "a title that is too long": native([{"id": 1, "title": {"text": "x" * 91}}, ASSETS[1]]),
    "an empty title": native([{"id": 1, "title": {"text": ""}}, ASSETS[1]]),
    "an image that is too small": native([ASSETS[0], {"id": 2, "img": PICTURE | {"w": 299}}]),
    "an image without address": native([ASSETS[0], {"id": 2, "img": PICTURE | {"url": ""}}]),
    "a text that is too long": native([*ASSETS, {"id": 4, "data": {"value": "x" * 141}}]),
    "no link": native(link={}),
    "an event that nobody offered": native(eventtrackers=[{"event": 2, "method": 1}]),
}
FAULTS: dict[str, tuple[str, dict, dict]] = (
    {
        name: (rule, banner_request(**asked), BANNER | bid)
        for name, (rule, asked, bid) in BANNERS.items()
    }
    | {
        name: (rule, deal_request(**asked), BANNER | {"dealid": "deal-1"} | bid)
        for name, (rule, asked, bid) in DEALS.items()
    }
    | {
        name: (rule, video_request(**asked), VIDEO | bid)
        for name, (rule, asked, bid) in VIDEOS.items()
    }
    | {
        f"native: {name}": ("native", native_request(secure=0), native() | bid)
        for name, bid in NATIVES.items()
    }
    | {
        "an exact image": (
            "native",
            native_request(assets={"assets": [{"id": 2, "img": {"w": 300, "h": 627}}]}),
            native(ASSETS[1:]),
        )
    }
)


@pytest.mark.parametrize(("rule", "request_", "bid"), FAULTS.values(), ids=FAULTS)
def test_every_fault_is_found_by_its_rule(rule, request_, bid):
    found = problems(request_, answer(bid))
    assert any(problem.startswith(f"{rule}:") for problem in found), found


def test_every_rule_has_a_fault_that_it_finds():
    assert {rule.__name__ for rule in RULES} <= {rule for rule, _, _ in FAULTS.values()}


@pytest.mark.parametrize(
    ("request_", "response", "rule"),
    [
        (banner_request(), answer(BANNER, id="other"), "response.id"),
        (banner_request(), answer(BANNER, cur="EUR"), "cur"),
        (banner_request(cur=None), answer(BANNER, cur="EUR"), "cur"),
        (banner_request(cur=["usd"]), answer(BANNER, cur="usd"), "cur"),
        (banner_request(), answer(BANNER, nbr="2"), "types"),
        (banner_request(), answer(BANNER, seatbid=[{"bid": []}]), "seatbid"),
        (banner_request(), answer(BANNER, seatbid=[{"bid": [BANNER, BANNER]}]), "id"),
    ],
)
def test_faults_of_the_response_itself_are_found(request_, response, rule):
    assert any(each.startswith(f"{rule}:") for each in problems(request_, response))


def test_it_changes_neither_request_nor_response():
    request, response = native_request(form="object"), answer(native())
    before = copy.deepcopy((request, response))
    problems(request, response)
    assert (request, response) == before
