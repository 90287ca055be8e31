"""Whatever comes through the door: 200, 204 or 400 without a body, in time, and counted."""

import gzip
import io
import json
import time
from typing import Any

import pytest

from rtb.bid import IMPRESSIONS
from rtb.endpoint import PATH
from rtb.reasons import NoBid
from tests.rtb import requests, validator
from tests.rtb.acceptance.asked import all_outcomes, body_of, outcomes
from tests.rtb.acceptance.rich import bids_of
from tests.wsgi_client import Answer, call

BANNER = requests.banner_request()
BODY = body_of(BANNER)
LIMIT = 1_048_576
IMP = BANNER["imp"][0]
SECONDS = 2.0  # far more than any of these takes, far less than one that grows with its square


def nested(depth: int) -> bytes:
    return BODY[:-1] + b', "ext": {"deep": ' + b"[" * depth + b"]" * depth + b"}}"


def padded(size: int) -> bytes:
    return BODY[:-1] + b" " * (size - len(BODY)) + b"}"


def with_imps(*imps: Any) -> bytes:
    return body_of(BANNER | {"imp": imps})


GOOD: dict[str, tuple[bytes, dict[str, str]]] = {
    "plain": (BODY, {"content_type": "application/json"}),
    "no content type": (BODY, {}),
    "another content type": (BODY, {"content_type": "text/plain; charset=latin-1"}),
    "a byte order mark": (b"\xef\xbb\xbf" + BODY, {}),
    "gzip": (gzip.compress(BODY), {"content_encoding": "gzip"}),
    "gzip in upper case": (gzip.compress(BODY), {"content_encoding": "GZIP"}),
    "gzip in two members": (
        gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]),
        {"content_encoding": "gzip"},
    ),
    "identity": (BODY, {"content_encoding": "identity"}),
    "as long as it may be": (padded(LIMIT), {}),
    "a deep extension": (nested(300), {}),
    "another version": (BODY, {"x_openrtb_version": "2.5"}),
}
WRONG_SUM = gzip.compress(BODY)[:-8] + b"00000000"
BAD: dict[str, tuple[bytes, dict[str, str]]] = {
    "nothing": (b"", {}),
    "a byte order mark alone": (b"\xef\xbb\xbf", {}),
    "white space": (b" \n", {}),
    "null": (b"null", {}),
    "a number": (b"1", {}),
    "a list": (b"[]", {}),
    "an empty object": (b"{}", {}),
    "only an id": (b'{"id": "1"}', {}),
    "no imps": (with_imps(), {}),
    "an empty imp": (with_imps({}), {}),
    "an imp of no format": (with_imps({"id": "1"}), {}),
    "an imp that is no object": (with_imps("1"), {}),
    "imps that are no list": (body_of(BANNER | {"imp": IMP}), {}),
    "two imps of one id": (with_imps(IMP, IMP), {}),
    "a deal without an id": (with_imps(IMP | {"pmp": {"deals": [{"bidfloor": 1}]}}), {}),
    "site and app": (body_of(BANNER | {"app": requests.APP}), {}),
    "an id that is a number": (body_of(BANNER | {"id": 7}), {}),
    "an empty id": (body_of(BANNER | {"id": ""}), {}),
    "truncated": (BODY[:-20], {}),
    "more after the end": (BODY + b"}", {}),
    "another encoding": (BODY.decode().encode("utf-16"), {}),
    "bytes that are no text": (b"\xff\xfe\x00" + BODY, {}),
    "nested too deeply": (nested(100_000), {}),
    "too long": (padded(LIMIT + 1), {}),
    "no gzip after all": (BODY, {"content_encoding": "gzip"}),
    "half a gzip": (gzip.compress(BODY)[:-9], {"content_encoding": "gzip"}),
    "a gzip with a wrong sum": (WRONG_SUM, {"content_encoding": "gzip"}),
    "a bomb": (gzip.compress(b" " * (11 * LIMIT)), {"content_encoding": "gzip"}),
    "thousands of gzips": (gzip.compress(b"") * 50_000, {"content_encoding": "gzip"}),
    "an unknown encoding": (BODY, {"content_encoding": "br"}),
}  # fmt: skip


def shouted(world: Any, body: bytes, **environ: Any) -> Answer:
    """As a server hands it over; entries that are None are left out."""
    seen: dict[str, Any] = {}
    base = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"{PATH}{world.ssp.key}",
        "wsgi.input": io.BytesIO(body),
        "REMOTE_ADDR": "198.51.100.7",
    }
    made = {name: value for name, value in (base | environ).items() if value is not None}
    chunks = world.app(made, lambda status, headers: seen.update(s=status, h=headers))
    return Answer(int(seen["s"][:3]), dict(seen["h"]), b"".join(chunks))


@pytest.mark.parametrize("case", GOOD)
def test_a_request_is_read_however_it_is_sent(open_to_all, case):
    body, headers = GOOD[case]
    before = outcomes("bid")
    answer = open_to_all.ask(body, **headers)
    assert answer.status == 200
    assert validator.problems(BANNER, answer.json()) == []
    assert outcomes("bid") == before + 1


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_request_is_refused_without_a_word(open_to_all, case):
    body, headers = BAD[case]
    before, began = outcomes(NoBid.INVALID_REQUEST), time.monotonic()
    answer = open_to_all.ask(body, **headers)
    assert (answer.status, answer.body) == (400, b"")
    assert outcomes(NoBid.INVALID_REQUEST) == before + 1
    assert time.monotonic() - began < SECONDS


def test_chunks_come_without_a_length(open_to_all):
    assert shouted(open_to_all, BODY, HTTP_TRANSFER_ENCODING="chunked").status == 200


@pytest.mark.parametrize(
    "length", ["x", "-1", "1e3", "9" * 5000, "٣", str(len(BODY) + 1), str(2 * LIMIT)]
)
def test_a_wrong_length_is_refused(open_to_all, length):
    before = outcomes(NoBid.INVALID_REQUEST)
    answer = shouted(open_to_all, BODY, CONTENT_LENGTH=length)
    assert (answer.status, answer.body) == (400, b"")
    assert outcomes(NoBid.INVALID_REQUEST) == before + 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(open_to_all, method):
    before = all_outcomes()
    answer = call(open_to_all.app, f"{PATH}{open_to_all.ssp.key}", method=method, body=BODY)
    assert (answer.status, answer.body) == (400, b"")
    assert all_outcomes() == before + 1


def test_a_ready_request_is_answered_with_1(open_to_all):
    url = f"{PATH}{open_to_all.ssp.key}"
    answer = call(open_to_all.app, url)
    assert answer.status == 200
    assert b"1" in answer.body
    assert call(open_to_all.app, url, method="HEAD").status == 200


@pytest.mark.parametrize("key", ["nobody", "", "a/b", "%00", "x" * 5000])
def test_an_unknown_exchange_gets_no_bid(open_to_all, key):
    before = outcomes(NoBid.UNKNOWN_SSP)
    answer = call(open_to_all.app, f"{PATH}{key}", method="POST", body=BODY)
    assert (answer.status, answer.body) == (204, b"")
    assert outcomes(NoBid.UNKNOWN_SSP) == before + 1


def test_an_answer_is_packed_for_who_can_read_it(open_to_all):
    packed = open_to_all.ask(BODY, accept_encoding="gzip, deflate")
    plain = open_to_all.ask(BODY)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Length"] == str(len(packed.body))
    assert validator.problems(BANNER, json.loads(gzip.decompress(packed.body))) == []
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["x-openrtb-version"] == "2.6"


@pytest.mark.parametrize("accepted", ["gzip;q=0", "deflate", "identity;q=1, gzip; q=0.0"])
def test_an_answer_is_not_packed_for_who_refuses_it(open_to_all, accepted):
    assert "Content-Encoding" not in open_to_all.ask(BODY, accept_encoding=accepted).headers


HUGE: dict[str, dict[str, Any]] = {
    "impressions": {"imp": [IMP | {"id": str(n)} for n in range(3000)]},
    "deals": {"imp": [IMP | {"pmp": {"deals": [{"id": str(n)} for n in range(20_000)]}}]},
    "formats": {"imp": [IMP | {"banner": {"format": [{"w": n, "h": 1} for n in range(30_000)]}}]},
    "ratios": {
        "imp": [
            IMP | {"banner": {"format": [{"wratio": n, "hratio": 7} for n in range(1, 25_000)]}}
        ]
    },
    "blocked advertisers": {"badv": [f"{n}.example.org" for n in range(40_000)]},
    "words": {"site": {"keywords": "word " * 150_000}},
    "categories": {"site": {"cat": [f"IAB{n}" for n in range(60_000)]}},
    "sellers": {
        "source": {"schain": {"complete": 1, "nodes": [{"asi": "a", "sid": "1"}] * 30_000}}
    },
    "one long word": {"site": {"domain": "a." * 200_000, "page": "x" * 400_000}},
    "ids": {"user": {"eids": [{"source": "s", "uids": [{"id": ""}] * 10} for _ in range(5000)]}},
}


@pytest.mark.parametrize("what", HUGE)
def test_a_request_as_large_as_may_be_is_answered_in_time(open_to_all, what):
    request = BANNER | HUGE[what]
    body = body_of(request)
    assert len(body) <= LIMIT
    began = time.monotonic()
    answer = open_to_all.ask(body)
    assert answer.status in {200, 204}
    assert time.monotonic() - began < SECONDS
    assert len(bids_of(answer)) <= IMPRESSIONS
