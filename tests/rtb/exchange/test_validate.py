"""Every rule refuses what it is about, and nothing else."""

import json
from pathlib import Path

import pytest

from rtb.exchange.asked import read
from rtb.exchange.validate import RULES, validate
from tests.rtb.exchange.answers import NATIVE, answer, bid, markup, request

RATES = {"USD": 1.0, "EUR": 0.5}


def verdict(told, asked=None, status=200):
    body = json.dumps(told).encode() if not isinstance(told, bytes) else told
    return validate(read(json.dumps(asked or request()).encode()), status, body, RATES)


def rules(told, asked=None, status=200):
    return {each.rule for each in verdict(told, asked, status).violations}


def native(**fields):
    return json.dumps({**NATIVE, **fields}).replace("{base}", "https://bidder.example")


def asset(number, **fields):
    kept = [each for each in NATIVE["assets"] if each["id"] != number]
    return native(assets=[*kept, {"id": number, **fields}])


def first(**fields):
    """The request with its first impression changed."""
    asked = request()
    asked["imp"][0] |= fields
    return asked


def test_a_good_answer_to_all_formats_passes():
    assert rules(answer()) == set()


@pytest.mark.parametrize(
    "told", [b"{}", b'{"id":"r-1","seatbid":[]}', b'{"id":"r-1","nbr":2}'], ids=str
)
def test_a_body_without_bids_is_a_no_bid(told):
    assert rules(told) == set()


def test_no_content_is_a_no_bid():
    assert rules(b"", status=204) == set()
    assert rules(b"x", status=204) == {"no_content"}


@pytest.mark.parametrize(
    ("status", "rule"), [(400, "refused"), (500, "status"), (302, "status"), (429, "status")]
)
def test_other_statuses_are_faults(status, rule):
    assert rules(b"", status=status) == {rule}


@pytest.mark.parametrize("told", [b"", b"[]", b"{", b'{"id":1}', b"\xff"], ids=str)
def test_an_unreadable_answer_is_malformed(told):
    assert rules(told) == {"malformed"}


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("id_echoed", {"id": "r-2"}),
        ("currency", {"cur": "EUR"}),
        ("seat_empty", {"seatbid": [{"bid": []}]}),
    ],
)
def test_the_whole_answer(rule, change):
    assert rule in rules(answer(**change))


BANNERS = [
    ("bid_id", {"id": ""}),
    ("imp_known", {"impid": "9"}),
    ("crid", {"crid": ""}),
    ("cid", {"cid": ""}),
    ("adomain", {"adomain": []}),
    ("mtype", {"mtype": 0}),
    ("format_offered", {"mtype": 3}),
    ("markup", {"adm": "", "nurl": ""}),
    ("size_given", {"h": 0}),
    ("size_offered", {"w": 728, "h": 90}),
    ("price", {"price": 0}),
    ("price", {"price": -1}),
    ("floor", {"price": 0.99}),
    ("deal_known", {"dealid": "d-9"}),
    ("floor", {"price": 1.99, "dealid": "d-1"}),
    ("badv", {"adomain": ["rival.example"]}),
    ("badv", {"adomain": ["Shop.Rival.example"]}),
    ("bcat", {"cat": ["IAB25"]}),
    ("bcat", {"cat": ["IAB25-3"]}),
    ("battr", {"attr": [1, 6]}),
    ("btype", {"adm": f"{markup('banner')}<SCRIPT src='https://a.example'></SCRIPT>"}),
    ("api", {"apis": [5, 7]}),
    ("api", {"api": 3}),
    ("secure", {"adm": markup("banner") + "<img src='http://a.example'>"}),
    ("secure", {"adm": markup("banner") + "https%3A http%3A%2F%2Fa.example"}),
    ("secure", {"adm": "<p>nothing"}),
    ("macro", {"nurl": "https://a.example?${AUCTION_PRIZE}"}),
]


@pytest.mark.parametrize(("rule", "change"), BANNERS, ids=lambda each: str(each)[:60])
def test_a_wrong_banner(rule, change):
    assert rules(answer(bid(1, **change))) == {rule}


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        ("bapp", request(bapp=["com.example.shop"])),
        ("wlang", request(wlang=["fr"])),
        ("dsa", request(regs={"ext": {"dsa": {"dsarequired": 2}}})),
        ("seat", request(wseat=["other"])),
        ("seat", request(bseat=["s"])),
        ("private_auction", first(pmp={"private_auction": 1, "deals": []})),
        ("btype", first(banner={"btype": [4]})),
        ("floor", first(bidfloor=1.3, bidfloorcur="EUR")),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_request_that_forbids_it(rule, asked):
    framed = bid(
        1, bundle="com.example.shop", language="en", adm="<iframe src='https://a.example'>"
    )
    open_to_all = bid(1, bundle="com.example.shop", language="en")
    told = answer(framed if rule == "btype" else open_to_all)
    assert rules(told) == set()
    assert rules(told, asked) == {rule}


def test_only_some_may_buy_a_deal():
    told = answer(bid(1, dealid="d-1"))
    assert rules(told) == set()
    told["seatbid"][0]["seat"] = "x"
    assert rules(told) == {"deal_terms"}


def test_floors_are_converted():
    assert rules(answer(bid(1, price=2.0)), first(bidfloor=1.0, bidfloorcur="EUR")) == set()
    assert rules(answer(bid(1, price=1.9)), first(bidfloor=1.0, bidfloorcur="EUR")) == {"floor"}


def test_categories_of_another_taxonomy_are_not_compared():
    assert rules(answer(bid(1, cat=["IAB25"], cattax=2))) == set()


def test_two_bids_need_two_ids():
    assert rules(answer(bid(1), bid(1))) == {"bid_id_unique"}


VAST = markup("video")


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("vast", {"adm": "<VAST"}),
        ("vast", {"adm": "<VAST version='3.0'/>"}),
        ("vast", {"adm": VAST.replace("Impression", "Imp")}),
        ("vast", {"adm": f"<!DOCTYPE x>{VAST[38:]}"}),
        ("vast", {"adm": VAST.replace("00:00:15", "15")}),
        ("mime", {"adm": VAST.replace("video/mp4", "video/webm")}),
        ("protocol", {"adm": VAST.replace('"3.0"', '"4.0"')}),
        ("protocol", {"adm": VAST.replace('"3.0"', '"4.2"'), "protocol": 13}),
        ("duration", {"dur": 30}),
        ("duration", {"adm": VAST.replace("00:00:15", "00:00:31"), "dur": 31}),
        ("duration", {"adm": VAST.replace("00:00:15", "00:00:04"), "dur": 4}),
        ("size_given", {"w": 0}),
    ],
    ids=lambda each: str(each)[:60],
)
def test_a_wrong_video(rule, change):
    assert rules(answer(bid(2, **change))) == {rule}


@pytest.mark.parametrize(
    ("rule", "adm"),
    [
        ("native", "{"),
        ("native", native(link={})),
        ("native_assets", native(assets=NATIVE["assets"][1:])),
        ("native_assets", asset(9, title={"text": "x"})),
        ("native_assets", asset(1, data={"value": "x"})),
        ("native_assets", asset(1, title={"text": "x" * 21})),
        ("native_assets", asset(1, title={"text": ""})),
        ("native_assets", asset(3, data={"value": "x" * 11})),
        ("native_assets", asset(2, img={"url": "", "w": 600, "h": 300})),
        ("native_assets", asset(2, img={"url": "https://a.example", "w": 200, "h": 300})),
        ("native_trackers", native(eventtrackers=[{"event": 1, "method": 2, "url": "x"}])),
    ],
)
def test_a_wrong_native_ad(rule, adm):
    assert rules(answer(bid(3, adm=adm))) == {rule}


def test_a_native_ad_may_be_wrapped():
    assert rules(answer(bid(3, adm=f'{{"native":{native()}}}'))) == set()


def test_every_rule_is_tested():
    source = Path(__file__).read_text("utf-8")
    assert [name for name, _rule in RULES if f'"{name}"' not in source] == []
