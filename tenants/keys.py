"""API keys as text: their form, their hash, and who a presented key speaks for (pure)."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX_BYTES = 4
SECRET_BYTES = 24
MAX_KEY_CHARS = 128


@dataclass(frozen=True, slots=True)
class NewKey:
    """A freshly made key: ``text`` is shown once, ``prefix`` and ``hash`` are kept."""

    text: str
    prefix: str
    hash: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who presented a key: its tenant and what the key opens."""

    tenant_id: int
    scopes: frozenset[str]
    key_prefix: str


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that is not revoked, as the snapshot keeps it."""

    caller: Caller
    hash: str


def new_key() -> NewKey:
    prefix = secrets.token_hex(PREFIX_BYTES)
    text = f"adp_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewKey(text, prefix, hash_of(text))


def hash_of(text: str) -> str:
    """SHA-256: the key is random and long, so a slow password hash would add nothing."""
    return hashlib.sha256(text.encode()).hexdigest()


def prefix_of(text: str) -> str | None:
    """The part that finds the key's row; None when the text has not the form of a key."""
    parts = text.split("_", 2)
    if len(text) > MAX_KEY_CHARS or len(parts) != 3 or parts[0] != "adp":  # noqa: PLR2004
        return None
    return parts[1]


def bearer(authorization: str) -> str:
    """The key of an ``Authorization: Bearer …`` header, or an empty text."""
    scheme, _, text = authorization.partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def identify(text: str, known: Mapping[str, KnownKey]) -> Caller | None:
    """The caller that a presented key speaks for, compared in constant time."""
    prefix = prefix_of(text)
    key = known.get(prefix) if prefix else None
    if key is None or not hmac.compare_digest(key.hash, hash_of(text)):
        return None
    return key.caller
