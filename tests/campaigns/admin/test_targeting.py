"""Targeting as fields: what a marketer types becomes the rule, and comes back as typed."""

import json

import pytest

from campaigns.models import LineItem, Segment
from campaigns.targeting import parse
from tenants.roles import Role
from tests.campaigns.admin.pages import address, client_of, fields_of, submit, text_of
from tests.factories import LineItemFactory, PlacementFactory, SegmentFactory, TenantFactory

pytestmark = pytest.mark.django_db
NESTED = {
    "any": [
        {
            "all": [
                {"dimension": "country", "op": "in", "values": ["CA"]},
                {"dimension": "os", "op": "in", "values": ["ios"]},
            ]
        },
        {"dimension": "country", "op": "in", "values": ["FR"]},
    ]
}


@pytest.fixture
def tenant():
    return TenantFactory()


@pytest.fixture
def client(tenant):
    return client_of(tenant)


@pytest.fixture
def item(tenant):
    return LineItemFactory(campaign__tenant=tenant)


def change(item):
    return address(LineItem, "change", item.pk)


def saved(item):
    item.refresh_from_db()
    return parse(item.targeting_json)


def test_every_field_becomes_a_condition(client, item, tenant):
    SegmentFactory(tenant=tenant, key="planners")
    PlacementFactory(tenant=tenant, key="sidebar")
    submit(
        client,
        change(item),
        country_include=["CA", "US"],
        region_exclude="CA-QC",
        device_type_include=["mobile"],
        os_exclude=["windows"],
        browser_include=["safari"],
        language_include="en, fr-CA",
        segment_include=["planners"],
        placement_exclude=["sidebar"],
        key_values="room_type = kitchen, bathroom\nplan != free",
        dayparts="mon-fri 09:00-17:00\nsat,sun 10:00-12:00",
        excluded_dayparts="every day 22:00-06:00",
    )
    dimensions = [leaf["dimension"] for leaf in saved_json(item)["all"]]
    assert sorted(dimensions) == sorted(
        [
            *("country", "region", "device_type", "os", "browser", "language"),
            *("segment", "placement", "key_value", "key_value", "daypart", "daypart"),
        ]
    )


def saved_json(item):
    item.refresh_from_db()
    return item.targeting_json


def test_a_saved_rule_comes_back_as_it_was_typed(client, item):
    typed = {
        "country_include": ["CA"],
        "region_exclude": ["CA-QC"],
        "key_values": ["room_type = bathroom, kitchen"],
        "dayparts": ["mon-fri 09:00-17:00"],
    }
    submit(client, change(item), **typed)
    before = saved(item)
    fields = fields_of(client, change(item))
    assert {name: fields[name] for name in typed} == typed
    submit(client, change(item))
    assert saved(item) == before


def test_the_page_says_the_rule_in_words(client, item):
    submit(client, change(item), country_include=["CA"])
    assert "the country is Canada (CA)" in text_of(client.get(change(item)))


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("region_include", "Ontario", "CA-ON"),
        ("language_include", "french", "fr"),
        ("key_values", "room_type kitchen", "write it as room_type = kitchen"),
        ("dayparts", "monday morning", "write it as mon-fri 09:00-17:00"),
        ("dayparts", "mon 25:00-26:00", "25:00"),
        ("dayparts", "someday 09:00-10:00", "is not a day"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_saved(client, item, field, typed, said):
    answer = submit(client, change(item), **{field: typed})
    errors = answer.context["adminform"].form.errors
    assert said in str(errors[field])
    assert saved_json(item) == {}


def test_a_country_that_does_not_exist_is_refused(client, item):
    answer = submit(client, change(item), country_include=["ZZ"])
    assert "country_include" in answer.context["adminform"].form.errors


def test_a_segment_of_another_account_is_refused(client, item):
    SegmentFactory(key="foreign")
    answer = submit(client, change(item), segment_include=["foreign"])
    assert "segment_include" in answer.context["adminform"].form.errors
    assert saved_json(item) == {}


def test_a_nested_rule_is_shown_and_kept_as_json(client, item):
    item.targeting_json = NESTED
    item.save()
    fields = fields_of(client, change(item))
    assert fields["targeting_mode"] == ["json"]
    assert parse(json.loads(fields["rule_json"][0])) == parse(NESTED)
    submit(client, change(item))
    assert saved(item) == parse(NESTED)


def test_json_is_checked_like_the_fields(client, item):
    for wrong in ("{", '{"country": ["ZZ"]}', '{"and": []}', "[" * 5000, "null", "NaN"):
        answer = submit(client, change(item), targeting_mode="json", rule_json=wrong)
        assert "rule_json" in answer.context["adminform"].form.errors, wrong
        assert saved_json(item) == {}


def test_a_region_narrows_its_country(client, item):
    submit(client, change(item), country_include=["CA", "US"], region_include="CA-ON")
    assert saved_json(item) == {
        "any": [
            {"dimension": "country", "op": "in", "values": ["US"]},
            {"dimension": "region", "op": "in", "values": ["CA-ON"]},
        ]
    }


def test_what_a_rule_has_and_nobody_offers_any_more_is_kept(client, item):
    item.targeting_json = {"dimension": "segment", "op": "in", "values": ["gone"]}
    item.save()
    submit(client, change(item), name="Renamed")
    assert saved_json(item)["values"] == ["gone"]


def test_a_segment_has_the_same_fields(client, tenant):
    data = {"name": "Planners", "key": "planners", "position": "0"}
    data |= {"key_values": "room_type = kitchen"}
    submit(client, address(Segment, "add"), **data)
    assert Segment.across_tenants.get().rule == {
        "dimension": "key_value",
        "key": "room_type",
        "op": "in",
        "values": ["kitchen"],
    }


def test_somebody_who_may_only_read_sees_the_sentence(tenant, item):
    item.targeting_json = NESTED
    item.save()
    page = text_of(client_of(tenant, Role.ANALYST).get(change(item)))
    assert "the country is France (FR)" in page
    assert "targeting_mode" not in page
