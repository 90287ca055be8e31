"""The whole benchmark: simulated worlds, then recorded headline tests where a file is given."""

from dataclasses import replace
from pathlib import Path

from optimization.bench import tables
from optimization.bench.encode import Encoder
from optimization.bench.headlines import recorded
from optimization.bench.headlines import run as headlines
from optimization.bench.run import Order, Say, Table, run
from optimization.bench.texts import with_headlines

Report = dict[str, Table | dict[str, Table]]


def report(order: Order, file: Path | None, say: Say) -> Report:
    """By scenario and method; by evaluator, impressions per arm and method.

    With a file of headline tests the worlds' headlines are drawn from it too. Raises
    UnknownScenario, UnknownMethod and HeadlinesUnreadable before any work.
    """
    tests = None if file is None else recorded.load(file)
    if tests is not None:
        order = replace(order, wording=with_headlines(tests.all_texts))
    found: Report = dict(run(order, say))
    if tests is not None:
        found.update(headlines.run(tests, Encoder(order.kept), order.seeds, say))
    return found


def text(found: Report) -> str:
    """Markdown tables."""
    lines: list[str] = []
    for title, figures in found.items():
        if title.startswith("headlines"):
            for per_arm, table in figures.items():
                heading = f"{title}, {per_arm} impressions per arm"
                lines += tables.lines(heading, table)  # type: ignore[arg-type]
        else:
            lines += tables.lines(title, figures)
    return "\n".join(lines)
