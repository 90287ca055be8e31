"""Reports against plain Python counts: whatever the zone, the granularity and the tier."""

import itertools
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import store
from events.plan import Bounds
from events.records import Arrived
from events.tiers import DAY, MINUTE, QUARTER
from events.types import EventType
from reporting import answer as answers
from reporting import page
from reporting.answer import run
from reporting.conditions import Comparison, Having, Not, Operator, Test
from reporting.query import Dimension, Granularity, Order, Period, Top
from reporting.reading import planned
from tests.events.builders import an_event
from tests.reporting.builders import a_query

pytestmark = pytest.mark.django_db

MINUTES = timedelta(minutes=1)
FIRST = datetime(2026, 9, 20, tzinfo=UTC)
CHANGES = [  # the clocks of Lord Howe (by 30 minutes), of Berlin and of Toronto
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
]
ZONES = [
    "UTC", "America/Toronto", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Europe/London",
]  # fmt: skip
TIERS = [(DAY, QUARTER, MINUTE), (QUARTER, MINUTE), (MINUTE,), ()]
TENANTS = itertools.count(10_000)
COUNTED = {
    EventType.IMPRESSION: "impressions", EventType.VIEW: "views", EventType.CLICK: "clicks",
}  # fmt: skip
METRICS = ("impressions", "viewable", "clicks", "invalid_clicks", "gross_clicks", "cost_micros")


def answer(query) -> Any:
    return answers.answer(query)


def keep(*events):
    batch = [Arrived(event, offset) for offset, event in enumerate(events)]
    store.insert(batch, Bounds(uuid4().hex, 0, 0, len(batch)))


def some_events(tenant_id: int, rng: random.Random, number: int):
    """Events of two months, half of them near a change of clocks; some invalid, some tests."""
    for _ in range(number):
        near = rng.choice(CHANGES) + timedelta(seconds=rng.randrange(-10_800, 10_800))
        anywhere = FIRST + timedelta(seconds=rng.randrange(60 * 86_400))
        yield an_event(
            tenant_id=tenant_id,
            ts=rng.choice([near, anywhere]),
            event_type=rng.choice(list(COUNTED)),
            campaign_id=rng.randrange(1, 4),
            country=rng.choice(["CA", "DE"]),
            user_id=rng.choice(["", "a", "b"]),
            cost_micros=rng.randrange(5),
            invalid_reason=rng.choice(["", "", "", "known_bot"]),
            is_test=int(rng.random() < 0.1),
        )


def bucket(moment: datetime, tz: ZoneInfo, granularity: Granularity) -> datetime:
    """Where Python's own clocks put a moment: back to where the local clock shows another unit."""
    moment = moment.replace(second=0, microsecond=0)
    local = moment.astimezone(tz)
    if granularity is Granularity.HOUR:
        while True:
            before = (moment - MINUTES).astimezone(tz)
            if (before.hour, before.utcoffset()) != (local.hour, local.utcoffset()):
                return moment.astimezone(tz)
            moment -= MINUTES
    if granularity is Granularity.MINUTE:
        return local
    back = {Granularity.WEEK: local.weekday(), Granularity.MONTH: local.day - 1}
    day = local.date() - timedelta(days=back.get(granularity, 0))
    return datetime(day.year, day.month, day.day, tzinfo=tz)


def counted(events, query) -> dict[tuple[object, ...], Counter[str]]:
    """The same report in plain Python."""
    rows: dict[tuple[object, ...], Counter[str]] = {}
    for event in events:
        if event.is_test or not query.start <= event.ts < query.end:
            continue
        time = () if query.granularity is Granularity.NONE else (
            bucket(event.ts, query.tz, query.granularity).isoformat(),
        )  # fmt: skip
        row = rows.setdefault((*time, *dimensions_of(event, query)), Counter())
        name = COUNTED[event.event_type]
        row[f"invalid_{name}" if event.invalid_reason else name] += 1
        row["cost_micros"] += 0 if event.invalid_reason else event.cost_micros
    return rows


def dimensions_of(event, query):
    local = event.ts.astimezone(query.tz)
    known = {
        Dimension.CAMPAIGN: event.campaign_id,
        Dimension.COUNTRY: event.country,
        Dimension.HOUR_OF_DAY: local.hour,
        Dimension.DAY_OF_WEEK: local.isoweekday(),
    }
    return tuple(known[each] for each in query.dimensions)


def shown(query, tiers):
    read = planned(query, {}, tiers)
    rows, _ = page.fetch(query, read)
    return {
        tuple(page.names(query, read, row.key).values()): {k: v for k, v in row.sums.items() if v}
        for row in rows
    }


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**32),
    zone=st.sampled_from(ZONES),
    granularity=st.sampled_from(list(Granularity)),
    dimensions=st.lists(
        st.sampled_from(
            [Dimension.CAMPAIGN, Dimension.COUNTRY, Dimension.HOUR_OF_DAY, Dimension.DAY_OF_WEEK]
        ),
        max_size=2,
        unique=True,
    ),
    start=st.integers(0, 30 * 1440),
    length=st.integers(1, 40 * 1440),
)
def test_every_source_gives_what_python_counts(  # noqa: PLR0917 - each is drawn
    event_schema, seed, zone, granularity, dimensions, start, length
):
    tenant_id, rng = next(TENANTS), random.Random(seed)
    events = list(some_events(tenant_id, rng, 120))
    keep(*events)
    query = a_query(
        tenant_id=tenant_id, tz=ZoneInfo(zone), granularity=granularity,
        dimensions=tuple(dimensions), metrics=METRICS, limit=10_000,
        start=FIRST + start * MINUTES, end=FIRST + (start + length) * MINUTES,
    )  # fmt: skip
    wanted = {"impressions", "views", "clicks", "invalid_clicks", "cost_micros"}
    expected = {
        key: {name: count for name, count in row.items() if name in wanted and count}
        for key, row in counted(events, query).items()
    }
    expected = {key: row for key, row in expected.items() if row}
    for tiers in TIERS:
        assert shown(query, tiers) == expected, tiers


@pytest.fixture
def asked(event_store):
    """A query about some events, and the events."""
    events = list(some_events(1, random.Random(5), 400))
    keep(*events)
    query = a_query(
        start=FIRST, end=FIRST + timedelta(days=50), tz=ZoneInfo("America/Toronto"),
        metrics=("clicks", "impressions", "ctr"), limit=10_000,
    )  # fmt: skip
    return query, events


def test_gaps_are_filled_with_zeros_on_days_of_23_and_25_hours(event_store):
    for zone, day, hours in (
        ("America/Toronto", (2026, 11, 1), 25),
        ("America/Toronto", (2026, 3, 8), 23),
        ("Asia/Kathmandu", (2026, 3, 8), 24),
    ):
        tz = ZoneInfo(zone)
        midnight = datetime(*day, tzinfo=tz)
        query = a_query(
            start=midnight, end=midnight + timedelta(days=1), tz=tz,
            granularity=Granularity.HOUR, fill=True, metrics=("clicks", "users"),
        )  # fmt: skip
        rows = answer(query).rows
        assert len(rows) == len({row["time"] for row in rows}) == hours
        assert {(row["clicks"], row["users"]) for row in rows} == {(0, 0)}


def test_filled_rows_are_the_others_and_zeros(asked):
    query, _ = asked
    query = replace(query, granularity=Granularity.DAY, dimensions=(Dimension.CAMPAIGN,))
    plain, filled = answer(query), answer(replace(query, fill=True))
    assert filled.totals == plain.totals
    assert len(filled.rows) == 3 * 51  # 50 days from 20:00 local time touch 51
    kept = [row for row in filled.rows if row["clicks"] or row["impressions"]]
    assert kept == plain.rows


def test_the_top_values_and_the_other_ones_sum_to_the_totals(asked):
    query, _ = asked
    query = replace(query, dimensions=(Dimension.CAMPAIGN,))
    whole = answer(replace(query, order=(Order("clicks", descending=True),)))
    top = answer(replace(query, top=Top(1, "clicks"), order=(Order("clicks", descending=True),)))
    assert [row["campaign_id"] for row in top.rows] == [whole.rows[0]["campaign_id"], "other"]
    assert top.totals == whole.totals
    assert sum(row["clicks"] for row in top.rows) == whole.totals["clicks"]
    rest = top.rows[1]
    assert rest["ctr"] == pytest.approx(rest["clicks"] / rest["impressions"], abs=1e-6)


def test_each_row_carries_the_figures_of_the_period_before(asked):
    query, _ = asked
    middle = FIRST + timedelta(days=25)
    later = replace(
        query, start=middle, dimensions=(Dimension.CAMPAIGN,), compare=Period(FIRST, middle)
    )
    earlier = answer(replace(later, start=FIRST, end=middle, compare=None))
    found = answer(later)
    assert [row["comparison"]["clicks"] for row in found.rows] == [
        row["clicks"] for row in earlier.rows
    ]
    assert found.comparison is not None
    assert found.comparison.totals["clicks"] == earlier.totals["clicks"]
    row = found.rows[0]
    was = row["comparison"]["clicks"]
    assert row["change"]["clicks"] == pytest.approx((row["clicks"] - was) / was, abs=1e-6)


def test_buckets_are_compared_by_their_place(asked):
    query, _ = asked
    middle = FIRST.replace(hour=4) + timedelta(days=20)  # midnight in Toronto
    days = replace(query, granularity=Granularity.DAY, fill=True, tz=ZoneInfo("UTC"))
    later = replace(days, start=middle, end=middle + timedelta(days=5))
    earlier = replace(later, start=middle - timedelta(days=5), end=middle)
    found = answer(replace(later, compare=Period(earlier.start, earlier.end)))
    before = answer(earlier)
    assert [row["comparison"]["clicks"] for row in found.rows] == [
        row["clicks"] for row in before.rows
    ]


def test_having_hides_rows_and_leaves_the_totals(asked):
    query, _ = asked
    query = replace(query, dimensions=(Dimension.CAMPAIGN,))
    whole = answer(query)
    most = max(row["clicks"] for row in whole.rows)
    found = answer(replace(query, having=(Having("clicks", Comparison.GTE, most),)))
    assert [row["clicks"] for row in found.rows] == [most]
    assert found.totals == whole.totals


def test_users_are_those_with_an_id_and_a_valid_event(asked):
    query, _ = asked
    found = answer(replace(query, metrics=("users",)))
    assert (found.totals["users"], found.approximate) == (2, ("users",))
    assert found.sources == ("ad_events_raw",)


def test_filters_nest(asked):
    query, events = asked
    text = Test(Dimension.COUNTRY, Operator.CONTAINS, ("c",))
    found = answer(replace(query, where=Not(text))).totals["clicks"]
    assert found == sum(
        event.country == "DE"
        for event in events
        if event.event_type is EventType.CLICK and not event.invalid_reason and not event.is_test
        and query.start <= event.ts < query.end
    )  # fmt: skip


def test_pages_of_a_filled_report_are_disjoint(asked):
    query, _ = asked
    query = replace(query, granularity=Granularity.DAY, fill=True, limit=20)
    seen = []
    offset: int | None = 0
    while offset is not None:
        part = answer(replace(query, offset=offset))
        seen += [row["time"] for row in part.rows]
        offset = part.next_offset
    assert len(seen) == len(set(seen)) == 51
    assert seen == sorted(seen, key=datetime.fromisoformat)


def test_an_export_streams_every_row_with_its_intervals(asked):
    query, _ = asked
    query = replace(query, dimensions=(Dimension.CAMPAIGN,), limit=1)
    table = run(query)
    rows = list(table.rows)
    assert table.fields == ("campaign_id", *query.metrics, "ctr_low", "ctr_high")
    assert [row["campaign_id"] for row in rows] == [1, 2, 3]
    assert all(set(row) == set(table.fields) for row in rows)
    assert len(list(run(query, 2).rows)) == 2
