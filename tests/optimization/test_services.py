"""Activation, rolling back, pausing, pins and bans: all at once, in the history, never too much."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from campaigns.models import CreativeAsset, Template
from campaigns.services import new_version
from optimization import controls, services
from optimization.models import Batch, BatchSource, Learning
from tests.factories import (
    BatchFactory,
    LearningFactory,
    RunFactory,
    SegmentFactory,
    TemplateFactory,
)
from tests.optimization.traffic import NOW, ad_ids_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def template() -> Template:
    return TemplateFactory(status="published")


def arms(template: Template, *places: int) -> services.Arms:
    return [{"ad_id": ad_ids_of(template)[place], "weight": 1} for place in places]


def serving(template: Template, segment_id: int | None = None) -> list[str]:
    rows = Batch.across_tenants.filter(template=template, segment=segment_id, is_active=True)
    return [arm["ad_id"] for batch in rows for arm in batch.arms]


def test_activation_keeps_the_batch_before_and_says_when_each_served(template):
    first = services.activate(template=template, batches={None: arms(template, 0)}, now=NOW)[0]
    later = NOW + timedelta(hours=1)
    second = services.activate(template=template, batches={None: arms(template, 1)}, now=later)[0]
    first.refresh_from_db()
    assert (first.is_active, first.activated_at, first.deactivated_at) == (False, NOW, later)
    assert (second.version, second.is_active, second.activated_at) == (2, True, later)
    assert first.history.count() == 2


def test_segments_are_activated_together_or_not_at_all(template):
    segment = SegmentFactory(tenant=template.tenant)
    bad = [{"ad_id": "nonsense", "weight": 1}]
    with pytest.raises(ValidationError):
        services.activate(template=template, batches={None: arms(template, 0), segment.pk: bad})
    assert not Batch.across_tenants.exists()


def test_an_old_batch_that_is_activated_by_hand_serves_again(template):
    old = services.activate_arms(template=template, segment_id=None, arms=arms(template, 0))
    services.activate_arms(template=template, segment_id=None, arms=arms(template, 1))
    old.refresh_from_db()
    services.activate_batch(batch=old, now=NOW)
    assert serving(template) == [ad_ids_of(template)[0]]
    assert (old.activated_at, old.deactivated_at) == (NOW, None)


def test_a_segment_goes_back_to_an_earlier_version(template):
    for place in range(3):
        services.activate_arms(template=template, segment_id=None, arms=arms(template, place))
    back = services.roll_back_segment(template=template, segment_id=None, version=1)
    assert (back.version, back.source) == (4, BatchSource.ROLLBACK)
    assert serving(template) == [ad_ids_of(template)[0]]
    with pytest.raises(ValidationError, match="no version 9"):
        services.roll_back_segment(template=template, segment_id=None, version=9)


def test_a_version_of_which_nothing_may_serve_is_refused(template):
    services.activate_arms(template=template, segment_id=None, arms=arms(template, 0))
    services.activate_arms(template=template, segment_id=None, arms=arms(template, 1))
    controls.ban_combination(template=template, ad_id=ad_ids_of(template)[0])
    with pytest.raises(ValidationError, match="cannot serve again"):
        services.roll_back_segment(template=template, segment_id=None, version=1)
    assert len(serving(template)) == 1


def test_a_whole_run_is_taken_back(template):
    segment = SegmentFactory(tenant=template.tenant)
    services.activate_arms(template=template, segment_id=None, arms=arms(template, 0))
    run = RunFactory(template=template)
    services.activate(
        template=template,
        batches={None: arms(template, 1), segment.pk: arms(template, 2)},
        source=BatchSource.OPTIMISER,
        run=run,
    )
    services.roll_back_run(run=run)
    assert serving(template) == [ad_ids_of(template)[0]]
    assert serving(template, segment.pk) == []


def test_a_run_that_changed_nothing_cannot_be_taken_back(template):
    with pytest.raises(ValidationError, match="changed nothing"):
        services.roll_back_run(run=RunFactory(template=template))


def test_a_template_learns_unless_its_batch_was_chosen_by_hand(template):
    assert not controls.learning_of(template).is_paused
    other = TemplateFactory(status="published")
    BatchFactory(template=other, is_active=True)
    assert controls.learning_of(other).is_paused
    third = TemplateFactory(status="published")
    BatchFactory(template=third, is_active=True, source=BatchSource.OPTIMISER)
    assert not controls.learning_of(third).is_paused


def test_a_new_version_takes_over_the_settings_but_no_list_of_values(template):
    ad_id = ad_ids_of(template)[0]
    LearningFactory(template=template, q=4, goal="value", is_paused=True, banned=[ad_id])
    learning = controls.learning_of(new_version(template))
    assert (learning.q, learning.goal, learning.is_paused) == (4, "value", True)
    assert learning.banned == []


def test_pausing_is_remembered_with_its_history(template):
    controls.pause(template=template)
    controls.pause(template=template, on=False)
    assert [row.is_paused for row in controls.learning_of(template).history.all()] == [
        False,
        True,
        False,
    ]


def test_what_is_pinned_is_no_longer_banned_and_the_other_way_round(template):
    ad_id = ad_ids_of(template)[0]
    assert controls.ban_combination(template=template, ad_id=ad_id).banned == [ad_id]
    learning = controls.pin_combination(template=template, ad_id=ad_id)
    assert (learning.pinned, learning.banned) == ([ad_id], [])
    assert controls.pin_combination(template=template, ad_id=ad_id, on=False).pinned == []
    asset = int(ad_id.split("-")[0])
    assert controls.pin_value(template=template, asset_id=asset).pinned_assets == [asset]
    learning = controls.ban_value(template=template, asset_id=asset)
    assert (learning.pinned_assets, learning.banned_assets) == ([], [asset])


def test_the_last_value_of_a_component_cannot_be_banned(template):
    ids = CreativeAsset.across_tenants.filter(component__name="headline")
    first, second = ids.values_list("pk", flat=True)
    controls.ban_value(template=template, asset_id=first)
    with pytest.raises(ValidationError, match="Nothing would be left"):
        controls.ban_value(template=template, asset_id=second)
    assert Learning.across_tenants.get().banned_assets == [first]


@pytest.mark.parametrize("ad_id", ["", "1", "nonsense", "1-2-3-4-5", "9" * 600])
def test_only_combinations_of_the_template_are_marked(template, ad_id):
    with pytest.raises(ValidationError, match="no combination of this template"):
        controls.ban_combination(template=template, ad_id=ad_id)


def test_only_values_of_the_template_that_may_serve_are_marked(template):
    other = CreativeAsset.across_tenants.filter(component__template=TemplateFactory())[0]
    with pytest.raises(ValidationError, match="no value of this template"):
        controls.ban_value(template=template, asset_id=other.pk)
    own = CreativeAsset.across_tenants.filter(component__template=template)[0]
    CreativeAsset.across_tenants.filter(pk=own.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="switch it on first"):
        controls.pin_value(template=template, asset_id=own.pk)


def notified(change) -> bool:
    """Whether a change tells the web processes to reload."""
    with connection.cursor() as cursor:
        cursor.execute("LISTEN configuration")
    change()
    return bool(list(connection.connection.notifies(timeout=0)))


@pytest.mark.django_db(transaction=True)
def test_bans_and_batches_reach_web_processes_and_states_do_not():
    template = TemplateFactory(status="published")
    controls.learning_of(template)
    notified(lambda: None)
    rows = Learning.across_tenants.filter(template=template)
    assert not notified(lambda: rows.update(state="running", problem="x"))
    assert not notified(lambda: controls.pause(template=template))
    assert notified(
        lambda: controls.ban_combination(template=template, ad_id=ad_ids_of(template)[0])
    )
    assert notified(
        lambda: services.activate_arms(template=template, segment_id=None, arms=arms(template, 1))
    )
