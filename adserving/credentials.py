"""What the ad server's tokens carry, and how long each is good for."""

import secrets
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from adplatform.tokens import BadToken, Keyring, Purpose, sign, verify

NONCE_BYTES = 12


class Grant(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """``credentials`` of a template or decision URL: what may be served, and for which slot.

    A page that we rendered carries a nonce: however often its decision URL is called, it counts
    once. The credentials in a tag have none: every call is a new impression.
    """

    tenant_id: int
    campaign_id: int
    template_id: int
    segment_id: int = 0
    placement_id: int = 0
    line_item_id: int = 0
    creative_id: int = 0
    auction_id: str = ""
    nonce: bytes = b""
    user_id: str = ""
    session_id: str = ""
    is_test: bool = False  # of a test auction: stored, never in reports


class Served(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """``credentials`` of beacon and click URLs: what was shown, when, at which price."""

    tenant_id: int
    campaign_id: int
    nonce: bytes
    served_at: int  # Unix seconds
    template_id: int = 0
    segment_id: int = 0
    placement_id: int = 0
    line_item_id: int = 0
    creative_id: int = 0
    ad_id: str = ""
    auction_id: str = ""
    cost_micros: int = 0
    user_id: str = ""
    session_id: str = ""
    is_test: bool = False
    batch_id: int = 0
    propensity: float = 0.0  # with which the combination was drawn; 0: it was not, or not logged


@dataclass(frozen=True, slots=True)
class Opened:
    """A genuine ``Served`` and whether its time is over."""

    served: Served
    expired: bool


AnyPayload = TypeVar("AnyPayload", Grant, Served)

_encode = msgspec.msgpack.Encoder().encode
_grants = msgspec.msgpack.Decoder(Grant)
_served = msgspec.msgpack.Decoder(Served)


def new_nonce() -> bytes:
    return secrets.token_bytes(NONCE_BYTES)


def seal_grant(purpose: Purpose, grant: Grant, *, expires_at: int, keyring: Keyring) -> str:
    return sign(purpose, _encode(grant), expires_at=expires_at, keyring=keyring)


def open_grant(purpose: Purpose, token: str, *, now: int, keyring: Keyring) -> tuple[Grant, bool]:
    """The grant and whether it has expired.

    Raises:
        BadToken: it is not ours, or of another purpose.
    """
    verified = verify(purpose, token, now=now, keyring=keyring)
    return _payload(_grants, verified.payload), verified.expired


def seal_served(served: Served, *, expires_at: int, keyring: Keyring) -> str:
    return sign(Purpose.EVENT, _encode(served), expires_at=expires_at, keyring=keyring)


def open_served(token: str, *, now: int, keyring: Keyring) -> Opened:
    """What was shown. Raises BadToken when the token is not ours."""
    verified = verify(Purpose.EVENT, token, now=now, keyring=keyring)
    return Opened(_payload(_served, verified.payload), verified.expired)


def _payload(decoder: msgspec.msgpack.Decoder[AnyPayload], payload: bytes) -> AnyPayload:
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise BadToken("the token was signed by another version of this platform") from exc
