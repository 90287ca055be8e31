"""What is asked of the ledger for a bid, and what it answers (pure)."""

from collections.abc import Callable

import msgspec

from adplatform.money import Micros
from adserving.ledger.scopes import Scope
from adserving.snapshot import Cap


class Want(msgspec.Struct, frozen=True, gc=False):
    """What one candidate would cost at most (micros of an impression), and what limits it."""

    amount: Micros
    scopes: tuple[Scope, ...]
    caps: tuple[Cap, ...]


class Slot(msgspec.Struct, frozen=True, gc=False):
    """An impression on offer: the first of ``wants`` that is allowed is held as ``hold_id``."""

    hold_id: str
    ttl_seconds: int
    wants: tuple[Want, ...]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """``held``: index of the want, None when none is allowed; ``passed``: why those before it were
    not. ``left``: micros that its tightest scope still has; None without a scope.
    """

    held: int | None
    passed: tuple[str, ...]
    left: Micros | None


Told = Callable[[Answer | None], None]  # None: it is not known whether the money is held
Hold = tuple[int, Slot, Told]  # the first: the account
