"""A time on the command line, as --since and --until take it."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """A time; UTC unless it says another zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"{text!r} is no date (2026-11-21) or ISO 8601 datetime") from exc
    return found if found.tzinfo else found.replace(tzinfo=UTC)
