"""Pseudonyms of users: keyed hashes in place of the ids that tenants send; pure.

HMAC-SHA256 (RFC 2104) under a random salt of the tenant's that changes from time to time. A
pseudonym carries a seal made with the same salt, so that our own are known again and never hashed
twice, while an id that only looks like one is hashed as any other.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

PREFIX: Final = "u1."
CHARS: Final = 32
BODY_CHARS: Final = 22  # 132 bits
SEAL_CHARS: Final = CHARS - len(PREFIX) - BODY_CHARS
BODY: Final = b"user\0"
SEAL: Final = b"seal\0"


@dataclass(frozen=True, slots=True)
class Salt:
    """A tenant's secret, and when it takes over from the one before."""

    valid_from: datetime
    secret: bytes


Salts = Sequence[Salt]  # of one tenant, the oldest first
SaltsByTenant = Mapping[int, Salts]  # tenants that do not hash are not in it


def hashed(text: str, salt: bytes) -> str:
    """The pseudonym of an id, 32 characters; of no id none, of a pseudonym itself."""
    if not text or is_hashed(text, salt):
        return text
    body = _mac(salt, BODY, text.encode("utf-8", "surrogatepass"), BODY_CHARS)
    return PREFIX + body + _mac(salt, SEAL, body.encode(), SEAL_CHARS)


def is_hashed(text: str, salt: bytes) -> bool:
    """Whether ``hashed`` made this with the same salt."""
    if len(text) != CHARS or not text.startswith(PREFIX) or not text.isascii():
        return False
    body, seal = text[len(PREFIX) : -SEAL_CHARS], text[-SEAL_CHARS:]
    return hmac.compare_digest(seal, _mac(salt, SEAL, body.encode(), SEAL_CHARS))


def pseudonym(text: str, salts: Salts, now: datetime) -> str:
    """What is stored in place of an id; empty without a valid salt, never the id itself."""
    if any(is_hashed(text, salt.secret) for salt in salts):
        return text  # also of the salt before: a token's pseudonym outlives the change
    valid = [salt for salt in salts if salt.valid_from <= now]
    return hashed(text, valid[-1].secret) if valid else ""


def names_of(user_id: str, salts: Iterable[Salt]) -> list[str]:
    """Everything that may stand for a user in stored rows: the id, and its pseudonyms."""
    return list(dict.fromkeys([user_id, *(hashed(user_id, salt.secret) for salt in salts)]))


def _mac(salt: bytes, purpose: bytes, message: bytes, chars: int) -> str:
    return urlsafe_b64encode(hmac.digest(salt, purpose + message, "sha256"))[:chars].decode()
