"""Doors: bodies, limits, problems, and what proxies may tell us."""

import gzip
import io
import json
import zlib

import pytest

from adplatform.doors import Limits, Problem, Request, Response, redirect, serve

LIMITS = Limits(body_bytes=1000, trusted_proxies=0)


def request(body: bytes = b"", limits: Limits = LIMITS, **environ: str) -> Request:
    return Request(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **environ,
        },
        limits,
    )


def answer(door, **environ: str) -> tuple[str, dict[str, str], bytes]:
    seen: dict[str, object] = {}
    app = serve("test", door, LIMITS)
    base = {"REQUEST_METHOD": "GET", "PATH_INFO": "/x", "wsgi.input": io.BytesIO()}

    def start(line, sent, _=None):
        seen.update(status=line, headers=dict(sent))

    body = b"".join(app({**base, **environ}, start))
    return str(seen["status"]), dict(seen["headers"]), body  # type: ignore[call-overload]


def test_a_body_at_the_limit_is_read_and_one_above_is_413():
    assert len(request(b"x" * 1000).body()) == 1000
    with pytest.raises(Problem) as refused:
        request(b"x" * 1001).body()
    assert refused.value.status == 413


def test_a_refused_body_is_read_to_its_end_so_that_the_sender_hears_the_answer():
    sent = io.BytesIO(b"x" * 200_000)
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "200000", "wsgi.input": sent}
    with pytest.raises(Problem):
        Request(environ, LIMITS).body()
    assert sent.read() == b""


def test_a_gzip_body_is_inflated():
    assert request(gzip.compress(b"hello"), HTTP_CONTENT_ENCODING="gzip").body() == b"hello"


def test_every_member_of_a_gzip_body_is_read():
    body = gzip.compress(b"first ") + gzip.compress(b"second")
    assert request(body, HTTP_CONTENT_ENCODING="gzip").body() == b"first second"


def test_a_gzip_bomb_is_refused_before_it_is_inflated():
    bomb = gzip.compress(b"\0" * 900_000)
    assert len(bomb) < 1000
    with pytest.raises(Problem) as refused:
        request(bomb, HTTP_CONTENT_ENCODING="gzip").body()
    assert refused.value.status == 413


@pytest.mark.parametrize(
    "body", [b"not gzip", gzip.compress(b"hello", mtime=0)[:-4], zlib.compress(b"x")]
)
def test_a_broken_gzip_body_is_400(body):
    with pytest.raises(Problem) as refused:
        request(body, HTTP_CONTENT_ENCODING="gzip").body()
    assert refused.value.status == 400


def test_an_unknown_encoding_is_415():
    with pytest.raises(Problem) as refused:
        request(b"x", HTTP_CONTENT_ENCODING="br").body()
    assert refused.value.status == 415


def test_a_body_shorter_than_declared_is_400():
    with pytest.raises(Problem) as refused:
        request(b"x", CONTENT_LENGTH="5").body()
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("trusted", "expected"), [(0, "10.0.0.9"), (1, "3.3.3.3"), (2, "2.2.2.2"), (9, "10.0.0.9")]
)
def test_forwarded_addresses_count_only_as_deep_as_our_proxies(trusted, expected):
    limits = Limits(1000, trusted_proxies=trusted)
    forwarded = {"HTTP_X_FORWARDED_FOR": "1.1.1.1, 2.2.2.2, 3.3.3.3", "REMOTE_ADDR": "10.0.0.9"}
    assert request(b"", limits, **forwarded).remote_addr == expected


def test_a_problem_becomes_problem_json():
    def door(_: Request) -> Response:
        raise Problem(409, "Conflict", "two of them", errors=[{"field": "x"}])

    status, headers, body = answer(door)
    assert status == "409 Conflict"
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(body) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "two of them",
        "errors": [{"field": "x"}],
    }


def test_a_crash_is_500_without_a_traceback():
    status, _, body = answer(lambda _: 1 / 0)
    assert status.startswith("500")
    assert b"ZeroDivision" not in body


def test_head_has_headers_and_no_body():
    _, headers, body = answer(lambda _: Response(200, b"hello"), REQUEST_METHOD="HEAD")
    assert headers["Content-Length"] == "5"
    assert body == b""


@pytest.mark.parametrize("query", ["a=%ff%fe", "&".join(f"k{i}=1" for i in range(200))])
def test_a_malformed_query_is_400(query):
    status, _, _ = answer(lambda r: Response(200, str(r.query).encode()), QUERY_STRING=query)
    assert status.startswith("400")


def test_a_query_of_a_megabyte_is_414():
    status, _, _ = answer(lambda r: Response(200, str(r.query).encode()), QUERY_STRING="a" * 10**6)
    assert status.startswith("414")


def test_a_redirect_cannot_smuggle_a_header():
    location = dict(redirect("https://a.example/\r\nSet-Cookie: x=1").headers)["Location"]
    assert location == "https://a.example/%0D%0ASet-Cookie:%20x=1"
