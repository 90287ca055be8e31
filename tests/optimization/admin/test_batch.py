"""Batches by hand: checked against the template, activated one at a time."""

import pytest

from campaigns.models import CreativeAsset
from optimization.models import Batch
from optimization.space import format_ad_id
from tenants.roles import Role
from tests.campaigns.admin.pages import address, client_of, submit, text_of
from tests.factories import (
    BatchFactory,
    CombinationRuleFactory,
    SegmentFactory,
    TemplateFactory,
    first_combination,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def template():
    return TemplateFactory()


@pytest.fixture
def client(template):
    return client_of(template.tenant)


def add(client, template, arms="", **changes):
    data = {"template": template.pk, "arms_lines": arms, **changes}
    return submit(client, address(Batch, "add"), **data)


def first(template):
    return format_ad_id(first_combination(template))


def test_lines_become_arms_of_the_templates_campaign(client, template):
    add(client, template, f"{first(template)} 0.5")
    batch = Batch.across_tenants.get()
    assert batch.arms == [{"ad_id": first(template), "weight": 0.5}]
    assert (batch.campaign, batch.tenant) == (template.campaign, template.tenant)
    assert not batch.is_active


def test_json_is_accepted_too(client, template):
    add(client, template, f'[{{"ad_id": "{first(template)}", "weight": 2}}]')
    assert Batch.across_tenants.get().arms[0]["weight"] == 2


def test_combinations_can_be_drawn(client, template):
    add(client, template, draw="5")
    arms = Batch.across_tenants.get().arms
    assert len({arm["ad_id"] for arm in arms}) == 5


@pytest.mark.parametrize(
    "arms", ["", "1-2-3", "nonsense", "12-13 much", "[", '[{"ad_id": 1}]', "[1]"]
)
def test_what_is_no_combination_is_refused(client, template, arms):
    answer = add(client, template, arms)
    assert "arms_lines" in answer.context["adminform"].form.errors
    assert not Batch.across_tenants.exists()


def test_a_value_of_another_template_is_refused(client, template):
    add(client, template, first(TemplateFactory(campaign=template.campaign)))
    assert not Batch.across_tenants.exists()


def test_a_pair_that_a_rule_forbids_is_refused(client, template):
    CombinationRuleFactory(template=template)
    answer = add(client, template, first(template))
    assert "a rule forbids the pair" in text_of(answer)


def test_a_value_that_is_switched_off_is_refused(client, template):
    CreativeAsset.across_tenants.filter(pk=first_combination(template)[0]).update(is_active=False)
    assert "switched off" in text_of(add(client, template, first(template)))


def test_versions_count_up_for_each_segment(client, template):
    segment = SegmentFactory(tenant=template.tenant)
    for chosen in ("", "", segment.pk):
        add(client, template, first(template), segment=chosen)
    versions = Batch.across_tenants.order_by("pk").values_list("segment", "version")
    assert list(versions) == [(None, 1), (None, 2), (segment.pk, 1)]


def test_activating_switches_the_one_before_off(client, template):
    before = BatchFactory(template=template, is_active=True)
    after = BatchFactory(template=template, version=2)
    elsewhere = BatchFactory(
        template=template, segment=SegmentFactory(tenant=template.tenant), is_active=True
    )
    client.get(address(Batch, "activate", after.pk))
    assert list(Batch.across_tenants.filter(is_active=True).order_by("pk")) == [before, elsewhere]
    client.post(address(Batch, "activate", after.pk))
    assert list(Batch.across_tenants.filter(is_active=True).order_by("pk")) == [after, elsewhere]


def test_a_batch_that_serves_is_not_edited(client, template):
    batch = BatchFactory(template=template, is_active=True)
    other = f"{first(template)} 9"
    client.post(address(Batch, "change", batch.pk), {"arms_lines": other})
    assert Batch.across_tenants.get().arms == batch.arms


def test_an_analyst_cannot_activate(template):
    batch = BatchFactory(template=template)
    client = client_of(template.tenant, Role.ANALYST)
    assert client.post(address(Batch, "activate", batch.pk)).status_code == 403
    assert not Batch.across_tenants.get().is_active
