"""Pictures that marketers link to, fetched for the image encoder.

The address is a marketer's, the connection is ours: no private address is reached, no redirect is
followed, size, time and pixels are bounded.
"""

import http.client
import io
import ipaddress
import socket
import ssl
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from PIL.Image import Image

CALL_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 15.0
MAX_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 50_000_000
SIDE: Final = 1024  # encoders see 224 to 448 pixels
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
CHUNK_BYTES: Final = 64 * 1024


class Unloadable(Exception):
    """There is no picture at this address that can be looked at; the message says why."""


def picture(address: str) -> "Image":
    """The picture in RGB, at most SIDE pixels wide and high. Raises Unloadable."""
    return decoded(fetched(address))


def fetched(address: str) -> bytes:
    """What lies at the address. Raises Unloadable."""
    until = time.monotonic() + TOTAL_SECONDS
    try:
        parts = urlsplit(address)
        connection = _connection(parts)
    except (OSError, ValueError) as exc:
        raise Unloadable(f"{address}: {exc}") from exc
    try:
        return _read(connection, parts, until)
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise Unloadable(f"{address}: {exc}") from exc
    finally:
        connection.close()


def decoded(content: bytes) -> "Image":
    """The picture in these bytes. Raises Unloadable."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - workers only

    try:
        found = Image.open(io.BytesIO(content), formats=FORMATS)
        if found.width * found.height > MAX_PIXELS:
            raise Unloadable(f"{found.width} x {found.height} pixels are too many")
        found.draft("RGB", (SIDE, SIDE))
        found.thumbnail((SIDE, SIDE))
        return found.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as exc:
        raise Unloadable(f"this is no picture: {exc}") from exc


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    """Connected to an address that was checked, so that a name cannot change its mind."""
    host, secure = parts.hostname or "", parts.scheme == "https"
    if not host or not (secure or (parts.scheme == "http" and settings.ALLOW_HTTP_URLS)):
        raise ValueError("only https addresses are fetched")
    port = parts.port or (443 if secure else 80)
    plain = socket.create_connection((_public_address(host, port), port), timeout=CALL_SECONDS)
    connection = http.client.HTTPConnection(host, port, timeout=CALL_SECONDS)
    try:
        context = ssl.create_default_context()
        connection.sock = context.wrap_socket(plain, server_hostname=host) if secure else plain
    except BaseException:
        plain.close()
        raise
    return connection


def _public_address(host: str, port: int) -> str:
    """The first address of a host. Raises ValueError unless the internet reaches all of them;
    where http is allowed (local demos) this machine is, too.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    for each in addresses:
        if not (each.is_global or (settings.ALLOW_HTTP_URLS and each.is_loopback)):
            raise ValueError(f"{host} leads to {each}, which is not on the internet")
    return str(addresses[0])


def _read(connection: http.client.HTTPConnection, parts: SplitResult, until: float) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", target, headers={"Accept": "image/*"})
    response = connection.getresponse()
    if response.status != http.client.OK:
        raise ValueError(f"the answer was {response.status}")
    content = bytearray()
    while piece := response.read1(CHUNK_BYTES):
        content += piece
        if len(content) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES // 1024**2} MB")
        if time.monotonic() > until:
            raise ValueError(f"it took more than {TOTAL_SECONDS:.0f} s")
    return bytes(content)
