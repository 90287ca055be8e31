"""Counts of combinations: only valid traffic, by round and segment, old days and new minutes."""

from datetime import timedelta
from random import Random

import pytest

from campaigns.models import Component, CreativeAsset, Template
from campaigns.services import new_version
from events import store
from events.plan import Bounds
from events.records import Arrived
from events.types import EventType, InvalidReason
from optimization import counts
from optimization.controls import learning_of
from optimization.counts import Scope
from optimization.material import material_of
from optimization.pool import Row
from tests.events.builders import an_event
from tests.factories import SegmentFactory, TemplateFactory
from tests.optimization.traffic import NOW, ad_ids_of, credited, show

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("traffic")]


@pytest.fixture
def template() -> Template:
    return TemplateFactory(status="published")


def scope(template: Template, **fields) -> Scope:
    return Scope(template.tenant_id, template.campaign_id, (template.pk,), **fields)


def read(template: Template, **fields) -> list[Row]:
    return list(counts.read(scope(template, **fields), now=NOW, minute_days=90))


def test_only_valid_events_of_real_visitors_count(template):
    kinds: list[dict[str, object]] = [
        {"event_type": EventType.IMPRESSION},
        {"event_type": EventType.CLICK},
        {"event_type": EventType.CLICK, "invalid_reason": InvalidReason.KNOWN_BOT},
        {"event_type": EventType.IMPRESSION, "is_test": True},
        {"event_type": EventType.CONVERSION, "value_cents": 250},
    ]
    ids: dict[str, object] = {
        "tenant_id": template.tenant_id,
        "campaign_id": template.campaign_id,
        "template_id": template.pk,
        "ad_id": "1-2",
        "ts": NOW,
    }
    events = [Arrived(an_event(**ids, **kind), n) for n, kind in enumerate(kinds)]
    store.insert(events, Bounds("t", 0, 0, len(events) - 1))
    (row,) = read(template)
    assert (row.impressions, row.clicks, row.conversions, row.value_cents) == (1, 1, 1, 250)


def test_a_round_is_the_time_between_two_activations(template):
    began = (NOW - timedelta(hours=2), NOW - timedelta(hours=1))
    for hours, impressions in ((3, 1), (2, 10), (1, 100)):
        show(template, "1-2", impressions, 0, at=NOW - timedelta(hours=hours))
    found = {row.round: row.impressions for row in read(template, rounds=began)}
    assert found == {0: 1, int(began[0].timestamp()): 10, int(began[1].timestamp()): 100}


@pytest.mark.parametrize("days_ago", [0, 1, 87, 88, 89, 90, 365])
def test_every_day_counts_once_whether_its_minutes_are_kept_or_not(template, days_ago):
    show(template, "1-2", 7, 3, at=NOW - timedelta(days=days_ago))
    assert sum(row.impressions for row in read(template)) == 7
    assert counts.totals(template.tenant_id) == {template.pk: (7, 3)}


def test_another_accounts_traffic_is_not_seen(template):
    show(template, "1-2", 7, 3, tenant_id=template.tenant_id + 1)
    assert read(template) == []


def test_late_events_count_once_they_have_arrived(template):
    show(template, "1-2", 7, 3)
    show(template, "1-3", 5, 1)
    rows = read(template)
    before = counts.digest(rows, "s")
    assert before == counts.digest(Random(1).sample(rows, len(rows)), "s")
    show(template, "1-2", 1, 0, at=NOW - timedelta(days=6))
    assert sum(row.impressions for row in read(template)) == 13
    assert counts.digest(read(template), "s") != before
    assert counts.digest(read(template), "other settings") != counts.digest(read(template), "s")


def test_conversions_count_as_attribution_credits_them_to_clicks(template):
    show(template, "1-2", 100, 10, conversions=9)
    credited(template, "1-2", 500_000)
    credited(template, "1-2", 1_000_000)
    credited(template, "1-2", 1_000_000, kind="view")
    credited(template, "1-2", 1_000_000, model="linear")
    (row,) = read(template, model="last_touch")
    assert (row.conversions, row.value_cents) == (1.5, 400.0)
    assert read(template)[0].conversions == 9


def known(template: Template, ad_id: str):
    return material_of(template, learning_of(template)).combination(ad_id)


def test_a_value_that_was_switched_off_or_deleted_keeps_its_history(template):
    ad_id = ad_ids_of(template)[0]
    first, second = (CreativeAsset.across_tenants.get(pk=pk) for pk in ad_id.split("-")[:2])
    first.is_active = False
    first.save()
    second.delete()
    material = material_of(template, learning_of(template))
    combination = material.combination(ad_id)
    assert combination
    assert material.ad_id(combination) == ad_id
    assert not material.grid.usable[0][combination[0]]
    assert not material.grid.usable[1][combination[1]]


def test_a_new_version_goes_on_with_what_the_old_one_learnt_of_equal_values(template):
    learning_of(template)
    ad_id = ad_ids_of(template)[3]
    second = new_version(template)
    material = material_of(second, learning_of(second))
    combination = material.combination(ad_id)
    assert combination
    assert material.ad_id(combination) == ad_ids_of(second)[3]
    assert material.versions == (second.pk, template.pk)
    component = Component.across_tenants.filter(template=second)[0]
    CreativeAsset.across_tenants.filter(component=component).update(value="Another text")
    assert known(second, ad_id) is None


@pytest.mark.parametrize("ad_id", ["", "1", "999999-1-2-3", "x", "1-1-1-1"])
def test_an_unknown_combination_is_no_combination(template, ad_id):
    assert known(template, ad_id) is None


def test_segments_stay_apart(template):
    segment = SegmentFactory(tenant=template.tenant)
    show(template, "1-2", 5, 1)
    show(template, "1-2", 7, 2, segment_id=segment.pk)
    assert {row.segment_id: row.clicks for row in read(template)} == {0: 1, segment.pk: 2}
