"""`python -m tests.bench.bidder`: bids and no-bids against an empty Django view."""

import argparse
import os
import re
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.dev")
django.setup()

from adplatform import supervise
from tests.bench import tables
from tests.bench.load import BenchFailed, Result, Target, measure
from tests.bench.paced import latencies, percentile
from tests.bench.servers import bare_server, listener, median, seeded
from tests.live import free_port

EMPTY = "an empty Django view"
BID, NO_BID = "bid with hold and notices", "no-bid: no line item matches"
GOALS = {BID: "≥ 0.5", NO_BID: "≥ 1.5"}
BIDDING = {"WEB_DOORS": "rtb,django", "WEB_THREADS": "1"}  # as docs/scaling.md has bidders run
READY_SECONDS = 180
SETTLED_SECONDS = 5.0  # without another compilation
LINE_ITEMS_A_SECOND = 2500  # one of a large account takes longer


@dataclass(frozen=True)
class Run:
    """Everything that was measured with one number of line items."""

    line_items: int
    results: dict[str, Result]
    alone_ms: float  # p50 of a bid on one connection
    half_load: tuple[float, float, float]  # requests/s, p50 and p99 ms
    memory_mb: float  # resident, of the web worker
    compile_seconds: float
    books_seconds: float
    steps: dict[str, float]


def main() -> None:
    options = _options()
    os.environ.update(BIDDING)
    try:
        runs = [_run(count, options) for count in options.line_items]
    except BenchFailed as exc:
        sys.exit(str(exc))
    table = _tables(runs)
    print(table)
    if options.write:
        tables.write("bidder", table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--line-items", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument("--seconds", type=int, default=4, help="of load for each path and round")
    parser.add_argument("--rounds", type=int, default=3, help="the median round counts")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    return parser.parse_args()


def _run(line_items: int, options: argparse.Namespace) -> Run:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        running = supervise.Options(data_dir=folder / "data", port=port, only=frozenset({"web"}))
        with supervise.platform(running) as platform, bare_server() as (bare_pid, bare_url):
            platform.wait_ready()
            made = f"from tests.bench.bid_seed import seed; made = seed({line_items})"
            seed = seeded(platform, folder, made)
            url = f"{platform.base_url}/rtb/bid/{seed['key']}"
            bid, no_bid = (str(seed[name]).encode() for name in ("bid", "no_bid"))
            _wait_for_bids(url, bid)
            _wait_until_compiled(platform.base_url, line_items)
            targets = [
                (Target(EMPTY, bare_url), bare_pid),
                (Target(NO_BID, url, "POST", no_bid), listener(port)),
                (Target(BID, url, "POST", bid), listener(port)),
            ]
            results = _measured(targets, options, folder)
            return Run(
                line_items=line_items,
                results=results,
                alone_ms=percentile(latencies(url, bid, per_second=100, seconds=4), 0.5),
                half_load=_half_load(url, bid, results[BID].per_second / 2, options.seconds * 2),
                memory_mb=_memory_mb(listener(port)),
                compile_seconds=_mean(platform.base_url, "snapshot_compile"),
                books_seconds=_mean(platform.base_url, "bid_books"),
                steps=_steps_of(platform, folder, seed),
            )


def _steps_of(
    platform: supervise.Platform, folder: Path, seed: dict[str, object]
) -> dict[str, float]:
    asked = f"{seed['key']!r}, {seed['bid']!r}"
    code = f"from tests.bench.bid_steps import steps; made = steps({asked})"
    return {name: float(str(each)) for name, each in seeded(platform, folder, code).items()}


def _measured(
    targets: list[tuple[Target, int]], options: argparse.Namespace, folder: Path
) -> dict[str, Result]:
    rounds: dict[str, list[Result]] = {target.name: [] for target, _ in targets}
    for _ in range(options.rounds):
        for target, pid in targets:
            result = measure(
                target,
                pid=pid,
                seconds=options.seconds,
                connections=options.connections,
                folder=folder,
            )
            rounds[target.name].append(result)
    return {name: median(results) for name, results in rounds.items()}


def _wait_for_bids(url: str, body: bytes) -> None:
    """Until the web process bids."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
            if answer.status == 200:
                return
        time.sleep(0.5)
    raise BenchFailed(f"{url} does not bid")


def _wait_until_compiled(base_url: str, line_items: int) -> None:
    """Until the changes that seeding notified are all compiled: that slows every request down."""
    deadline = time.monotonic() + READY_SECONDS
    known, since = -1.0, time.monotonic()
    while time.monotonic() < deadline:
        _, times = _compiled(base_url, "bid_books")
        if times != known:
            known, since = times, time.monotonic()
        if time.monotonic() - since > SETTLED_SECONDS + line_items / LINE_ITEMS_A_SECOND:
            return
        time.sleep(1)
    raise BenchFailed("the books are compiled again and again")


def _half_load(
    url: str, body: bytes, per_second: float, seconds: float
) -> tuple[float, float, float]:
    found = latencies(url, body, per_second=per_second, seconds=seconds)
    return per_second, percentile(found, 0.5), percentile(found, 0.99)


def _memory_mb(pid: int) -> float:
    """Of the largest process of the web server: its worker."""
    family = [pid]
    for each in family:
        family += map(int, Path(f"/proc/{each}/task/{each}/children").read_text().split())
    sizes = (
        re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{each}/status").read_text()) for each in family
    )
    return max(int(size[1]) for size in sizes if size) / 1024


def _mean(base_url: str, what: str) -> float:
    """Seconds that one compilation took."""
    total, times = _compiled(base_url, what)
    return total / times


def _compiled(base_url: str, what: str) -> tuple[float, float]:
    """Seconds that all compilations took, and how many there were, from /metrics."""
    with urllib.request.urlopen(f"{base_url}/metrics") as answer:
        text = answer.read().decode()
    total, times = (
        re.search(rf"^adplatform_{what}_seconds_{part}(?:{{.*}})? (\S+)", text, re.MULTILINE)
        for part in ("sum", "count")
    )
    if not (total and times):
        raise BenchFailed(f"/metrics does not say how long {what} took")
    return float(total[1]), float(times[1])


def _tables(runs: list[Run]) -> str:
    lines = [
        "| path | line items | goal | ratio | requests/s | p50 ms | p99 ms | server CPU µs |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        empty = run.results[EMPTY]
        for name, each in run.results.items():
            lines.append(
                f"| {name} | {run.line_items:,} | {GOALS.get(name, '')} "
                f"| {each.per_second / empty.per_second:.2f} | {each.per_second:,.0f} "
                f"| {each.p50_ms:.2f} | {each.p99_ms:.2f} | {each.cpu_us:.0f} |"
            )
    return "\n\n".join(["\n".join(lines), _sizes(runs), _steps(runs)])


def _sizes(runs: list[Run]) -> str:
    least = runs[0].alone_ms
    rows: list[tuple[str, str, Callable[[Run], str]]] = [
        ("p50 of a bid alone, ms", "", lambda run: f"{run.alone_ms:.2f}"),
        ("the same against the first column", "≤ 2", lambda run: f"{run.alone_ms / least:.2f}"),
        ("at half of the maximum: bids/s", "", lambda run: f"{run.half_load[0]:,.0f}"),
        ("at half of the maximum: p50 ms", "", lambda run: f"{run.half_load[1]:.2f}"),
        ("at half of the maximum: p99 ms", "", lambda run: f"{run.half_load[2]:.2f}"),
        ("memory of a web worker, MB", "", lambda run: f"{run.memory_mb:,.0f}"),
        ("compiling the snapshot, s", "", lambda run: f"{run.compile_seconds:.2f}"),
        ("compiling the books and swapping them, s", "", lambda run: f"{run.books_seconds:.2f}"),
    ]
    lines = [
        "| | goal | " + " | ".join(f"{run.line_items:,} line items" for run in runs) + " |",
        "|---|---|" + "---|" * len(runs),
    ]
    lines += [
        f"| {name} | {goal} | " + " | ".join(show(run) for run in runs) + " |"
        for name, goal, show in rows
    ]
    return "\n".join(lines)


def _steps(runs: list[Run]) -> str:
    lines = [
        "| step of one bid, µs | " + " | ".join(f"{run.line_items:,}" for run in runs) + " |",
        "|---|" + "---|" * len(runs),
    ]
    lines += [
        f"| {name} | " + " | ".join(f"{run.steps[name]:.1f}" for run in runs) + " |"
        for name in runs[0].steps
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
