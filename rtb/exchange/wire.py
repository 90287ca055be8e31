"""HTTP as an exchange speaks it: connections that stay open, gzip both ways, one retry.

Nobody but the bidder's own hosts is ever called.
"""

import gzip
import http.client
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5.0
LOST = (OSError, http.client.HTTPException, EOFError, zlib.error)


class Unanswered(Exception):
    """There was no answer, twice."""


class NotOurs(Exception):
    """The address is not on a host of the bidder."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    location: str
    body: bytes  # decompressed


@dataclass(frozen=True, slots=True)
class Home:
    """Where the bidder is. ``plain_http``: its https addresses are fetched over http."""

    bid_url: str
    plain_http: bool = False

    def reached_at(self, url: str) -> tuple[str, str]:
        """Scheme and netloc to connect to. Raises NotOurs."""
        parts, home = urlsplit(url), urlsplit(self.bid_url)
        if parts.scheme not in {"http", "https"} or parts.hostname != home.hostname:
            raise NotOurs(url[:120])
        if self.plain_http and parts.scheme == "https":
            return "http", parts.netloc
        return parts.scheme, parts.netloc


@dataclass(slots=True)
class Wire:
    """One thread's connections to the bidder."""

    home: Home
    timeout: float = TIMEOUT_SECONDS
    _open: dict[tuple[str, str], http.client.HTTPConnection] = field(
        default_factory=dict, init=False
    )

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Reply:
        """The answer; redirects are not followed.

        A lost request is sent once more: bidders count a notice or an event once.

        Raises:
            NotOurs: the address belongs to somebody else.
            Unanswered: no answer, or one that cannot be decompressed.
        """
        where = self.home.reached_at(url)
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            return self._send(where, method, target, headers, body)
        except LOST:
            self._drop(where)
        try:
            return self._send(where, method, target, headers, body)
        except LOST as exc:
            self._drop(where)
            raise Unanswered(f"{method} {parts.path}: {exc!r}") from exc

    def close(self) -> None:
        for where in list(self._open):
            self._drop(where)

    def _send(
        self,
        where: tuple[str, str],
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Reply:
        connection = self._open.get(where) or self._connect(where)
        connection.request(method, target, body=body, headers=dict(headers))
        response = connection.getresponse()
        content = response.read()
        if response.headers.get("Content-Encoding", "") == "gzip":
            content = gzip.decompress(content)
        return Reply(response.status, response.headers.get("Location", ""), content)

    def _connect(self, where: tuple[str, str]) -> http.client.HTTPConnection:
        scheme, netloc = where
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        self._open[where] = kind(netloc, timeout=self.timeout)
        return self._open[where]

    def _drop(self, where: tuple[str, str]) -> None:
        connection = self._open.pop(where, None)
        if connection is not None:
            connection.close()
