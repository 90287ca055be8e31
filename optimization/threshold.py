"""Which templates are due for a retraining, and why (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

RETRY: Final = timedelta(minutes=30)  # after a failed run, however much is new


@dataclass(frozen=True, slots=True)
class Standing:
    """How a template stands. Counts are of all its versions, ever."""

    is_paused: bool
    impressions: int
    clicks: int
    learnt_impressions: int  # what its last good run had
    learnt_clicks: int
    last_run_at: datetime | None  # of any outcome
    last_failed: bool
    has_learnt: bool  # some run of this version ended well
    min_impressions: int
    min_clicks: int
    max_age: timedelta

    @property
    def new_impressions(self) -> int:
        return max(self.impressions - self.learnt_impressions, 0)

    @property
    def new_clicks(self) -> int:
        return max(self.clicks - self.learnt_clicks, 0)


def due(standing: Standing, now: datetime) -> str:
    """``first``, ``threshold``, ``age``, or "" while it is not due."""
    if _waits(standing, now):
        return ""
    return next((name for name, is_due in RULES if is_due(standing, now)), "")


def _waits(standing: Standing, now: datetime) -> bool:
    if standing.is_paused:
        return True
    retry = min(RETRY, standing.max_age)
    since = standing.last_run_at
    return standing.last_failed and since is not None and now - since < retry


def _first(standing: Standing, _: datetime) -> bool:
    return not standing.has_learnt and (standing.last_run_at is None or standing.last_failed)


def _threshold(standing: Standing, _: datetime) -> bool:
    return (
        standing.new_impressions >= standing.min_impressions
        and standing.new_clicks >= standing.min_clicks
    )


def _age(standing: Standing, now: datetime) -> bool:
    since = standing.last_run_at
    is_old = since is None or now - since >= standing.max_age
    return is_old and standing.new_impressions > 0


RULES: Final = (("first", _first), ("threshold", _threshold), ("age", _age))
