"""Another tenant's rows do not exist in the admin: every registered page, every way in."""

from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.forms import ModelChoiceField
from django.test import Client, RequestFactory
from django.urls import reverse

from campaigns.models import LineItem, Template
from tenants.models import Tenant, TenantOwned
from tests.factories import UserFactory
from tests.factories.world import build_world, owned_models

pytestmark = pytest.mark.django_db
REGISTRY: dict[Any, Any] = dict(admin.site._registry)
PAGES = [model for model in REGISTRY if issubclass(model, (Tenant, TenantOwned))]
OPERATORS_ONLY = [model for model in REGISTRY if model not in PAGES]


def _ids(models):
    return [model._meta.label for model in models]


EXPORTED = [model for model in PAGES if hasattr(REGISTRY[model], "export_action")]
VERSIONED = [model for model in PAGES if hasattr(model, "history")]
each_page = pytest.mark.parametrize("model", PAGES, ids=_ids(PAGES))


@pytest.fixture
def mine():
    return build_world("Mine")


@pytest.fixture
def foreign():
    return build_world("Foreign")


@pytest.fixture
def client(mine):
    client = Client()
    client.force_login(mine.owner)
    return client


@pytest.fixture
def request_of_mine(mine):
    request = RequestFactory().get("/admin/")
    request.user = mine.owner
    return request


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def own_pages(model):
    """Names of the row's pages: Django's, the history's, and those of our own buttons."""
    actions = [each.action_name for each in REGISTRY[model]._get_base_actions_detail()]
    prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
    return ["change", "delete", "history", *(name.removeprefix(prefix) for name in actions)]


@each_page
def test_the_list_shows_my_rows_only(model, client, mine, foreign):
    text = client.get(url(model, "changelist")).content.decode()
    assert str(mine.row(model).pk) in text
    assert "Foreign" not in text
    assert url(model, "change", foreign.row(model).pk) not in text


@each_page
def test_a_search_finds_my_rows_only(model, client, mine, foreign):
    text = client.get(url(model, "changelist"), {"q": "Foreign"}).content.decode()
    assert url(model, "change", foreign.row(model).pk) not in text


@each_page
def test_pages_of_a_foreign_row_are_not_found_and_change_nothing(model, client, mine, foreign):
    before = foreign.rows()
    for page in own_pages(model):
        address = url(model, page, foreign.row(model).pk)
        answers = {
            client.get(address).status_code,
            client.post(address, {"post": "yes"}).status_code,
        }
        assert answers <= {403, 404}, (page, answers)
        if page in {"change", "history"}:
            assert answers == {404}
    assert foreign.rows() == before


@pytest.mark.parametrize("model", VERSIONED, ids=_ids(VERSIONED))
def test_old_versions_of_a_foreign_row_are_not_found(model, client, mine, foreign):
    version = model.history.filter(**{model._meta.pk.name: foreign.row(model).pk}).first()
    address = url(model, "simple_history", foreign.row(model).pk, version.pk)
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


@each_page
def test_forms_offer_and_accept_my_rows_only(model, request_of_mine, mine, foreign):
    form = REGISTRY[model].get_form(request_of_mine)
    for name, rows in choices_of(form):
        assert mine.row(rows.model) in list(rows)
        assert foreign.row(rows.model) not in list(rows)
        assert name in form({name: foreign.row(rows.model).pk}).errors


@each_page
def test_inlines_offer_my_rows_only(model, request_of_mine, mine, foreign):
    row = mine.row(model)
    REGISTRY[model].get_form(request_of_mine, row)
    for formset, _ in REGISTRY[model].get_formsets_with_inlines(request_of_mine, row):
        for _, rows in choices_of(formset.form):
            assert foreign.row(rows.model) not in list(rows)


def choices_of(form) -> list[tuple[str, Any]]:
    """The form's choices among tenants' rows: the field's name and its queryset."""
    fields: dict[str, Any] = form.base_fields
    return [
        (name, field.queryset)
        for name, field in fields.items()
        if isinstance(field, ModelChoiceField)
        and field.queryset is not None
        and issubclass(field.queryset.model, (Tenant, TenantOwned))
    ]


@each_page
def test_autocompletes_find_my_rows_only(model, client, mine, foreign):
    for name in REGISTRY[model].autocomplete_fields:
        query = {
            "app_label": model._meta.app_label,
            "model_name": model._meta.model_name,
            "field_name": name,
        }
        found = client.get(reverse("admin:autocomplete"), query | {"term": ""}).json()["results"]
        target = model._meta.get_field(name).remote_field.model
        ids = {each["id"] for each in found}
        assert str(mine.row(target).pk) in ids
        assert str(foreign.row(target).pk) not in ids


@pytest.mark.parametrize("model", EXPORTED, ids=_ids(EXPORTED))
def test_exports_hold_my_rows_only(model, client, mine, foreign):
    text = client.get(url(model, "export")).content.decode()
    assert "Mine" in text
    assert "Foreign" not in text


@each_page
def test_list_actions_leave_foreign_rows_alone(model, client, mine, foreign, request_of_mine):
    before = foreign.rows()
    for action in REGISTRY[model].get_actions(request_of_mine):
        data = {"action": action, "_selected_action": [foreign.row(model).pk], "post": "yes"}
        client.post(url(model, "changelist"), data)
        client.post(url(model, "changelist"), data | {"select_across": "1"})
    assert foreign.rows() == before


@each_page
def test_filters_by_foreign_ids_find_nothing(model, client, mine, foreign):
    for parent in owned_models():
        try:
            model._meta.get_field(parent._meta.model_name)
        except FieldDoesNotExist:
            continue
        query = {f"{parent._meta.model_name}__id__exact": foreign.row(parent).pk}
        text = client.get(url(model, "changelist"), query).content.decode()
        assert url(model, "change", foreign.row(model).pk) not in text
        assert "Foreign" not in text


@pytest.mark.parametrize("model", OPERATORS_ONLY, ids=_ids(OPERATORS_ONLY))
def test_pages_of_operators_are_closed_to_owners(model, client):
    assert client.get(url(model, "changelist")).status_code == 403
    assert client.get(url(model, "add")).status_code == 403


@pytest.mark.parametrize("page", ["why", "preview", "frame", "tag"])
def test_our_own_pages_do_not_know_foreign_rows(page, client, foreign):
    row = foreign.row(LineItem if page == "why" else Template)
    assert client.get(reverse(f"admin:{page}", args=[row.pk])).status_code == 404


@pytest.mark.parametrize("page", ["index", "results"])
def test_overview_and_results_do_not_know_foreign_accounts(page, client, foreign):
    assert client.get(reverse(f"admin:{page}"), {"account": foreign.tenant.pk}).status_code == 404
    assert "Foreign" not in client.get(reverse(f"admin:{page}")).content.decode()


def test_a_member_of_nothing_sees_nothing(foreign):
    client = Client()
    client.force_login(UserFactory())
    assert "not a member of any account" in client.get(reverse("admin:index")).content.decode()
    for model in PAGES:
        assert client.get(url(model, "changelist")).status_code == 403
