"""The template page: components and values on one page, the linter, versions that never change."""

import pytest
from django.utils.html import escape

from campaigns import library
from campaigns.models import CombinationRule, Component, CreativeAsset, Template
from tenants.roles import Role
from tests.campaigns.admin.pages import address, client_of, fields_of, submit, text_of
from tests.factories import CampaignFactory, TemplateFactory, TenantFactory, first_combination

pytestmark = pytest.mark.django_db
SOURCE = '<h1>{{ headline }}</h1><a href="{{ click_url }}">Open</a>'


@pytest.fixture
def tenant():
    return TenantFactory()


@pytest.fixture
def client(tenant):
    return client_of(tenant)


@pytest.fixture
def campaign(tenant):
    return CampaignFactory(tenant=tenant)


@pytest.fixture
def draft(campaign):
    return TemplateFactory(campaign=campaign, name="Teaser", key="teaser")


def change(template):
    return address(Template, "change", template.pk)


def component(number, name, kind, values, **limits):
    prefix = f"components-{number}"
    data = {f"{prefix}-name": name, f"{prefix}-kind": kind, f"{prefix}-position": str(number)}
    data |= {f"{prefix}-{limit}": value for limit, value in limits.items()}
    data[f"{prefix}-assets-TOTAL_FORMS"] = str(len(values))
    data[f"{prefix}-assets-INITIAL_FORMS"] = "0"
    for index, value in enumerate(values):
        data[f"{prefix}-assets-{index}-value"] = value
        data[f"{prefix}-assets-{index}-is_active"] = "on"
    return data


def new_template(client, campaign, *components, source=SOURCE, **changes):
    data = {
        "campaign": campaign.pk,
        "name": "Teaser",
        "key": "teaser",
        "landing_url": "https://shop.example/floors",
        "source": source,
        "components-TOTAL_FORMS": str(len(components)),
    }
    for each in components:
        data |= each
    return submit(client, address(Template, "add"), **{**data, **changes})


def test_a_template_with_components_and_values_is_made_on_one_page(
    client, campaign, tenant, django_capture_on_commit_callbacks
):
    headline = component(0, "headline", "text", ["Hello", "Hi"], max_length="40")
    with django_capture_on_commit_callbacks(execute=True):
        new_template(client, campaign, headline)
    template, made = Template.across_tenants.get(), Component.across_tenants.get()
    values = CreativeAsset.across_tenants.order_by("pk").values_list("value", "tenant_id")
    assert (template.tenant, template.status, template.version) == (tenant, "draft", 1)
    assert (made.name, made.limits) == ("headline", {"max_length": 40})
    assert list(values) == [("Hello", tenant.pk), ("Hi", tenant.pk)]
    assert library.path_of(template).read_text() == SOURCE


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SOURCE + "<script>alert(1)</script>", "script"),
        (SOURCE + "<p>{{ unknown }}</p>", "unknown"),
        ("<h1>{{ headline }}</h1>", "Add a link that counts clicks"),
        (SOURCE + '<p onclick="x()">x</p>', "onclick"),
    ],
)
def test_an_unsafe_source_is_refused_with_line_and_advice(client, campaign, source, said):
    headline = component(0, "headline", "text", ["Hello"])
    answer = new_template(client, campaign, headline, source=source)
    errors = str(answer.context["adminform"].form.errors["source"])
    assert "Line 1, column" in errors
    assert escape(said) in errors
    assert not Template.across_tenants.exists()


def test_the_linter_knows_components_that_are_posted_with_the_source(client, draft):
    source = draft.source.replace("<body>", "<body><h2>{{ extra }}</h2>")
    answer = submit(client, change(draft), source=source)
    assert "extra" in str(answer.context["adminform"].form.errors["source"])
    extra = component(4, "extra", "text", ["More"])
    submit(client, change(draft), source=source, **{"components-TOTAL_FORMS": "5"}, **extra)
    assert Component.across_tenants.filter(template=draft, name="extra").exists()


def test_a_component_that_the_source_needs_cannot_be_deleted(client, draft):
    answer = submit(client, change(draft), **{"components-0-DELETE": "on"})
    assert "source" in answer.context["adminform"].form.errors
    assert Component.across_tenants.filter(template=draft).count() == 4


@pytest.mark.parametrize(
    ("kind", "value", "limits"),
    [
        ("text", "Hello", {"max_length": "3"}),
        ("color", "greenish", {}),
        ("url", "javascript:alert(1)", {}),
        ("image", "http://cdn.example/a.jpg", {}),
        ("length", "12", {"units": "px"}),
        ("keyword", "left", {}),
    ],
)
def test_a_value_that_does_not_fit_a_new_component_is_refused(
    client, campaign, kind, value, limits
):
    source = '<a href="{{ click_url }}">{{ headline }}</a>'
    headline = component(0, "headline", kind, [value], **limits)
    new_template(client, campaign, headline, source=source)
    assert not Template.across_tenants.exists()


def test_a_value_that_does_not_fit_changed_limits_is_refused(client, draft):
    answer = submit(client, change(draft), **{"components-0-max_length": "5"})
    assert "shorten it to 5" in text_of(answer)
    assert Component.across_tenants.filter(template=draft)[0].limits == {}


def test_limits_that_make_no_sense_are_said_at_their_field(client, draft):
    answer = submit(client, change(draft), **{"components-0-max_length": "0"})
    assert "max_length must be between" in text_of(answer)


def test_saving_a_page_as_it_is_changes_nothing(client, draft):
    before = [list(model.across_tenants.values()) for model in (Template, Component, CreativeAsset)]
    assert "changed successfully" in text_of(submit(client, change(draft)))
    after = [list(model.across_tenants.values()) for model in (Template, Component, CreativeAsset)]
    assert after == before


def test_rules_are_made_between_the_templates_own_values(client, draft, campaign):
    headline, photo, *_ = first_combination(draft)
    foreign = first_combination(TemplateFactory(campaign=campaign))[1]
    rule = {"combination_rules-TOTAL_FORMS": "1", "combination_rules-0-kind": "excludes"}
    rule |= {"combination_rules-0-asset": str(headline)}
    submit(client, change(draft), **rule, **{"combination_rules-0-other": foreign})
    assert not CombinationRule.across_tenants.exists()
    submit(client, change(draft), **rule, **{"combination_rules-0-other": photo})
    assert CombinationRule.across_tenants.get().other_id == photo


def published(client, template):
    assert "starts to serve" in text_of(client.get(address(Template, "publish_it", template.pk)))
    client.post(address(Template, "publish_it", template.pk))
    template.refresh_from_db()
    return template


def test_publishing_makes_the_version_before_it_obsolete(client, draft):
    published(client, draft)
    client.post(address(Template, "new_version_of_it", draft.pk))
    second = Template.across_tenants.get(version=2)
    assert second.status == "draft"
    published(client, second)
    draft.refresh_from_db()
    assert (draft.status, second.status) == ("obsolete", "published")


def test_a_component_without_a_value_is_not_published(client, draft):
    CreativeAsset.across_tenants.filter(component__name="headline").update(is_active=False)
    answer = client.post(address(Template, "publish_it", draft.pk))
    draft.refresh_from_db()
    assert "active asset first: headline" in text_of(answer)
    assert draft.status == "draft"


def test_a_crafted_post_cannot_change_a_published_version(client, draft):
    crafted = fields_of(client, change(draft))
    published(client, draft)
    before = [list(model.across_tenants.values()) for model in (Template, Component, CreativeAsset)]
    crafted |= {"source": [SOURCE], "name": ["Other"], "width": ["1"], "components-0-name": ["x"]}
    crafted |= {"components-0-assets-0-value": ["Other"], "landing_url": ["https://evil.example"]}
    crafted |= {"components-1-DELETE": ["on"], "components-0-assets-1-DELETE": ["on"]}
    crafted |= component(4, "extra", "text", ["More"]) | {"components-TOTAL_FORMS": "5"}
    crafted |= {"components-0-assets-TOTAL_FORMS": "3", "components-0-assets-2-value": "New"}
    for name in ("q", "action"):
        crafted.pop(name, None)
    client.post(change(draft), crafted)
    after = [list(model.across_tenants.values()) for model in (Template, Component, CreativeAsset)]
    assert after == before


def test_values_of_a_published_version_can_be_switched_off_and_on(client, draft):
    published(client, draft)
    data = fields_of(client, change(draft))
    assert "source" not in data
    del data["components-0-assets-1-is_active"]
    client.post(change(draft), data)
    switched = CreativeAsset.across_tenants.filter(component__name="headline").order_by("pk")
    assert [asset.is_active for asset in switched] == [True, False]
    submit(client, change(draft), **{"components-0-assets-1-is_active": "on"})
    assert all(asset.is_active for asset in switched.all())


def test_a_published_version_is_not_deleted_or_published_again(client, draft):
    published(client, draft)
    assert client.post(address(Template, "delete", draft.pk), {"post": "yes"}).status_code == 403
    answer = client.post(address(Template, "publish_it", draft.pk))
    assert "Only a draft can be published" in text_of(answer)


def test_a_button_alone_changes_nothing(client, draft):
    for page in ("publish_it", "new_version_of_it"):
        client.get(address(Template, page, draft.pk))
    assert list(Template.across_tenants.values_list("status", "version")) == [("draft", 1)]


def test_an_analyst_reads_templates_and_changes_nothing(tenant, draft):
    client = client_of(tenant, Role.ANALYST)
    assert client.get(change(draft)).status_code == 200
    for page in ("publish_it", "new_version_of_it"):
        assert client.post(address(Template, page, draft.pk)).status_code == 403
    assert list(Template.across_tenants.values_list("status", "version")) == [("draft", 1)]
