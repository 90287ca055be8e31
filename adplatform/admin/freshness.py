"""Until when everything is in the figures, in words (pure)."""

from zoneinfo import ZoneInfo

from reporting.freshness import Freshness


def complete(fresh: Freshness | None, zone: ZoneInfo, what: str = "Every event received") -> str:
    """In the account's time; empty where it is not known."""
    if fresh is None or fresh.complete_until is None:
        return ""
    until = fresh.complete_until.astimezone(zone)
    late = " Newer events are on their way." if fresh.stale else ""
    return f"{what} before {until:%Y-%m-%d %H:%M:%S} ({zone.key}) is counted.{late}"
