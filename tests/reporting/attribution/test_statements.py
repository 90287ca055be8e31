"""Credits, from golden journeys and against an independent reference, on the real engine."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adplatform.clients import clickhouse
from campaigns.attribution import Model
from reporting.attribution import credits as reading
from reporting.attribution import statements
from reporting.attribution.statements import Rule, Scope
from tests.reporting.attribution.journeys import NOW, credited, event, store
from tests.reporting.attribution.reference import expected

GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "attribution").glob("*.json"))
TABLES = ("ad_events_raw", "ad_conversion_credits")
EVIL = "x'; DROP TABLE ad_events_raw; --"


def compute(rule: Rule, *, tenant_id: int = 1, version: int = 1) -> None:
    scope = Scope(tenant_id, rule, NOW - timedelta(days=3000), NOW + timedelta(days=2))
    params = {**scope.params(), "version": version}
    clickhouse.query(statements.insert(scope), params, settings=statements.SETTINGS)


def as_written(found: tuple) -> dict:
    """As in the golden files: ids as small numbers, credits as pairs."""
    kind, by_touch = found
    return {"kind": kind, "credits": {str(k.int): list(v) for k, v in by_touch.items()}}


@pytest.mark.parametrize("path", GOLDEN, ids=[path.stem for path in GOLDEN])
def test_a_journey_is_credited_as_its_file_says(path, event_store):
    written = json.loads(path.read_text("utf-8"))
    names = written["columns"]
    events = []
    for row in written["events"]:
        fields = dict(zip(names, row, strict=True))
        events.append(event(fields.pop("type"), fields.pop("hours_ago"), **fields))
    store(events)
    compute(Rule(**written["rule"]))
    for model, conversions in written["credits"].items():
        found = {str(each.int): as_written(value) for each, value in credited(model).items()}
        assert found == conversions, model


VISITORS = [("a", ""), ("a", "s"), ("", "s"), ("s", ""), ("", "")]
IDS = st.integers(1, 2**128 - 1).map(lambda number: UUID(int=number))
EVENTS = st.builds(
    lambda event_id, kind, hours, visitor, value, reason, is_test, campaign, tenant: event(
        kind, hours, event_id=event_id, user_id=visitor[0], session_id=visitor[1],
        value_cents=value if kind == "CONVERSION" else 0, invalid_reason=reason, is_test=is_test,
        campaign_id=campaign, tenant_id=tenant,
    ),
    IDS,
    st.sampled_from(["CLICK", "VIEW", "IMPRESSION", "CONVERSION", "INTERACTION"]),
    # whole hours make ties and touches exactly on the edge of a window
    st.one_of(st.integers(0, 60).map(float), st.floats(0, 1500)),
    st.sampled_from(VISITORS),
    st.one_of(st.integers(-10_000, 10_000), st.integers(-(10**14), 10**14)),
    st.sampled_from(["", "", "", "known_bot"]),
    st.sampled_from([False, False, False, True]),
    st.integers(0, 3),
    st.sampled_from([1, 1, 1, 2]),
)  # fmt: skip
RULES = st.builds(
    Rule, st.sampled_from([0, 1, 24, 720, 2160]), st.sampled_from([0, 1, 24, 720]),
    st.sampled_from(["viewable", "impression"]),
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, max_size=25, unique_by=lambda each: each.event_id), RULES)
def test_random_journeys_are_credited_as_the_reference_says(event_store, events, rule):
    for table in TABLES:
        clickhouse.command(f"TRUNCATE TABLE {table}")
    store(events)
    for tenant_id in (1, 2):
        compute(rule, tenant_id=tenant_id)
        own = [each for each in events if each.tenant_id == tenant_id]
        for model in Model:
            assert credited(model, tenant_id=tenant_id) == expected(own, rule, model)
            assert_sums_are_exact(own, tenant_id, model)
    assert clickhouse.query("SELECT count() FROM ad_conversion_credits WHERE tenant_id > 2") == [
        (0,)
    ]


def assert_sums_are_exact(events, tenant_id, model):
    converted = [
        each
        for each in events
        if each.event_type == "CONVERSION" and not each.invalid_reason and not each.is_test
    ]
    [sums] = clickhouse.query(
        "SELECT sum(arraySum(credit_ppm)), sum(arraySum(credit_micros)) "
        "FROM ad_conversion_credits FINAL WHERE tenant_id = %(tenant)s AND model = %(model)s",
        {"tenant": tenant_id, "model": model},
    )
    assert sums == (
        len(converted) * reading.PPM,
        sum(each.value_cents for each in converted) * reading.MICROS_PER_CENT,
    )


def test_a_visitor_with_thousands_of_touches_is_credited_for_the_newest_500(event_store):
    touches = [event("CLICK", 700 - number / 2, event_id=number + 1) for number in range(1300)]
    conversions = [event("CONVERSION", hours, event_id=10_000 + hours) for hours in (60, 250, 699)]
    store([*touches, *conversions])
    compute(Rule(720, 24))
    for model in Model:
        assert credited(model) == expected([*touches, *conversions], Rule(720, 24), model)
    assert len(credited(Model.LINEAR)[UUID(int=10_060)][1]) == 500


def test_a_value_beyond_what_micros_can_hold_counts_as_the_largest(event_store):
    store([event("CONVERSION", 1, event_id=1, value_cents=2**63 - 1)])
    store([event("CONVERSION", 1, event_id=2, value_cents=-(2**63) + 1)])
    compute(Rule(720, 24))
    most = statements.MAX_CENTS * reading.MICROS_PER_CENT
    found = credited(Model.LINEAR)
    assert found[UUID(int=1)][1][UUID(int=0)] == (reading.PPM, most)
    assert found[UUID(int=2)][1][UUID(int=0)] == (reading.PPM, -most)


def test_what_has_not_changed_is_not_written_again(event_store):
    store([event("CLICK", 2), event("CONVERSION", 1)])
    compute(Rule(720, 24), version=1)
    compute(Rule(720, 24), version=2)
    assert clickhouse.query("SELECT DISTINCT version FROM ad_conversion_credits") == [(1,)]


@pytest.mark.parametrize("stored_after", [None, NOW])
def test_every_statement_is_bound_to_its_tenant_and_holds_no_values(stored_after):
    scope = Scope(7, Rule(721, 25), NOW, NOW + timedelta(hours=1), stored_after)
    params = scope.params() | {"version": 99_999, "conversion_ids": (EVIL,)}
    for sql in (
        statements.news(), statements.conversions_by_hour(scope), statements.insert(scope),
        statements.tally(), statements.orphans(), statements.deletion(),
    ):  # fmt: skip
        tables = sql.count("FROM ad_events_raw") + sql.count("FROM ad_conversion_credits")
        assert sql.count("tenant_id = %(tenant_id)s") >= max(tables, 1)
        for value in ("721", "99999", "DROP"):
            assert value not in sql
        assert sql % {name: f"<{name}>" for name in params}
