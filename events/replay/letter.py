"""A dead letter as a value: where it came from, why, and what this version makes of it; pure."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from events.records import Arrived, Poison, Record, read

UNKNOWN: Final = "unknown"
SHOWN_CHARS: Final = 200


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the dead-letter topic; ``key`` names the message it was."""

    key: str
    value: bytes
    reason: str
    detail: str
    at: datetime
    orig_key: bytes
    place: str  # partition:offset in the dead-letter topic

    @property
    def digest(self) -> str:
        """What makes two letters the same message: their bytes, SHA-256 in hex."""
        return digest(self.value)

    @property
    def tenant_id(self) -> int | None:
        """The tenant that the body names, else the one of the original key."""
        return _tenant_of_body(self.value) or _tenant_of_key(self.orig_key)

    @property
    def outcome(self) -> Arrived | Poison:
        """What the consumer of this version would make of it."""
        return read(Record(0, self.orig_key, self.value))


class Place(msgspec.Struct, frozen=True):
    """Where a letter lies in the dead-letter topic, and when it was put there."""

    partition: int
    offset: int
    at: datetime


def letter(
    place: Place, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
) -> DeadLetter:
    """The letter; what a header does not say is taken from the key, the place, or is unknown."""
    said = {name: content or b"" for name, content in headers}
    return DeadLetter(
        key=_text(key) or _key_of(said) or f"?:{place.partition}:{place.offset}",
        value=value or b"",
        reason=_text(said.get("reason")) or UNKNOWN,
        detail=_text(said.get("detail")),
        at=_moment(said.get("first_seen")) or place.at,
        orig_key=said.get("orig_key", b""),
        place=f"{place.partition}:{place.offset}",
    )


def digest(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()


def shown(text: str, most: int = SHOWN_CHARS) -> str:
    """One line that a terminal cannot be steered by: control characters are escaped, long cut."""
    safe = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text[: most + 1])
    return safe if len(safe) <= most else f"{safe[: most - 1]}…"


class Seen:
    """Which letters came before, in little memory: a bit per offset of each source partition."""

    def __init__(self) -> None:
        self._bits: dict[tuple[str, int], int] = {}

    def add(self, key: str) -> bool:
        """Whether the key is new."""
        source, _, number = key.rpartition(":")
        if not (number.isascii() and number.isdecimal()):
            source, number = f"{key}:", "0"
        chunk, bit = divmod(int(number[:19]), 64)
        before = self._bits.get((source, chunk), 0)
        self._bits[source, chunk] = before | 1 << bit
        return not before >> bit & 1


def _key_of(said: Mapping[str, bytes]) -> str:
    names = ("orig_topic_id", "orig_partition", "orig_offset")
    if not said.get("orig_partition") or not said.get("orig_offset"):
        return ""
    return ":".join(_text(said.get(name)) for name in names)


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "backslashreplace")


def _moment(content: bytes | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(content))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tenant_of_body(value: bytes) -> int | None:
    try:
        body = msgspec.json.decode(value)
    except (ValueError, RecursionError):
        return None
    tenant_id = body.get("tenant_id") if isinstance(body, dict) else None
    return tenant_id if isinstance(tenant_id, int) and not isinstance(tenant_id, bool) else None


def _tenant_of_key(key: bytes) -> int | None:
    text = key.partition(b":")[0]
    return int(text[:19]) if text.isdigit() else None
