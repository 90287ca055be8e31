"""The budget ledger in Redis: money is held when we bid, billed or given back when we hear more.

``rebuild`` is imported by itself: it reads the database, which nothing on a request's way does.
"""

from adserving.ledger.behind import behind
from adserving.ledger.reserve import LedgerNotReady, reserve
from adserving.ledger.scopes import DAY_FIELD, Scope, day_of, scope_keys, scopes_of
from adserving.ledger.settle import KEEP_SECONDS, Outcome, Settled, distrust, release, settle, sweep
from adserving.ledger.slots import Answer, Hold, Slot, Want

__all__ = [
    "DAY_FIELD",
    "KEEP_SECONDS",
    "Answer",
    "Hold",
    "LedgerNotReady",
    "Outcome",
    "Scope",
    "Settled",
    "Slot",
    "Want",
    "behind",
    "day_of",
    "distrust",
    "release",
    "reserve",
    "scope_keys",
    "scopes_of",
    "settle",
    "sweep",
]
