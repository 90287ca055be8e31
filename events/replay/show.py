"""Dead letters as text: a line of a table, a line of JSON, and the counts at the end."""

from collections.abc import Iterable
from typing import Final

import msgspec

from events.records import Poison
from events.replay.letter import DeadLetter, shown
from events.replay.send import Fate, Tally

WIDTHS: Final = (20, 18, 8, 8, 14)
TITLES: Final = ("AT", "REASON", "TENANT", "BYTES", "FATE", "KEY / DETAIL / BODY")
DETAIL_CHARS: Final = 120


def heading() -> str:
    return _line(TITLES)


def line(letter: DeadLetter, fate: Fate) -> str:
    """Three lines a letter: its columns and key, why, and how its body begins."""
    first = _line(
        (
            f"{letter.at:%Y-%m-%d %H:%M:%S}",
            shown(letter.reason, WIDTHS[1]),
            str(letter.tenant_id or "-"),
            str(len(letter.value)),
            fate.value,
            shown(letter.key),
        )
    )
    body = letter.value[: DETAIL_CHARS * 2].decode("utf-8", "backslashreplace")
    return f"{first}\n    {shown(letter.detail, DETAIL_CHARS)}\n    {shown(body, DETAIL_CHARS)}"


def as_json(letter: DeadLetter, fate: Fate) -> str:
    """The whole letter on one line; a body that is no UTF-8 has its other bytes escaped."""
    outcome = letter.outcome
    return msgspec.json.encode(
        {
            "key": letter.key,
            "fate": fate.value,
            "reason": letter.reason,
            "detail": letter.detail,
            "at": letter.at,
            "tenant_id": letter.tenant_id,
            "place": letter.place,
            "still_unreadable": outcome.reason.value if isinstance(outcome, Poison) else None,
            "value": letter.value.decode("utf-8", "backslashreplace"),
        }
    ).decode()


def summary(tally: Tally) -> list[str]:
    """One line per reason, and the sum: ``wrong_shape: 3 sent, 1 sent before``."""
    reasons = sorted({reason for reason, _ in tally.counts})
    lines = [
        f"{shown(reason)}: {_fates((fate, tally.counts[reason, fate]) for fate in Fate)}"
        for reason in reasons
    ]
    total = _fates((fate, tally.total(fate)) for fate in Fate)
    return [*lines, f"total: {total or 'no dead letters'}"]


def _fates(counts: Iterable[tuple[Fate, int]]) -> str:
    return ", ".join(f"{count} {fate.value}" for fate, count in counts if count)


def _line(cells: Iterable[str]) -> str:
    *columns, last = cells
    padded = [each.ljust(width) for each, width in zip(columns, WIDTHS, strict=True)]
    return " ".join([*padded, last])
