"""Statements are bound to a tenant, in their text and in ClickHouse's plan; they hold no values."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adplatform.clients import clickhouse
from reporting import ask, queries
from reporting.conditions import Comparison, Every, Having, Not, Operator, Some, Test
from reporting.dimensions import IN_TIERS
from reporting.funnel_query import FunnelQuery, Step
from reporting.measures import ATTRIBUTED, METRICS
from reporting.query import Dimension, Granularity, Order, ReportQuery, Top
from reporting.reading import planned
from tests.reporting.builders import a_query

EVIL = "x'; DROP TABLE ad_events_raw; --"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def reading(query, top=None):
    return replace(planned(query, {}), top=top)


@pytest.mark.parametrize("build", [queries.rows, queries.totals])
@pytest.mark.parametrize("granularity", list(Granularity))
def test_no_statement_holds_values(build, granularity):
    query = a_query(
        tenant_id=7, dimensions=IN_TIERS, granularity=granularity,
        filters={Dimension.AD: (EVIL,), Dimension.CAMPAIGN: (123_456,)},
        order=(Order("ctr", descending=True),),
    )  # fmt: skip
    sql, params = build(query, reading(query))
    assert sql.count("WHERE tenant_id = %(tenant_id)s AND") == len(set(tables(sql)))
    assert params["tenant_id"] == 7
    assert "DROP" not in sql
    assert "123456" not in sql
    assert set(re.findall(r"%\((\w+)\)s", sql)) <= set(params)


def tables(sql: str) -> list[str]:
    return re.findall(r"FROM (ad_\w+)", sql)


def test_the_order_ends_with_the_rows_own_fields():
    query = a_query(dimensions=(Dimension.AD, Dimension.CAMPAIGN), order=(Order("ad_id", True),))
    sql = queries.rows(query, reading(query)).sql
    assert "ORDER BY out_ad_id DESC, out_campaign_id ASC " in sql


TESTS = st.one_of(
    st.builds(
        Test,
        st.sampled_from([Dimension.CAMPAIGN, Dimension.LINE_ITEM]),
        st.sampled_from([Operator.IS, Operator.IS_NOT, Operator.IN]),
        st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(
        Test,
        st.sampled_from([Dimension.AD, Dimension.COUNTRY, Dimension.INVALID_REASON]),
        st.sampled_from(list(Operator)),
        st.lists(st.text(max_size=5) | st.just(EVIL), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Test, st.just(Dimension.HOUR_OF_DAY), st.just(Operator.IN), st.just((7, 8))),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds(Every, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Some, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)


@st.composite
def asked(draw) -> ReportQuery:
    names = st.lists(st.sampled_from(sorted(METRICS)), min_size=1, max_size=5, unique=True)
    metrics = tuple(draw(names))
    kinds = list(IN_TIERS) if ATTRIBUTED & set(metrics) else list(Dimension)
    dimensions = tuple(draw(st.lists(st.sampled_from(kinds), max_size=3, unique=True)))
    granularity = draw(st.sampled_from(list(Granularity)))
    where = draw(st.none() | (TESTS.filter(lambda test: test.dimension in kinds) | CONDITIONS))
    if ATTRIBUTED & set(metrics):
        where = None if where is None else Test(Dimension.CAMPAIGN, Operator.IN, (1, 2))
    return a_query(
        tenant_id=7, metrics=metrics, dimensions=dimensions, granularity=granularity, where=where,
        start=draw(st.sampled_from([datetime(2026, 11, 1, 0, 7, tzinfo=UTC), NOW])),
        end=datetime(2026, 11, 21, 13, 59, tzinfo=UTC),
        tz=ZoneInfo(draw(st.sampled_from(["UTC", "America/Toronto", "Asia/Kathmandu"]))),
        fill=granularity not in {Granularity.NONE, Granularity.MINUTE} and draw(st.booleans()),
        having=draw(
            st.just(()) | st.builds(lambda name: (Having(name, Comparison.GT, 0.5),),
                                    st.sampled_from(metrics))
        ),
        top=Top(2, metrics[0]) if dimensions and draw(st.booleans()) else None,
        order=(Order(metrics[0], draw(st.booleans())),),
    )  # fmt: skip


def statements(query):
    top = None
    if query.top is not None:
        top = ("a",) if query.dimensions[0].is_text else (1, 2)
        yield queries.top_values(query, reading(query), query.top)
    read = reading(query, top)
    yield from (queries.rows(query, read), queries.totals(query, read))
    key = [1, *([0] if top else []), *(("x" if d.is_text else 1) for d in query.dimensions)]
    if query.granularity is Granularity.NONE:
        key = key[1:]
    if key:
        yield queries.same_rows(query, read, [key])


@pytest.fixture(scope="module")
def two_tenants(event_schema):
    """Rows of two tenants in every table, so that ClickHouse plans to read them."""
    for table in ask.TABLES:
        clickhouse.command(f"TRUNCATE TABLE {table}")
    clickhouse.command(
        "INSERT INTO ad_events_raw (event_time, event_id, tenant_id, event_type, campaign_id, "
        "country, user_id) SELECT toDateTime64('2026-11-01 00:00:00', 3, 'UTC') + number * 600, "
        "generateUUIDv4(), 7 + number % 2, 1 + number % 4, number % 3, 'CA', toString(number % 9) "
        "FROM numbers(4000)"
    )
    clickhouse.command(
        "INSERT INTO ad_conversion_credits (tenant_id, conversion_id, conversion_time, model, kind,"
        " campaign_ids, placement_ids, line_item_ids, creative_ids, template_ids, segment_ids,"
        " ad_ids, credit_ppm, credit_micros, version) SELECT 7 + number % 2, generateUUIDv4(),"
        " toDateTime64('2026-11-01 00:00:00', 3, 'UTC') + number * 60, 'last_touch', 'click', [1],"
        " [1], [1], [1], [1], [1], ['x'], [1000000], [5], 1 FROM numbers(4000)"
    )


def is_filtered(plan_text: str) -> bool:
    """Every table is read by a primary key that is bound to tenant 7."""
    reads = re.split(r"ReadFromMergeTree", plan_text)[1:]
    return bool(reads or "ReadNothing" in plan_text) and all(
        re.search(r"tenant_id in \[7, 7\]", read) for read in reads
    )


@settings(max_examples=60)
@given(st.data())
def test_clickhouse_reads_one_tenant_only(two_tenants, data):
    query = data.draw(asked())
    for statement in statements(query):
        rows = clickhouse.query(f"EXPLAIN indexes = 1 {statement.sql}", statement.params)
        assert is_filtered("\n".join(text for (text,) in rows)), statement.sql


@pytest.mark.parametrize("dimension", [None, Dimension.COUNTRY])
def test_the_funnel_reads_one_tenant_only(two_tenants, dimension):
    query = FunnelQuery(
        tenant_id=7, start=datetime(2026, 11, 1, tzinfo=UTC), end=NOW, tz=ZoneInfo("UTC"),
        dimension=dimension, where=Test(Dimension.AD, Operator.IS_NOT, (EVIL,)),
        steps=(Step.IMPRESSION, Step.CLICK),
    )  # fmt: skip
    for statement in (queries.funnel(query), queries.without_user(query)):
        assert "DROP" not in statement.sql
        rows = clickhouse.query(f"EXPLAIN indexes = 1 {statement.sql}", statement.params)
        assert is_filtered("\n".join(text for (text,) in rows))


@pytest.mark.parametrize("table", ask.TABLES)
def test_a_statement_without_a_filter_still_sees_one_tenant(two_tenants, table):
    statement = queries.Statement(f"SELECT DISTINCT tenant_id FROM {table}", {})
    assert clickhouse.query(f"{statement.sql} ORDER BY 1") == [(7,), (8,)]
    assert ask.rows(statement, 8, "test") == [(8,)]
    assert list(ask.stream(statement, 8, "test")) == [(8,)]


def test_a_report_that_takes_too_long_says_what_to_do(two_tenants, settings):
    settings.REPORT_MAX_MEMORY_BYTES = 1024
    statement = queries.Statement("SELECT groupArray(number) FROM numbers(10000000)", {})
    with pytest.raises(ask.TooMuch, match="shorten the period"):
        ask.rows(statement, 7, "test")
