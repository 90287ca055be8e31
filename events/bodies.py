"""Cut a request body into the JSON of its events: one object, an array, or NDJSON; pure."""

from collections.abc import Sequence
from typing import Final

import msgspec

MAX_EVENTS: Final = 1000
NDJSON_TYPES: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})

Item = bytes | msgspec.Raw

_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class BadBody(Exception):
    """The body is empty or no JSON."""


class TooManyEvents(Exception):
    """The body holds more events than one request may."""


def cut(body: bytes, content_type: str = "") -> Sequence[Item]:
    """The JSON of each event, at least one and at most ``MAX_EVENTS``.

    Raises:
        BadBody: nothing in it, not UTF-8 or not JSON.
        TooManyEvents: more than ``MAX_EVENTS``.
    """
    text = body.strip()
    if not text:
        raise BadBody("the body is empty: send one event, an array of events, or NDJSON")
    try:
        text.decode()
        items = _cut(text, content_type.partition(";")[0].strip().lower())
    except UnicodeDecodeError as exc:
        raise BadBody(f"the body is not UTF-8: {exc.reason} at byte {exc.start}") from exc
    except (msgspec.DecodeError, RecursionError) as exc:
        raise BadBody(f"the body is not JSON: {exc}") from exc
    if not items:
        raise BadBody("the array is empty: send at least one event")
    if len(items) > MAX_EVENTS:
        raise TooManyEvents(f"{len(items)} events: at most {MAX_EVENTS} per request")
    return items


def _cut(text: bytes, media_type: str) -> Sequence[Item]:
    if media_type in NDJSON_TYPES:
        return _lines(text)
    if text.startswith(b"["):
        return _array(text)
    first, newline, _ = text.partition(b"\n")
    if newline and _is_object(first):
        return _lines(text)
    msgspec.json.decode(text, type=msgspec.Raw)
    return [text]


def _lines(text: bytes) -> list[bytes]:
    return [line for line in text.splitlines() if line.strip()]


def _is_object(text: bytes) -> bool:
    try:
        _object(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
