"""Whether Redis holds every claim of the last days, or ClickHouse must be asked too; pure.

Redis carries an epoch beside the claims. Another epoch than the ledger's means that claims are
missing: it was flushed, restarted or failed over. Until the claims made since then span the whole
deduplication horizon, what looks new is looked up in ClickHouse.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

AWAY: Final = "Redis did not answer"
LOST: Final = "Redis may have lost claims"
STOOD_STILL: Final = "the consumer stood still, and claims expired"


@dataclass(frozen=True, slots=True)
class Trust:
    """What is believed of a partition's claims; ``verify_until`` is None when all are there."""

    epoch: str = ""
    verify_until: datetime | None = None
    reason: str = ""

    def is_verifying(self, now: datetime) -> bool:
        return self.verify_until is not None and now < self.verify_until

    def seen(self, epoch: str, until: datetime | None) -> "Trust":
        """After Redis has answered with its epoch; ``until`` when another one would be made up."""
        if epoch == self.epoch:
            return self
        return Trust(epoch, until, self.inherited().reason or LOST if until else "")

    def unanswered(self, now: datetime, until: datetime) -> "Trust":
        """After claims could not be made; another reason that still holds stays the reason."""
        if self.verify_until is not None and self.verify_until >= until:
            return self
        reason = self.reason if self.is_verifying(now) else AWAY
        return replace(self, verify_until=until, reason=reason)

    def stood_still(self, until: datetime) -> "Trust":
        """After a pause in which claims may have expired while their copies waited in Kafka."""
        if self.verify_until is not None and self.verify_until >= until:
            return self
        return replace(self, verify_until=until, reason=STOOD_STILL)

    def inherited(self) -> "Trust":
        """For a successor, who cannot make up claims that its predecessor could not make."""
        return replace(self, reason=LOST) if self.reason == AWAY else self

    def made_up(self) -> "Trust":
        """After the claims that could not be made were made later."""
        return replace(self, verify_until=None, reason="") if self.reason == AWAY else self
