"""Bodies of report requests: what they mean, and every refusal named."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.attribution import Model
from reporting import parse
from reporting.body import FunnelBody, QueryBody, decode
from reporting.conditions import Every, Not, Operator, Some, Test
from reporting.funnel_query import FunnelQuery, Step
from reporting.params import BadParameters
from reporting.query import Dimension, Granularity, Order, Period, ReportQuery, Top
from tests.reporting.builders import NOW

DEFAULTS = parse.Defaults(1, "America/Toronto", Model.LINEAR, NOW)


def read(**fields: Any) -> ReportQuery:
    body = {name.rstrip("_"): value for name, value in fields.items()}
    return parse.query(
        decode(json.dumps({"metrics": ["clicks"], **body}).encode(), QueryBody), DEFAULTS
    )


def read_funnel(**fields: Any) -> FunnelQuery:
    return parse.funnel(decode(json.dumps(fields).encode(), FunnelBody), DEFAULTS)


def refused(build=read, **fields) -> dict[str, str]:
    with pytest.raises(BadParameters) as caught:
        build(**fields)
    return caught.value.errors


def a_test(*values, dimension="campaign", **more):
    return {"dimension": dimension, "values": list(values), **more}


def test_what_is_left_out_is_the_tenants():
    query = read()
    assert query.end == datetime(2026, 11, 21, 12, 1, tzinfo=UTC)
    assert query.start == query.end - timedelta(days=7)
    assert (query.tz.key, query.attribution_model) == ("America/Toronto", "linear")
    assert (query.limit, query.min_sample, query.granularity) == (1000, 100, Granularity.NONE)


@pytest.mark.parametrize(
    ("word", "start", "end"),
    [
        ("today", "2026-11-21T00:00-05:00", "2026-11-21T12:01Z"),
        ("yesterday", "2026-11-20T00:00-05:00", "2026-11-21T00:00-05:00"),
        ("this_week", "2026-11-16T00:00-05:00", "2026-11-21T12:01Z"),
        ("last_week", "2026-11-09T00:00-05:00", "2026-11-16T00:00-05:00"),
        ("this_month", "2026-11-01T00:00-04:00", "2026-11-21T12:01Z"),
        ("last_month", "2026-10-01T00:00-04:00", "2026-11-01T00:00-04:00"),
        ("last_28_days", "2026-10-24T00:00-04:00", "2026-11-21T00:00-05:00"),
    ],
)
def test_words_are_periods_in_the_reports_zone(word, start, end):
    query = read(from_=word)
    assert query.start == datetime.fromisoformat(start)
    assert query.end == datetime.fromisoformat(end)


def test_comparisons():
    october = {"from_": "2026-10-02", "to": "2026-11-02"}  # 31 days, one of 25 hours
    before = read(**october, compare="previous_period").compare
    assert before == Period(
        datetime(2026, 9, 1, 4, tzinfo=UTC), datetime(2026, 10, 2, 4, tzinfo=UTC)
    )
    year = read(**october, compare="previous_year").compare
    assert year is not None
    assert year.end == datetime(2025, 11, 2, 4, tzinfo=UTC)
    hours = {"from_": "2026-11-20T10:00", "to": "2026-11-20T12:00"}
    found = read(**hours, compare="previous_period").compare
    assert found is not None
    assert found.start == datetime(2026, 11, 20, 13, tzinfo=UTC)
    chosen = read(compare={"from": "2026-01-01", "to": "2026-01-08"}).compare
    assert chosen is not None
    assert chosen.start == datetime(2026, 1, 1, 5, tzinfo=UTC)
    leap = read(from_="2028-02-29", to="2028-03-01", compare="previous_year").compare
    assert leap is not None
    assert leap.start == datetime(2027, 2, 28, 5, tzinfo=UTC)


def test_today_is_compared_with_yesterday_until_the_same_time():
    found = read(from_="today", compare="previous_period").compare
    assert found == Period(
        datetime(2026, 11, 20, 5, tzinfo=UTC), datetime(2026, 11, 20, 12, 1, tzinfo=UTC)
    )


def test_filters_become_conditions():
    tree = {
        "and": [
            a_test(1, 2, 2),
            {"or": [a_test("x", dimension="ad_id", operator="contains"), {"not": a_test(3)}]},
        ]
    }
    assert read(filters=tree).where == Every(
        (
            Test(Dimension.CAMPAIGN, Operator.IS, (1, 2)),
            Some(
                (
                    Test(Dimension.AD, Operator.CONTAINS, ("x",)),
                    Not(Test(Dimension.CAMPAIGN, Operator.IS, (3,))),
                )
            ),
        )
    )


def test_top_order_and_having():
    query = read(dimensions=["ad_id"], granularity="day", top_n=3, order_by=["-ctr", "time"])
    assert query.top == Top(3, "clicks")
    assert query.order == (Order("ctr", descending=True), Order("time"))


def nested(levels: int):
    tree: dict[str, Any] = a_test(1)
    for _ in range(levels):
        tree = {"not": tree}
    return tree


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("metrics", {"metrics": []}),
        ("metrics[1]", {"metrics": ["clicks", "moons"]}),
        ("metrics[1]", {"metrics": ["clicks", "clicks"]}),
        ("metrics[0]", {"metrics": [1]}),
        ("dimensions[0]", {"dimensions": ["tenant"]}),
        ("dimensions[1]", {"dimensions": ["os", "os"]}),
        ("limit", {"limit": 0}),
        ("limit", {"limit": "many"}),
        ("limit", {"limit": 10**30}),
        ("offset", {"offset": -1}),
        ("compain", {"compain": 1}),
        ("granularity", {"granularity": "fortnight"}),
        ("timezone", {"timezone": "Mars/Olympus"}),
        ("from", {"from_": "soon"}),
        ("from", {"from_": "2026-11-02", "to": "2026-11-02"}),
        ("from", {"from_": "last_9999_days"}),
        ("to", {"from_": "today", "to": "2026-11-22"}),
        ("compare", {"compare": "last_decade"}),
        ("compare.from", {"compare": {"from": "never"}}),
        ("compare.when", {"compare": {"when": "x"}}),
        ("limit", {"compare": "previous_period", "limit": 5000}),
        ("fill", {"fill": True}),
        ("top_n", {"top_n": 3}),
        ("top_n", {"top_by": "clicks"}),
        ("top_n", {"top_n": 0, "dimensions": ["os"]}),
        ("top_by", {"top_n": 1, "top_by": "x", "dimensions": ["os"]}),
        ("min_sample", {"min_sample": -1}),
        ("attribution_model", {"attribution_model": "guess"}),
        ("order_by[0]", {"order_by": ["-campaign"]}),
        ("order_by[1]", {"order_by": ["clicks", "-clicks"]}),
        ("having[0].metric", {"having": [{"metric": "x", "operator": "gt", "value": 1}]}),
        ("having[0].operator", {"having": [{"metric": "ctr", "operator": "=", "value": 1}]}),
        ("having[0].value", {"having": [{"metric": "ctr", "operator": "gt", "value": "1"}]}),
        ("metrics", {"metrics": ["click_conversions"], "dimensions": ["country"]}),
        ("filters", {"filters": {}}),
        ("filters", {"filters": []}),
        ("filters", {"filters": {"and": [], "or": []}}),
        ("filters.and", {"filters": {"and": []}}),
        ("filters.xor", {"filters": {"xor": []}}),
        ("filters.and[1].values", {"filters": {"and": [a_test(1), a_test()]}}),
        ("filters.and[1].values[0]", {"filters": {"and": [a_test(1), a_test("1")]}}),
        ("filters.values[0]", {"filters": a_test(-1)}),
        ("filters.values[0]", {"filters": a_test(24, dimension="hour_of_day")}),
        ("filters.values[0]", {"filters": a_test(1, dimension="country")}),
        ("filters.values[0]", {"filters": a_test("x" * 513, dimension="country")}),
        ("filters.values[0]", {"filters": a_test(1.5)}),
        ("filters.values[0]", {"filters": a_test(True)}),
        ("filters.values", {"filters": a_test(*range(10_000))}),
        ("filters.not.operator", {"filters": {"not": a_test(1, operator="like")}}),
        ("filters.operator", {"filters": a_test(1, operator="contains")}),
        ("filters.dimension", {"filters": a_test(1, dimension="tenant_id")}),
        ("filters", {"filters": {"or": [a_test(1)] * 100}}),
        ("filters" + ".not" * 8, {"filters": nested(8)}),
    ],
)
def test_it_names_the_field_that_is_wrong(field, fields):
    assert list(refused(**fields)) == [field]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"{", b"\xff", b'{"metrics": ["clicks"], "min_sample": NaN}',
        b"[" * 200_000, b'{"filters": ' + b'{"not":' * 30_000, b" " * 300_000,
    ],
)  # fmt: skip
def test_what_is_no_usable_body_is_refused_whole(raw):
    with pytest.raises(BadParameters) as caught:
        decode(raw, QueryBody)
    assert list(caught.value.errors) == ["body"]


def test_a_field_given_twice_is_refused():
    with pytest.raises(BadParameters) as caught:
        decode(b'{"metrics": ["clicks"], "limit": 1, "limit": 2}', QueryBody)
    assert caught.value.errors == {"limit": "given twice"}


def test_a_funnel_has_steps_in_order():
    query = read_funnel(steps=["impression", "click"], dimension="os", window_seconds=60)
    assert query.steps == (Step.IMPRESSION, Step.CLICK)
    assert (query.dimension, query.window_seconds) == (Dimension.OS, 60)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("steps", {"steps": ["click"]}),
        ("steps", {"steps": ["click", "impression"]}),
        ("steps[1]", {"steps": ["click", "buy"]}),
        ("dimension", {"dimension": "hour_of_day"}),
        ("window_seconds", {"window_seconds": 0}),
        ("limit", {"limit": 10**6}),
        ("filters.values[0]", {"filters": a_test("x")}),
        ("filters", {"filters": a_test(1, dimension="hour_of_day")}),
    ],
)
def test_a_bad_funnel_is_named(field, fields):
    assert list(refused(read_funnel, **fields)) == [field]


@pytest.mark.parametrize("start", ["last_0_days", "last_99999_days", "yesteryear"])
def test_a_word_that_means_nothing_gets_those_that_mean_something(start):
    assert refused(from_=start)["from"] == (
        f"'{start}' is none of a date (2026-11-21), an ISO 8601 datetime, today, yesterday, "
        "this_week, last_week, this_month, last_month or last_N_days"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["and", "or", "not", "dimension", "values", "operator", "from"]), inner
        )
    ),
    max_leaves=12,
)
FIELDS = [*QueryBody.__struct_encode_fields__, "moon"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
def test_any_body_becomes_a_query_or_a_named_error(body):
    body = {"metrics": ["clicks"], **body}
    try:
        assert isinstance(
            parse.query(decode(json.dumps(body).encode(), QueryBody), DEFAULTS), ReportQuery
        )
    except BadParameters as exc:
        assert exc.errors  # noqa: PT017
