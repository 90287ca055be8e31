"""Hot doors: the small WSGI request and response that answer before Django is asked.

A door is a function ``Request -> Response``. ``serve`` turns one into a WSGI callable that counts,
times and renders a ``Problem`` as application/problem+json (RFC 9457).
"""

import re
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

import msgspec
import structlog
from prometheus_client import Counter

from adplatform import metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = structlog.get_logger(__name__)

MAX_QUERY_CHARS = 8192
MAX_QUERY_FIELDS = 64
MAX_DRAINED_BYTES = 16 * 1024 * 1024
DRAIN_CHUNK_BYTES = 65_536
MAX_INFLATED_FACTOR = 10  # a gzip body may grow to this many times the body limit
MAX_GZIP_MEMBERS = 500  # each costs a copy of the rest: 50,000 empty ones in 1 MB took 2 s
LENGTH = re.compile(r"[0-9]{1,18}")
NO_STORE = ("Cache-Control", "no-store")
CORS_ANY = ("Access-Control-Allow-Origin", "*")  # sandboxed frames send Origin: null

Headers = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Problem(Exception):
    """What the caller did wrong, or what we cannot do now; rendered as problem+json."""

    status: int
    title: str
    detail: str = ""
    errors: Sequence[object] = ()
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a door accepts: bytes of body, and proxies whose X-Forwarded-For entry we believe."""

    body_bytes: int
    trusted_proxies: int


@dataclass(slots=True)
class Request:
    """One request, read from the WSGI environment only as far as it is asked for."""

    environ: "WSGIEnvironment"
    limits: Limits
    _query: dict[str, str] | None = field(default=None)

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        return str(self.environ.get("PATH_INFO", ""))

    @property
    def user_agent(self) -> str:
        return self.header("user-agent")[:512]

    @property
    def query(self) -> dict[str, str]:
        """The query string's fields; of a repeated field the first value counts."""
        if self._query is None:
            self._query = _parse_query(str(self.environ.get("QUERY_STRING", "")))
        return self._query

    def header(self, name: str) -> str:
        return str(self.environ.get(_key_of(name), ""))

    @property
    def remote_addr(self) -> str:
        """The client's address: X-Forwarded-For only as deep as we trust our own proxies."""
        hops = [hop.strip() for hop in self.header("x-forwarded-for").split(",") if hop.strip()]
        depth = self.limits.trusted_proxies
        if depth and len(hops) >= depth:
            return hops[-depth]
        return str(self.environ.get("REMOTE_ADDR", ""))

    def body(self) -> bytes:
        """The body, inflated when it is gzip.

        Raises:
            Problem: 411 and 400 for a bad length, 413 for too large a body, 415 for an encoding.
        """
        raw = self._read()
        encoding = self.header("content-encoding").strip().lower()
        if not encoding or encoding == "identity":
            return raw
        if encoding != "gzip":
            raise Problem(415, "Unsupported content encoding", f"{encoding!r}: use gzip or none")
        return _inflate(raw, self.limits.body_bytes * MAX_INFLATED_FACTOR)

    def _read(self) -> bytes:
        limit = self.limits.body_bytes
        declared = self.header("content-length")
        if declared and not LENGTH.fullmatch(declared):
            raise Problem(400, "Bad Content-Length", f"{declared[:40]!r} is not a number of bytes")
        if declared and int(declared) > limit:
            self._drain(int(declared))
            raise _too_large(limit)
        size = int(declared) if declared else limit + 1
        raw: bytes = self.environ["wsgi.input"].read(size) if size else b""
        if len(raw) > limit:
            raise _too_large(limit)
        if declared and len(raw) < size:
            raise Problem(400, "Truncated body", f"{len(raw)} of {size} bytes came")
        return raw

    def _drain(self, size: int) -> None:
        """Read what is refused, within reason: who is still sending does not read our answer."""
        left = min(size, MAX_DRAINED_BYTES)
        while left and (chunk := self.environ["wsgi.input"].read(min(left, DRAIN_CHUNK_BYTES))):
            left -= len(chunk)


Door = Callable[[Request], Response]
WsgiApp = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]


def serve(name: str, door: Door, limits: Limits) -> WsgiApp:
    """The WSGI callable of a door: counted, timed, never a traceback to the caller."""
    seconds = metrics.REQUEST_SECONDS.labels(name)

    @cache
    def outcome(status: int) -> tuple[Counter, str]:
        line = f"{status} {HTTPStatus(status).phrase}"
        return metrics.REQUESTS.labels(name, status), line

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        started = time.perf_counter()
        response = _answer(name, door, Request(environ, limits))
        seconds.observe(time.perf_counter() - started)
        requests, status_line = outcome(response.status)
        requests.inc()
        headers = [*response.headers, ("Content-Length", str(len(response.body)))]
        start_response(status_line, headers)
        return [b""] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    return app


def json_response(status: int, content: object, headers: Headers = ()) -> Response:
    return Response(
        status,
        msgspec.json.encode(content),
        (("Content-Type", "application/json"), NO_STORE, *headers),
    )


def problem_response(problem: Problem) -> Response:
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        content["errors"] = list(problem.errors)
    return Response(
        problem.status,
        msgspec.json.encode(content),
        (("Content-Type", "application/problem+json"), NO_STORE, CORS_ANY, *problem.headers),
    )


def redirect(location: str, headers: Headers = ()) -> Response:
    """A 302 to an absolute URL that the caller has already checked."""
    safe = quote(location, safe=":/?#[]@!$&'()*+,;=%~")
    return Response(302, b"", (("Location", safe), NO_STORE, *headers))


def method_not_allowed(*allowed: str) -> Problem:
    names = ", ".join(allowed)
    return Problem(405, "Method not allowed", f"use {names}", headers=(("Allow", names),))


def preflight(*methods: str) -> Response:
    """The answer to a CORS preflight; credentials are never allowed."""
    return Response(
        204,
        b"",
        (
            CORS_ANY,
            ("Access-Control-Allow-Methods", ", ".join((*methods, "OPTIONS"))),
            ("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding"),
            ("Access-Control-Max-Age", "86400"),
        ),
    )


def _answer(name: str, door: Door, request: Request) -> Response:
    try:
        return door(request)
    except Problem as problem:
        return problem_response(problem)
    except Exception:
        log.exception("door_failed", door=name, path=request.path)
        return problem_response(Problem(500, "Internal error", "the failure was logged"))


@cache
def _key_of(header: str) -> str:
    """Where WSGI keeps it (PEP 3333). ``header`` is always a word of our own."""
    key = header.upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"


def _parse_query(raw: str) -> dict[str, str]:
    if len(raw) > MAX_QUERY_CHARS:
        raise Problem(414, "Query string too long", f"at most {MAX_QUERY_CHARS} characters")
    if "%" not in raw and "+" not in raw and raw.count("&") < MAX_QUERY_FIELDS:
        # Most of our own links need no decoding: 2 us instead of 14 us for the seed's five fields.
        pairs = (pair.partition("=") for pair in reversed(raw.split("&")) if pair)
        return {name: value for name, _, value in pairs}
    try:
        fields = parse_qs(
            raw, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS, errors="strict"
        )
    except ValueError as exc:
        raise Problem(400, "Bad query string", str(exc)) from exc
    return {name: values[0] for name, values in fields.items()}


def _inflate(raw: bytes, limit: int) -> bytes:
    """All members of the gzip stream (RFC 1952 section 2.2 allows several)."""
    body = b""
    for _ in range(MAX_GZIP_MEMBERS + 1):
        if not raw:
            return body
        inflater = zlib.decompressobj(wbits=31)
        try:
            body += inflater.decompress(raw, limit + 1 - len(body))
        except zlib.error as exc:
            raise Problem(400, "Bad gzip body", str(exc)) from exc
        if len(body) > limit:
            raise _too_large(limit)
        if not inflater.eof:
            raise Problem(400, "Bad gzip body", "the body ends in the middle of the gzip stream")
        raw = inflater.unused_data
    raise Problem(400, "Bad gzip body", f"more than {MAX_GZIP_MEMBERS} gzip members")


def _too_large(limit: int) -> Problem:
    return Problem(413, "Body too large", f"at most {limit} bytes; send smaller batches")
