"""Compact HMAC tokens: key id, purpose, payload and expiry, signed and verified without state.

Wire form: ``kid.body.mac``; body is base64url(4-byte big-endian expiry in Unix seconds + payload),
mac is base64url of the first 16 bytes of HMAC-SHA256(key, purpose NUL kid NUL body), 128 bits as
RFC 2104 section 5 allows.

Payloads can be read by whoever holds the token, except those of a purpose in ``HIDDEN``. Its wire
form is ``kid.body``; body is base64url(mac + text XOR SHAKE-256(key of the purpose + mac)), where
text is expiry + payload and mac that of purpose NUL kid NUL text: a synthetic IV, RFC 5297's idea,
so that one MAC both signs and keeps any two texts from sharing a key stream.
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

MAC_BYTES = 16
EXPIRY_BYTES = 4
MAX_TOKEN_CHARS = 4096  # ids of 128 characters in any script fit, and an ad_id of 512
LATEST_EXPIRY = 2**32 - 1
NOT_OURS: Final = "the token was not signed by this platform for this use"
URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class Purpose(StrEnum):
    """What a token may be used for; a token of one purpose never verifies for another."""

    TEMPLATE = "template"
    DECISION = "decision"
    EVENT = "event"
    NOTICE = "notice"


HIDDEN: Final = frozenset({Purpose.NOTICE})  # an exchange must not read what its bid is worth


class BadToken(Exception):
    """The token is malformed, signed with an unknown key, or was tampered with."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Signing keys by key id; the first one signs, all of them verify."""

    keys: Mapping[str, bytes]

    @property
    def signing_kid(self) -> str:
        return next(iter(self.keys))


@dataclass(frozen=True, slots=True)
class Verified:
    """A genuine token's content; the caller decides what an expired one is worth."""

    payload: bytes
    expires_at: int  # Unix seconds
    expired: bool


def sign(purpose: Purpose, payload: bytes, *, expires_at: int, keyring: Keyring) -> str:
    """Return the token; ``expires_at`` is in Unix seconds."""
    kid = keyring.signing_kid
    key = keyring.keys[kid]
    text = min(max(expires_at, 0), LATEST_EXPIRY).to_bytes(EXPIRY_BYTES, "big") + payload
    if purpose in HIDDEN:
        mac = _mac(key, purpose, kid, text)
        return f"{kid}.{_encode(mac + _streamed(key, purpose, mac, text))}"
    body = _encode(text)
    return f"{kid}.{body}.{_encode(_mac(key, purpose, kid, body.encode()))}"


def verify(purpose: Purpose, token: str, *, now: int, keyring: Keyring) -> Verified:
    """Return the payload of a genuine token, expired or not.

    Raises:
        BadToken: the token was not signed by us for this purpose.
    """
    if len(token) > MAX_TOKEN_CHARS or not token.isascii():
        raise BadToken("the token is too long or not ASCII")
    kid, _, rest = token.partition(".")
    body, _, mac = rest.partition(".")
    key = keyring.keys.get(kid)
    if key is None:
        raise BadToken(NOT_OURS)
    text = (_shown if purpose in HIDDEN else _signed)(key, purpose, kid, body, mac)
    expires_at = int.from_bytes(text[:EXPIRY_BYTES], "big")
    return Verified(text[EXPIRY_BYTES:], expires_at, expired=now >= expires_at)


def _signed(key: bytes, purpose: Purpose, kid: str, body: str, mac: str) -> bytes:
    if not hmac.compare_digest(mac, _encode(_mac(key, purpose, kid, body.encode()))):
        raise BadToken(NOT_OURS)
    return _decode(body)


def _shown(key: bytes, purpose: Purpose, kid: str, body: str, rest: str) -> bytes:
    raw = _decode(body)
    mac, hidden = raw[:MAC_BYTES], raw[MAC_BYTES:]
    text = _streamed(key, purpose, mac, hidden)
    is_ours = hmac.compare_digest(mac, _mac(key, purpose, kid, text))
    if not is_ours or rest or _encode(raw) != body:  # one text has one token
        raise BadToken(NOT_OURS)
    return text


def _streamed(key: bytes, purpose: Purpose, mac: bytes, text: bytes) -> bytes:
    stream = hashlib.shake_256(_secret(key, purpose) + mac).digest(len(text))
    mixed = int.from_bytes(text, "big") ^ int.from_bytes(stream, "big")
    return mixed.to_bytes(len(text), "big")


@cache
def _secret(key: bytes, purpose: Purpose) -> bytes:
    return hmac.digest(key, f"hide\0{purpose.value}".encode(), "sha256")


def _mac(key: bytes, purpose: Purpose, kid: str, text: bytes) -> bytes:
    keyed = _keyed(key, purpose, kid).copy()
    keyed.update(text)
    return keyed.digest()[:MAC_BYTES]


@cache
def _keyed(key: bytes, purpose: Purpose, kid: str) -> hmac.HMAC:
    """The HMAC of what all such tokens begin with: a copy of it costs half of beginning anew."""
    return hmac.new(key, f"{purpose.value}\0{kid}\0".encode(), "sha256")


def _encode(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).translate(URL_SAFE).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as exc:
        raise BadToken("the token's body is not base64url") from exc
