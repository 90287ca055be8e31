"""Calls a WSGI callable as a server would, without one."""

import io
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adplatform.doors import WsgiApp


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def call(
    app: WsgiApp,
    url: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    host: str = "testserver",
    **headers: str,
) -> Answer:
    """Send one request; header names as keywords, for example ``user_agent="curl"``."""
    parts = urlsplit(url)
    seen: dict[str, Any] = {}
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": headers.pop("content_type", ""),
        "REMOTE_ADDR": "198.51.100.7",
        "SERVER_NAME": host,
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "HTTP_HOST": host,
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    chunks = app(environ, lambda status, headers: seen.update(s=status, h=headers))  # type: ignore[arg-type]
    return Answer(int(seen["s"][:3]), dict(seen["h"]), b"".join(chunks))
