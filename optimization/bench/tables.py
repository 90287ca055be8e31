"""Figures as text: one line per method, best first (pure)."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

COLUMNS = (
    ("captured", "+.3f"),
    ("se", ".3f"),
    ("last5", "+.3f"),
    ("rec", ".2f"),
    ("lift", "+.0%"),
    ("coverage", ".1%"),
    ("coverage_ads", ".1%"),
    ("seconds", ".1f"),
)


def lines(title: str, table: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """A table in Markdown."""
    columns = [each for each in COLUMNS if any(each[0] in row for row in table.values())]
    heading = ["method", *(name for name, _ in columns), "against tab, paired 95 %"]
    yield f"### {title}"
    yield ""
    yield _line(heading)
    yield _line(["---"] * len(heading))
    for name in sorted(table, key=lambda name: -cast("float", table[name]["captured"])):
        row = table[name]
        yield _line([name, *(_cell(row, *each) for each in columns), _against(row)])
    yield ""


def _cell(row: Mapping[str, object], key: str, form: str) -> str:
    return format(row[key], form) if key in row else ""


def _against(row: Mapping[str, object]) -> str:
    found = cast("Mapping[str, Any] | None", row.get("against_tab"))
    if found is None:
        return ""
    return f"{found['difference']:+.3f} ({found['low']:+.3f} to {found['high']:+.3f})"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
