"""How a template learns is set by who may change it, and checked where it is typed."""

import pytest
from django.urls import reverse

from optimization.models import Learning
from optimization.space import format_ad_id
from tenants.roles import Role
from tests.campaigns.admin.pages import client_of, submit, text_of
from tests.factories import LearningFactory, TemplateFactory, TenantFactory, first_combination

pytestmark = pytest.mark.django_db


@pytest.fixture
def template():
    return TemplateFactory(status="published")


@pytest.fixture
def client(template):
    return client_of(template.tenant)


def address(template):
    return reverse("admin:optimiser_settings", args=[template.pk])


def test_the_defaults_are_shown_and_not_saved(client, template):
    assert "5000" in text_of(client.get(address(template)))
    assert not Learning.across_tenants.exists()


def test_settings_are_saved_and_pins_stay(event_store, client, template):
    LearningFactory(template=template, pinned=[format_ad_id(first_combination(template))])
    control = format_ad_id(first_combination(template))
    changes = {"min_clicks": "12", "end_date": "2087-01-31", "control": control}
    answer = submit(client, address(template), **changes)
    assert "hold from the next run on" in text_of(answer)
    learning = Learning.across_tenants.get()
    assert (learning.min_clicks, learning.control) == (12, control)
    assert learning.end_date is not None
    assert len(learning.pinned) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"exploration_budget": "1.5"}, "less than or equal to 1"),
        ({"control": "1-2"}, "is no combination of this template"),
        ({"start_date": "2087-01-02", "end_date": "2087-01-01"}, "The end must be after the start"),
        ({"end_date": "2026-01-31"}, "choose a later one, or none"),
        ({"min_impressions": "0"}, "greater than or equal to 1"),
    ],
)
def test_nonsense_is_refused_where_it_was_typed(client, template, changes, said):
    assert said in text_of(submit(client, address(template), **changes))
    assert not Learning.across_tenants.exists()


def test_who_may_only_look_and_strangers_are_refused(template):
    analyst = client_of(template.tenant, Role.ANALYST)
    assert analyst.get(address(template)).status_code == 403
    assert client_of(TenantFactory()).get(address(template)).status_code == 404
