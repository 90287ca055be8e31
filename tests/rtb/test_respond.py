"""The bid response: golden files by behaviour, and what every answer must satisfy."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from rtb.ad import Format
from rtb.exchange.asked import read as read_request
from rtb.exchange.validate import validate
from rtb.openrtb.response import BidResponse, encode
from rtb.reasons import NoBid
from rtb.respond import no_bid, respond, uses_http
from rtb.shown import creative_id
from rtb.ssp import NoBidStyle
from tests.rtb.offers import NOW, RTB_ID, SITE, SSP, bid_of, creative, offer, request
from tests.rtb.validator import problems

GOLDEN = Path(__file__).parents[1] / "golden" / "openrtb" / "responses"
CASES = sorted(GOLDEN.glob("*.json"))
TOKEN = re.compile(r"k1\.[\w-]{20,}(?:\.[\w-]{22})?")
VIDEO = {"banner": None, "video": {"mimes": ["video/mp4"], "protocols": [3]}}
FILM = {
    "duration": 15,
    "media": [
        {"url": "https://cdn.example.com/a.mp4", "mime": "video/mp4", "width": 640, "height": 360}
    ],
}


def response_to(case: dict) -> BidResponse:
    shown = creative(**case["creative"])
    made = offer(case["imp"], shown, format=case["format"], **case.get("offer", {}))
    asked = request(case["imp"], **case.get("request", {}))
    return respond(asked, SSP, [made], site=SITE, now=NOW)


def answer_to(case: dict) -> dict:
    """The response as JSON, with tokens hidden and markup cut into lines."""
    answer = json.loads(TOKEN.sub("TOKEN", encode(response_to(case)).decode()))
    for bid in (bid for seat in answer["seatbid"] for bid in seat["bid"]):
        is_json = bid["mtype"] == 4
        bid["adm"] = json.loads(bid["adm"]) if is_json else re.split(r"(?<=>)(?=<)", bid["adm"])
    return answer


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_response_is_the_golden_one(path):
    case = json.loads(path.read_text("utf-8"))
    assert answer_to(case) == case["response"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_golden_response_is_what_two_validators_accept(path):
    """The oracle of these tests and the mock exchange share nothing with the bidder."""
    case = json.loads(path.read_text("utf-8"))
    imp = {name: value for name, value in case["imp"].items() if value is not None}
    asked = {"id": "auction-1", "imp": [imp], **case.get("request", {})}
    rates = {"USD": 1.0, "EUR": 0.9}
    body = encode(response_to(case))
    assert problems(asked, json.loads(body), rates) == []
    assert validate(read_request(json.dumps(asked)), 200, body, rates).violations == ()


def test_there_are_golden_files():
    assert len(CASES) >= 14


def test_the_price_is_the_offers_to_the_last_digit():
    assert b'"price":1.234567' in encode(
        respond(request(), SSP, [offer(bid_price=1.234567)], site=SITE, now=NOW)
    )


def test_several_offers_share_one_seat():
    offers = [offer(), offer({"id": "2"}, rtb_id="b" * 24)]
    answer = respond(request(), SSP, offers, site=SITE, now=NOW)
    (seat,) = answer.seatbid
    assert [(bid.id, bid.impid) for bid in seat.bid] == [(RTB_ID, "1"), ("b" * 24, "2")]
    assert (seat.seat, answer.bidid) == ("seat-9", RTB_ID)


def test_without_a_seat_none_is_said():
    answer = respond(request(), replace(SSP, seat=""), [offer()], site=SITE, now=NOW)
    assert b'"seat"' not in encode(answer)


def test_an_offer_that_does_not_fit_after_all_is_left_out():
    asked = {"banner": None, "video": {"mimes": ["video/webm"], "protocols": [3]}}
    misfit = offer(asked, creative("video", attributes=FILM), format="video")
    answer = respond(request(), SSP, [misfit, offer()], site=SITE, now=NOW)
    assert [bid.mtype for bid in answer.seatbid[0].bid] == [1]
    alone = encode(respond(request(), SSP, [misfit], site=SITE, now=NOW))
    assert json.loads(alone) == {"id": "auction-1", "cur": "USD", "bidid": RTB_ID, "seatbid": []}


@pytest.mark.parametrize("kind", [each for each in Format if each is not Format.BANNER])
def test_an_offer_of_a_kind_that_the_impression_is_not_is_left_out(kind):
    misfit = offer(None, creative(kind, attributes=FILM), format=kind)
    assert respond(request(), SSP, [misfit], site=SITE, now=NOW).seatbid == ()


def test_a_video_without_a_size_of_its_own_has_its_files():
    shown = creative("video", width=0, height=0, attributes=FILM)
    bid = bid_of(offer(VIDEO, shown, format="video"))
    assert (bid.w, bid.h) == (640, 360)


def test_another_ad_is_another_creative_id():
    first = creative("image")
    ids = {
        creative_id(each)
        for each in (
            first,
            replace(first, image_url="https://cdn.example.com/other.png"),
            replace(first, landing_url="https://other.example/"),
            creative("image", attributes={"title": "New"}),
            creative("template"),
            creative("template", template_id=8),
        )
    }
    assert len(ids) == 6
    assert creative_id(first) == creative_id(creative("image"))


@pytest.mark.parametrize(
    ("kind", "overrides", "expected"),
    [
        ("image", {}, False),
        ("image", {"image_url": "http://cdn.example.com/a.png"}, True),
        ("image", {"image_url": "HTTP://cdn.example.com/a.png"}, True),
        ("image", {"landing_url": "http://shop.example/"}, False),  # it is not in the markup
        ("html", {"html": "<img src='http://x.example/'>"}, True),
        ("html", {"html": "<img src='https://x.example/?u=http%3A%2F%2Fy.example'>"}, True),
        ("html", {"html": "<img src='https://x.example/'>"}, False),
        ("native", {"attributes": {"text": "see http://shop.example"}}, True),
        ("native", {"attributes": {"icon": {"url": "http://x/i", "width": 1, "height": 1}}}, True),
        ("video", {"attributes": {"media": [{"url": "http://x/v", "mime": "video/mp4"}]}}, True),
        ("template", {"image_url": "http://cdn.example.com/a.png"}, False),
    ],
)
def test_markup_with_an_http_address_is_known_beforehand(kind, overrides, expected):
    assert uses_http(creative(kind, **overrides)) is expected


@pytest.mark.parametrize(
    ("style", "status", "body"),
    [
        (NoBidStyle.NO_CONTENT, 204, b""),
        (NoBidStyle.EMPTY, 200, b"{}"),
        (NoBidStyle.SEATBID, 200, b'{"id":"a\\"1","seatbid":[]}'),
        (NoBidStyle.NBR, 200, b'{"id":"a\\"1","seatbid":[],"nbr":15}'),
    ],
)
def test_no_bid_is_said_as_the_exchange_wants_it(style, status, body):
    assert no_bid('a"1', replace(SSP, no_bid_style=style), NoBid.TOO_LATE) == (status, body)


def test_a_reason_of_our_own_is_unknown_to_an_exchange():
    _, body = no_bid("a", replace(SSP, no_bid_style=NoBidStyle.NBR), NoBid.TARGETING)
    assert json.loads(body)["nbr"] == 0


def test_files_of_our_own_come_by_https_where_nothing_else_is_admitted():
    site = replace(SITE, base_url="http://local:8000", secure_base_url="https://local:8000")
    markup = '<img src="http://local:8000/a.png"><img src="http://other.example/b.png">'
    assert site.secured(markup, None) == markup
    assert site.secured(markup, 1) == markup.replace("http://local", "https://local")
    assert uses_http(creative("image", image_url="http://local:8000/a.png"))
    assert not uses_http(creative("image", image_url="http://local:8000/a.png"), site.base_url)
