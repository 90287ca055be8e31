"""`python -m tests.bench.run`: the hot doors against an empty Django view."""

import argparse
import json
import os
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.dev")
django.setup()

from adplatform import supervise
from tests.bench import tables
from tests.bench.load import BenchFailed, Result, Target, measure
from tests.bench.servers import bare_server, listener, median, seeded, soon
from tests.live import free_port

SEED = "from tests.bench.seed import seed; made = seed(base_url)"
GOALS = {
    "POST /api/decision/, 1,000 line items, 31 match": "≥ 0.5",
    "POST /api/decision/, 1,000 line items, none matches": "≥ 1.5 (bidder's goal)",
    "GET /ad_server/decision_api": "≥ 0.8",
}
EMPTY = "an empty Django view"
BATCH = 100


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        try:
            rows = _measure_all(Path(folder), options)
        except BenchFailed as exc:
            sys.exit(str(exc))
    table = _table(rows)
    print(table)
    if options.write:
        tables.write("doors", table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="of load for each path and round")
    parser.add_argument("--rounds", type=int, default=3, help="the median round counts")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    return parser.parse_args()


def _measure_all(folder: Path, options: argparse.Namespace) -> dict[str, tuple[Target, Result]]:
    port = free_port()
    running = supervise.Options(
        data_dir=folder / "data", port=port, only=frozenset({"web"}), workers=1
    )
    with supervise.platform(running) as platform, bare_server() as (bare_pid, bare_url):
        platform.wait_ready()
        targets = _targets(seeded(platform, folder, SEED), platform.base_url)
        web_pid = listener(port)
        time.sleep(3)  # the snapshot of the seeded rows
        servers = [(Target(EMPTY, bare_url), bare_pid), *((t, web_pid) for t in targets)]
        rounds: dict[str, list[Result]] = {target.name: [] for target, _ in servers}
        for _ in range(options.rounds):
            for target, pid in servers:
                rounds[target.name].append(
                    measure(
                        target,
                        pid=pid,
                        seconds=options.seconds,
                        connections=options.connections,
                        folder=folder,
                    )
                )
    return {target.name: (target, median(rounds[target.name])) for target, _ in servers}


def _targets(seed: dict, base_url: str) -> list[Target]:
    json_body = ("Content-Type", "application/json")
    key = ("Authorization", f"Bearer {seed['key']}")
    event = seed["event"]

    def post(name: str, path: str, body: object, events: int = 1) -> Target:
        raw = json.dumps(body).encode()
        return Target(name, base_url + path, "POST", raw, (json_body, key), events)

    decisions = list(GOALS)
    impression = json.loads(urllib.request.urlopen(soon(seed["decision_url"])).read())
    return [
        post(decisions[0], "/api/decision/", seed["decision"]),
        post(decisions[1], "/api/decision/", seed["no_ad"]),
        Target(decisions[2], str(seed["decision_url"])),
        Target("GET /ad_server/template", str(seed["template_url"])),
        Target("POST /ad_server/impression (beacon)", impression["impression_url"], "POST"),
        post("POST /api/events/, one event", "/api/events/", event),
        post(f"POST /api/events/, {BATCH} events", "/api/events/", [event] * BATCH, BATCH),
    ]


def _table(rows: dict[str, tuple[Target, Result]]) -> str:
    empty = rows[EMPTY][1]
    lines = [
        "| path | goal | ratio | requests/s | events/s | p50 ms | p99 ms | server CPU µs/request |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, (target, result) in rows.items():
        events = f"{result.per_second * target.events:,.0f}" if "events" in name else ""
        lines.append(
            f"| {name} | {GOALS.get(name, '')} | {result.per_second / empty.per_second:.2f} "
            f"| {result.per_second:,.0f} | {events} | {result.p50_ms:.2f} | {result.p99_ms:.2f} "
            f"| {result.cpu_us:.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
