"""One visitor's connection: HTTP with keep-alive, and one retry where the answer got lost."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0


class Unanswered(Exception):
    """The server did not answer, twice: nobody knows whether it counted the request."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    location: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Browser:
    """Talks to one server; not for several threads."""

    base_url: str
    _connection: http.client.HTTPConnection | None = field(default=None, init=False)

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """The answer; redirects are not followed.

        A lost request is sent once more: all that visitors send is counted once by its event id.

        Raises:
            Unanswered: there was no answer either time.
        """
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            return self._send(method, target, headers, body)
        except (OSError, http.client.HTTPException):
            self.close()
        try:
            return self._send(method, target, headers, body)
        except (OSError, http.client.HTTPException) as exc:
            self.close()
            raise Unanswered(f"{method} {parts.path}: {exc!r}") from exc

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        if self._connection is None:
            host = urlsplit(self.base_url).netloc
            self._connection = http.client.HTTPConnection(host, timeout=TIMEOUT_SECONDS)
        self._connection.request(method, target, body=body, headers=dict(headers))
        response = self._connection.getresponse()
        return Answer(response.status, response.headers.get("Location", ""), response.read())
