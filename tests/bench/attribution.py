"""`python -m tests.bench.attribution`: how long crediting takes over a million events."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

TENANT = 1
DAYS = 20
# One event in 50 is a conversion, 3 are clicks, 21 viewable impressions, the others impressions.
EVENTS = """
INSERT INTO ad_events_raw (event_time, event_id, tenant_id, user_id, event_type, campaign_id,
    line_item_id, placement_id, creative_id, ad_id, value_cents, invalid_reason, received_at,
    inserted_at)
SELECT
    now64(3) - toIntervalMillisecond(cityHash64(number, 1) % {span_ms}) AS moment,
    generateUUIDv4(number), {tenant}, concat('u', toString(cityHash64(number, 2) % {visitors})),
    multiIf(number % 50 = 0, 'CONVERSION', number % 50 < 4, 'CLICK', number % 50 < 25, 'VIEW',
        'IMPRESSION'),
    1 + cityHash64(number, 3) % 20, 1, 1 + cityHash64(number, 4) % 10, 1, '1-2-3',
    if(number % 50 = 0, 500, 0), if(cityHash64(number, 5) % 33 = 0, 'known_bot', ''), now64(3),
    moment
FROM numbers({events})
"""


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-attribution-") as folder, _engines(Path(folder)):
        from adplatform.clients import clickhouse
        from events import schema

        schema.apply()
        span_ms = DAYS * 86_400_000
        clickhouse.command(EVENTS.format(tenant=TENANT, span_ms=span_ms, **vars(options)))
        print(f"{options.events:,} events of {options.visitors:,} visitors")
        _measure()


def _measure() -> None:
    from adplatform.clients import clickhouse
    from reporting.attribution import credit, statements

    now = datetime.now(UTC)
    rule = statements.Rule(720, 24)
    scope = statements.Scope(TENANT, rule, now - timedelta(days=DAYS + 1), now)
    chunks = _timed("look for conversions", partial(credit._chunks, scope))
    for label, version in (("credit all", 1), ("credit all again, nothing new", 2)):
        _timed(label, partial(_credit, credit, scope, chunks, version))
    recent = statements.Scope(TENANT, rule, now - timedelta(days=2), now)
    _timed("credit the last two days again", partial(credit._credit, recent, 3))
    news = replace(scope, stored_after=now - timedelta(days=1) - credit.OVERLAP)
    _timed("look for news of a day", partial(clickhouse.query, statements.news(), news.params()))
    lately = replace(scope, stored_after=now - timedelta(minutes=1) - credit.OVERLAP)
    _timed(
        "look for news of a minute", partial(clickhouse.query, statements.news(), lately.params())
    )
    [(count, first)] = clickhouse.query(statements.news(), lately.params())
    lately = replace(lately, start=datetime.fromtimestamp(int(first) // 1000, UTC))
    found = _timed("look for conversions with news", partial(credit._chunks, lately))
    _timed(
        f"credit the news of a minute ({count} events)", partial(_credit, credit, lately, found, 4)
    )
    [(rows, conversions)] = clickhouse.query(
        "SELECT count(), uniqExact(conversion_id) FROM ad_conversion_credits FINAL"
    )
    print(f"{conversions:,} conversions, {rows:,} rows in {len(chunks)} statements")


def _credit(credit: Any, scope: Any, chunks: Any, version: int) -> None:
    for chunk in chunks:
        credit._credit(replace(scope, start=chunk.start, end=chunk.end), version)


def _timed(label: str, work: Callable[[], Any]) -> Any:
    start = time.monotonic()
    result = work()
    print(f"{label}: {time.monotonic() - start:.2f} s")
    return result


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--visitors", type=int, default=200_000)
    return parser.parse_args()


@contextmanager
def _engines(folder: Path) -> Iterator[None]:
    from adplatform.embedded import engines

    running = engines.start(folder, {"clickhouse", "postgres"}, durable=False)
    try:
        os.environ.update(running.environment(), DATA_DIR=str(folder))
        os.environ["DJANGO_SETTINGS_MODULE"] = "adplatform.settings.dev"
        import django

        django.setup()
        yield
    finally:
        running.stop()


if __name__ == "__main__":
    main()
