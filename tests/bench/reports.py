"""`python -m tests.bench.reports`: how long reports take over ten million events of thirty days."""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.bench import tables

PROJECT = Path(__file__).parents[2]
TENANT = 1
DAYS = 30
BATCH = 500_000
GOAL_MS = 100
# Events are spread evenly over 30 days, 5 tenants (four fifths are the first one's), 50 campaigns
# of 4 ads each, and 5 placements: almost every 15 minutes hold every ad in every placement.
EVENTS = """
INSERT INTO ad_events_raw (event_time, event_id, tenant_id, user_id, event_type, campaign_id,
    line_item_id, placement_id, creative_id, ad_id, value_cents, cost_micros, invalid_reason,
    country, device_type, received_at)
SELECT
    toDateTime64('{start}', 3, 'UTC')
        + toIntervalMillisecond(intDiv(number * {span_ms}, {events})),
    generateUUIDv4(number),
    if(h % 5 < 4, {tenant}, 2 + h % 4),
    concat('u', toString(cityHash64(number, 2) % 200000)),
    multiIf(kind < 70, 'IMPRESSION', kind < 94, 'VIEW', kind < 98, 'CLICK',
        kind < 99, 'INTERACTION', 'CONVERSION'),
    1 + ad % 50, 1 + ad % 50, 1 + cityHash64(number, 3) % 5, 1 + ad, toString(1 + ad),
    if(kind = 99, 500, 0), if(kind < 70, 2500, 0),
    if(cityHash64(number, 4) % 20 = 0, 'known_bot', ''),
    ['CA', 'US', 'DE', 'FR', 'IN'][1 + h % 5], ['mobile', 'desktop'][1 + h % 2],
    now64(3)
FROM (SELECT number, cityHash64(number) AS h, cityHash64(number, 1) % 100 AS kind,
    cityHash64(number, 5) % 200 AS ad FROM numbers({first}, {rows}))
"""


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-reports-") as folder, _engines(Path(folder)):
        loaded = _load(options.events)
        table = _table(_measure(options.rounds), loaded)
    print(table)
    if options.write:
        tables.write("reports", table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=40, help="times that each report is asked")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    return parser.parse_args()


@contextmanager
def _engines(folder: Path) -> Iterator[None]:
    """ClickHouse and PostgreSQL of our own, with their tables."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.test")
    os.environ["DATA_DIR"] = str(folder)
    import django

    from adplatform.embedded import engines

    running = engines.start(folder, {"clickhouse", "postgres"}, durable=False)
    try:
        os.environ.update(running.environment())
        django.setup()
        from django.core.management import call_command

        from events import schema

        call_command("migrate", verbosity=0)
        schema.apply()
        yield
    finally:
        running.stop()


def _load(events: int) -> str:
    """Raw events in order of time; the views fill the tiers. Returns what the tiers hold."""
    from adplatform.clients import clickhouse
    from events.tiers import TIERS

    begun, start = time.perf_counter(), _start()
    for first in range(0, events, BATCH):
        clickhouse.command(
            EVENTS.format(
                start=f"{start:%Y-%m-%d %H:%M:%S}", span_ms=DAYS * 86_400_000, events=events,
                tenant=TENANT, first=first, rows=min(BATCH, events - first),
            )
        )  # fmt: skip
        print(f"\r{first + BATCH:,} events", end="", file=sys.stderr, flush=True)
    print(f", {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    while clickhouse.query("SELECT count() FROM system.merges")[0][0]:
        time.sleep(2)
    sizes = [clickhouse.query(f"SELECT count() FROM {tier.table}")[0][0] for tier in TIERS]
    return f"{events:,} events; rows of the tiers (minute, 15 minutes, day): " + ", ".join(
        f"{int(size):,}" for size in sizes
    )


def _start() -> datetime:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=DAYS)


def _cases() -> dict[str, Callable[[], object]]:
    from reporting.answer import answer
    from reporting.conditions import Comparison, Having, Operator, Test
    from reporting.funnel import funnel
    from reporting.funnel_query import FunnelQuery
    from reporting.query import Dimension, Granularity, Order, Period, ReportQuery, Top
    from reporting.report import summary

    def query(zone: str = "UTC", **fields: Any) -> ReportQuery:
        tz, start = ZoneInfo(zone), _start()
        midnight = start.astimezone(tz).replace(hour=0, minute=0).astimezone(UTC)
        period = {"start": midnight, "end": midnight + timedelta(days=DAYS)}
        return ReportQuery(**{"tenant_id": TENANT, "tz": tz, **period, **fields})

    cases: dict[str, Callable[[], object]] = {}
    summaries: dict[str, dict[str, Any]] = {
        "totals": {},
        "by day": {"granularity": Granularity.DAY},
        "by campaign": {"dimensions": (Dimension.CAMPAIGN,)},
    }
    for zone in ("UTC", "Asia/Kolkata"):
        for name, fields in summaries.items():
            cases[f"summary, {name}, {zone}"] = partial(summary, query(zone, **fields))
    day: dict[str, Any] = {"granularity": Granularity.DAY, "fill": True}
    start = _start()
    asked = {
        "query: top 10 ads and other by day": query(
            metrics=("impressions", "ctr"), dimensions=(Dimension.AD,), top=Top(10, "impressions"),
            **day),
        "query: by campaign, 15 days compared with the 15 before": query(
            metrics=("impressions", "clicks", "ctr", "ecpm"), dimensions=(Dimension.CAMPAIGN,),
            start=start + timedelta(days=15), compare=Period(start, start + timedelta(days=15)),
            order=(Order("clicks", descending=True),)),
        "query: one campaign by hour, 7 days": query(
            metrics=("impressions", "clicks"), granularity=Granularity.HOUR, fill=True,
            start=start + timedelta(days=23), where=Test(Dimension.CAMPAIGN, Operator.IS, (7,))),
        "query: hour of day by day of week, Asia/Kolkata": query(
            "Asia/Kolkata", metrics=("clicks", "ctr"),
            dimensions=(Dimension.HOUR_OF_DAY, Dimension.DAY_OF_WEEK)),
        "query: by ad and placement, having 1,000 clicks": query(
            metrics=("clicks", "ctr"), dimensions=(Dimension.AD, Dimension.PLACEMENT),
            having=(Having("clicks", Comparison.GTE, 1000),)),
        "query: by country, 1 day (single events)": query(
            metrics=("impressions", "clicks"), dimensions=(Dimension.COUNTRY,),
            start=start + timedelta(days=29)),
        "query: by country and users, 30 days (single events)": query(
            metrics=("impressions", "users"), dimensions=(Dimension.COUNTRY,)),
    }  # fmt: skip
    cases |= {name: partial(answer, q) for name, q in asked.items()}
    one_day = FunnelQuery(
        tenant_id=TENANT, start=start + timedelta(days=29), end=start + timedelta(days=30),
        tz=ZoneInfo("UTC"),
    )  # fmt: skip
    cases["funnel, 1 day (single events)"] = partial(funnel, one_day)
    return cases | _over_http()


def _over_http() -> dict[str, Callable[[], object]]:
    """The same doors with everything that a request passes, but no socket."""
    from django.test import Client

    from tests.factories.tenants import ApiKeyFactory, TenantFactory

    key: Any = ApiKeyFactory(tenant=TenantFactory(id=TENANT, timezone="UTC"))
    client = Client(headers={"Authorization": f"Bearer {key.text}"})
    start = _start()
    bounds = {"from": f"{start:%Y-%m-%d}", "to": f"{start + timedelta(days=DAYS):%Y-%m-%d}"}
    body = {"metrics": ["impressions", "ctr"], "dimensions": ["campaign"], "granularity": "day"}

    def checked(response: Any) -> None:
        if response.status_code != 200:
            raise SystemExit(response.content.decode())

    return {
        "GET /api/report/summary/ by campaign": lambda: checked(
            client.get("/api/report/summary/", {**bounds, "group_by": "campaign"})
        ),
        "POST /api/report/query/ by campaign and day": lambda: checked(
            client.post(
                "/api/report/query/",
                json.dumps({**body, **bounds}),
                content_type="application/json",
            )
        ),
    }


def _measure(rounds: int) -> list[tuple[str, float, float]]:
    """Milliseconds, p50 and p95, of each case; the first call warms up."""
    rows = []
    for name, call in _cases().items():
        call()
        times: list[float] = []
        while len(times) < rounds:
            begun = time.perf_counter()
            call()
            times.append((time.perf_counter() - begun) * 1000)
            if sum(times) > 20_000 and len(times) >= 5:  # a slow one
                break
        cuts = statistics.quantiles(times, n=20, method="inclusive")
        rows.append((name, cuts[9], cuts[18]))
        print(f"{name}: {cuts[9]:.0f} {cuts[18]:.0f}", file=sys.stderr)
    return rows


def _table(rows: list[tuple[str, float, float]], loaded: str) -> str:
    lines = ["| report over 30 days | goal p95 ms | p50 ms | p95 ms |", "|---|---|---|---|"]
    for name, p50, p95 in rows:
        goal = f"< {GOAL_MS}" if name.startswith("summary") else ""
        lines.append(f"| {name} | {goal} | {p50:.0f} | {p95:.0f} |")
    return "\n".join([*lines, "", f"{loaded}."])


if __name__ == "__main__":
    main()
