"""Parsing: strict about ids and impressions, lenient about the rest, never another exception."""

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtb.openrtb.parse import BadRequest, parse
from rtb.openrtb.request import BidRequest
from tests.rtb.requests import BUILDERS, banner_request, bid_requests, deal_request, imp

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**200), 10**200)
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["1", "0.5", "-1", " 7 ", "1e400", "\ud800", "\x00", "true", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def body(request: object) -> bytes:
    """JSON as other writers make it: escapes, so that lone surrogates can travel; 1e400 for inf."""
    return json.dumps(request).replace("Infinity", "1e400").encode()


def parsed(raw: bytes) -> Any:
    return parse(raw)


def read(request) -> Any:
    return parse(body(request))


def test_it_reads_what_the_specification_names():
    request = read(banner_request(bidfloor=0.5))
    assert (request.id, request.at, request.cur) == ("auction-1", 1, ("USD",))
    assert request.imp[0].bidfloor == 0.5
    assert request.imp[0].banner.format[0].w == 300
    assert request.source.ext.schain.nodes[0].asi == "exchange.example"


def test_absent_fields_have_the_defaults_of_the_specification():
    request = read({"id": "1", "imp": [{"id": "1", "banner": {}, "pmp": {"deals": [{"id": "d"}]}}]})
    impression = request.imp[0]
    assert (request.at, request.test, request.cattax, request.tmax) == (2, 0, 1, None)
    assert (impression.bidfloor, impression.bidfloorcur, impression.secure) == (0.0, "USD", None)
    assert (impression.pmp.deals[0].bidfloorcur, impression.pmp.deals[0].at) == ("USD", None)


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
def test_every_builder_makes_a_request_that_needs_no_repair(build):
    assert read(build()) == msgspec.json.decode(body(build()), type=BidRequest)


@given(bid_requests())
def test_the_strategy_makes_requests_that_need_no_repair(request):
    assert read(request) == msgspec.json.decode(body(request), type=BidRequest)


def without_id():
    request = banner_request()
    del request["id"]
    return request


REFUSED = {
    "null": None,
    "an empty object": {},
    "a list": [],
    "only an id": {"id": "1"},
    "no id": without_id(),
    "an id of null": banner_request() | {"id": None},
    "a number as id": banner_request(id=7),
    "an empty id": banner_request(id=""),
    "imp of null": banner_request() | {"imp": None},
    "imp as an object": banner_request() | {"imp": imp(banner={})},
    "imp as text": banner_request(imp="1"),
    "no impressions": banner_request(imp=[]),
    "an empty impression": banner_request(imp=[{}]),
    "an impression of null": banner_request(imp=[imp(banner={}), None]),
    "an impression without id": banner_request(imp=[{"banner": {}}]),
    "a number as impression id": banner_request(imp=[imp(id=1, banner={})]),
    "an impression without a format": banner_request(imp=[imp()]),
    "an impression whose only format is no object": banner_request(imp=[imp(banner=7)]),
    "two impressions of one id": banner_request(imp=[imp(banner={}), imp(banner={})]),
    "a deal without id": deal_request(deal={"id": None}),
    "a deal with an empty id": deal_request(deal={"id": ""}),
    "site and app": banner_request(app={"id": "a"}),
    "site and dooh": banner_request(dooh={"id": "a"}),
}


@pytest.mark.parametrize("request_", REFUSED.values(), ids=REFUSED)
def test_it_refuses_what_is_structurally_wrong(request_):
    with pytest.raises(BadRequest) as refused:
        read(request_)
    assert refused.value.reason


GOOD = body(banner_request())
NO_JSON = {
    "nothing": b"",
    "a BOM alone": b"\xef\xbb\xbf",
    "half": GOOD[:200],
    "something after it": GOOD + b"x",
    "NaN": GOOD.replace(b'"at": 1', b'"at": NaN'),
    "Infinity": GOOD.replace(b'"at": 1', b'"at": -Infinity'),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "a broken byte": GOOD.replace(b"auction-1", b"auction-\xff"),
    "form data": b"id=1&imp=2",
    "nested lists": b'{"id":"1","imp":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested objects": b'{"id":"1","ext":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
    "nested lists in an unknown field": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a megabyte of escapes": b'"' + b"\\ud800" * 170_000,
}


@pytest.mark.parametrize("raw", NO_JSON.values(), ids=NO_JSON)
def test_it_refuses_what_is_not_json(raw):
    with pytest.raises(BadRequest):
        parse(raw)


def test_a_byte_order_mark_is_skipped():
    assert parse(b"\xef\xbb\xbf" + GOOD) == parse(GOOD)


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00", "\\ud83d\\ud83d"])
def test_half_a_surrogate_pair_is_replaced(half):
    raw = GOOD.replace(b"news.example/sport", f"{half}/sport".encode())
    assert raw != GOOD
    assert "\ufffd/sport" in parsed(raw).site.page


def test_a_whole_surrogate_pair_stays():
    raw = GOOD.replace(b"news.example/sport", b"\\ud83d\\ude00/sport").replace(
        b'"at"', b'"\\udc00"'
    )
    assert "\U0001f600/sport" in parsed(raw).site.page


def at_the_imp(**fields) -> Any:
    return read(banner_request(**fields)).imp[0]


@pytest.mark.parametrize("value", ["1", 1.0, True, " 1 ", "1.0"])
def test_whole_numbers_may_come_as_text_floats_and_booleans(value):
    assert at_the_imp(secure=value, instl=value) == at_the_imp(secure=1, instl=1)


@pytest.mark.parametrize(
    "value", ["x", "", 1.5, "1.5", [1], {"a": 1}, 2**60, 10**300, float("inf"), "1e5", "٣x"]
)
def test_what_is_no_whole_number_is_absent(value):
    assert at_the_imp(secure=value) == at_the_imp(secure=None)


def test_an_amount_may_come_as_text():
    assert at_the_imp(bidfloor="2.25").bidfloor == 2.25


@pytest.mark.parametrize("value", [10**12, "99999999999", float("inf"), 10**400])
def test_a_floor_beyond_all_prices_stays_a_floor(value):
    assert at_the_imp(bidfloor=value).bidfloor == 1e9


@pytest.mark.parametrize("value", [-1, "-0.5", "free", None, {}])
def test_a_floor_that_is_none_is_absent(value):
    assert at_the_imp(bidfloor=value).bidfloor == 0.0


def test_an_identifier_may_come_as_a_number():
    assert read(banner_request(site={"publisher": {"id": 123}})).site.publisher.id == "123"


def test_a_list_keeps_the_elements_that_fit():
    request = read(banner_request(bcat=["IAB1", None, {}, "IAB2"], banner={"battr": [1, "2", "x"]}))
    assert request.bcat == ("IAB1", "IAB2")
    assert request.imp[0].banner.battr == (1, 2)


def test_deals_that_are_no_objects_are_dropped():
    assert at_the_imp(pmp={"deals": [None, 5, {"id": "d"}]}).pmp.deals[0].id == "d"


def test_null_is_absent():
    request = banner_request()
    request |= {"bcat": None, "at": None, "site": None, "app": None, "cur": None}
    assert read(request) == read({n: v for n, v in request.items() if v is not None})


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw):
    with pytest.raises(BadRequest):
        parse(raw)


@given(JSON_VALUES)
def test_any_json_is_read_or_refused(value):
    with pytest.raises(BadRequest):
        read(value)


def spots(value: Any, path: tuple = ()) -> list[tuple]:
    """The paths of every field and element."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, inner in items:
        found.append((*path, key))
        if isinstance(inner, dict | list):
            found += spots(inner, (*path, key))
    return found


def changed(request: dict, path: tuple, value: object, *, drop: bool = False) -> dict:
    result = copy.deepcopy(request)
    holder = result
    for key in path[:-1]:
        holder = holder[key]
    if drop:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return result


def outcome(request: dict) -> BidRequest | str:
    try:
        return read(request)
    except BadRequest:
        return "refused"


@settings(max_examples=400)
@given(bid_requests(), JSON_VALUES, st.data())
def test_any_change_of_a_request_is_read_or_refused(request, value, data):
    path = data.draw(st.sampled_from(spots(request)))
    outcome(changed(request, path, value))


FITTING_NOWHERE = st.sampled_from([None, -(10**30), float("-inf")])


def is_optional(path: tuple) -> bool:
    """Neither an id, nor an impression, nor inside a native request, which parse leaves alone."""
    return path[-1] not in {"id", "imp"} and path[:-1] != ("imp",) and "request" not in path[:-1]


@settings(max_examples=300)
@given(bid_requests(), FITTING_NOWHERE, st.data())
def test_what_is_optional_and_of_the_wrong_type_is_as_good_as_absent(request, value, data):
    path = data.draw(st.sampled_from([path for path in spots(request) if is_optional(path)]))
    absent = changed(request, path, value, drop=True)
    assert outcome(changed(request, path, value)) == outcome(absent)
