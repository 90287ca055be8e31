"""Hold money for bids: frequency caps and budgets of a whole request in one Redis round trip."""

from collections.abc import Sequence

from adplatform.clients import redis as redis_client
from adplatform.money import Micros
from adserving.frequency import PENDING_SECONDS, User, cap_key
from adserving.ledger.scopes import FREQUENCY_CAP
from adserving.ledger.scripts import RESERVE, SWEPT, pack, prefix
from adserving.ledger.slots import Answer, Slot, Want


class LedgerNotReady(Exception):
    """The ledger may lack bills: nobody bids for this account until it is rebuilt."""


def reserve(
    tenant_id: int, user: User | None, slots: Sequence[Slot], *, now_ms: int | None = None
) -> list[Answer]:
    """One answer per slot, in their order; later slots see what earlier ones hold.

    Frequency caps need a ``user``; without one they do not apply. ``now_ms`` is for tests: else it
    is Redis's clock.

    Raises:
        LedgerNotReady: nothing is held.
        RedisUnavailable: nothing can be said; what may be held expires.
    """
    has_user = user is not None
    asked = [[slot.hold_id, slot.ttl_seconds * 1000, _wants(slot, has_user)] for slot in slots]
    found = redis_client.identified_script(
        RESERVE,
        keys=[prefix(tenant_id), user.counters if user is not None else ""],
        args=[pack([now_ms or 0, SWEPT, PENDING_SECONDS, asked])],
    )
    if found is None:
        raise LedgerNotReady(f"the budget ledger of account {tenant_id} is being rebuilt")
    return [_answer(slot, each) for slot, each in zip(slots, found, strict=True)]


def _wants(slot: Slot, has_user: bool) -> list[list[object]]:  # noqa: FBT001 - private
    return [
        [
            want.amount,
            [scope.key for scope in want.scopes],
            [scope.cap for scope in want.scopes],
            [cap_key(cap) for cap in want.caps] if has_user else [],
            [cap.impressions for cap in want.caps] if has_user else [],
        ]
        for want in slot.wants
    ]


def _answer(slot: Slot, found: list[int]) -> Answer:
    held, left, *passed = found
    reasons = tuple(_reason(slot.wants[n], code) for n, code in enumerate(passed))
    return Answer(held if held >= 0 else None, reasons, Micros(left) if left >= 0 else None)


def _reason(want: Want, code: int) -> str:
    return want.scopes[code].reason if code >= 0 else FREQUENCY_CAP
