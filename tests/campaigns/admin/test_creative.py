"""Creatives, and exports of them."""

import pytest

from campaigns.models import Creative
from tests.campaigns.admin.pages import address, client_of, submit, text_of
from tests.factories import LineItemFactory, TemplateFactory, TenantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def item():
    return LineItemFactory(campaign__tenant=TenantFactory())


@pytest.fixture
def client(item):
    return client_of(item.tenant)


def add(client, item, **fields):
    data = {"line_item": item.pk, "name": "Oak", "kind": "image", **fields}
    return submit(client, address(Creative, "add"), **data)


def test_a_picture_gets_the_line_items_account(client, item):
    urls = {"image_url": "https://cdn.example/a.jpg", "landing_url": "https://shop.example/"}
    add(client, item, **urls)
    assert Creative.across_tenants.get().tenant == item.tenant


@pytest.mark.parametrize("landing", ["//evil.example", "javascript:alert(1)", "shop", ""])
def test_a_landing_page_that_is_no_address_is_refused_at_its_field(client, item, landing):
    answer = add(client, item, image_url="https://cdn.example/a.jpg", landing_url=landing)
    assert "landing_url" in answer.context["adminform"].form.errors
    assert not Creative.across_tenants.exists()


def test_a_template_of_another_campaign_is_refused(client, item):
    other = TemplateFactory(campaign__tenant=item.tenant)
    answer = add(client, item, kind="template", template=other.pk)
    assert "same campaign" in text_of(answer)
    assert not Creative.across_tenants.exists()
