"""Fail-closed scoping, in Python and in the database."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from campaigns.models import Campaign, LineItem, Placement
from optimization.models import Batch
from tenants.models import ApiKey, Membership, Tenant
from tenants.scoping import TenantQuerySet, UnscopedQuery
from tests.factories import (
    BatchFactory,
    CampaignFactory,
    LineItemFactory,
    MembershipFactory,
    PlacementFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

OWNED = [Campaign, LineItem, Batch, Membership, ApiKey, Tenant]
QUERIES = [
    list,
    len,
    bool,
    lambda rows: rows.count(),
    lambda rows: rows.exists(),
    lambda rows: rows.first(),
    lambda rows: rows.get(pk=1),
    lambda rows: rows.filter(pk=1).delete(),
    lambda rows: rows.update(pk=1),
    lambda rows: list(rows.iterator()),
    lambda rows: list(rows.values_list("pk")),
    lambda rows: rows.aggregate(),
    lambda rows: rows.in_bulk([1]),
]


@pytest.mark.parametrize("model", OWNED)
@pytest.mark.parametrize("query", QUERIES)
def test_an_unscoped_query_raises(model, query):
    with pytest.raises(UnscopedQuery):
        query(model.objects.all())


@pytest.mark.parametrize("app", ["campaigns", "optimization", "reporting", "tenants"])
def test_every_model_of_a_tenant_is_scoped(app):
    for model in apps.get_app_config(app).get_models():
        if model.__name__.startswith("Historical"):
            continue
        assert isinstance(model.objects.all(), TenantQuerySet), model  # type: ignore[attr-defined]


def test_a_member_sees_the_rows_of_the_own_tenants_only():
    mine, other = CampaignFactory(), CampaignFactory()
    member = MembershipFactory(tenant=mine.tenant).user
    assert list(Campaign.objects.for_user(member)) == [mine]
    assert list(Tenant.objects.for_user(member)) == [mine.tenant]
    assert list(Campaign.objects.for_tenant(other.tenant_id)) == [other]
    assert list(Campaign.objects.for_user(UserFactory())) == []


def test_a_superuser_sees_all_and_an_inactive_one_nothing():
    CampaignFactory()
    assert Campaign.objects.for_user(UserFactory(is_superuser=True)).count() == 1
    assert not Campaign.objects.for_user(UserFactory(is_superuser=True, is_active=False)).exists()


@transaction.atomic
def refer(item: LineItem, placement: Placement) -> None:
    """What hand-written SQL could do: no form, no clean()."""
    LineItem.across_tenants.filter(pk=item.pk).update(placement=placement)
    connection.check_constraints()


def test_the_database_refuses_a_reference_to_another_tenants_row():
    foreign = PlacementFactory(tenant=TenantFactory())
    with pytest.raises(IntegrityError):
        refer(LineItemFactory(), foreign)


def test_every_reference_between_tenants_rows_is_guarded_by_the_database():
    """A new foreign key must be added to the ``integrity`` migration of its app."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE %s", ["%same_tenant"])
        guarded = {name for (name,) in cursor.fetchall()}
    wanted = set()
    for app in ("campaigns", "optimization", "rtb"):
        for model in apps.get_app_config(app).get_models():
            for name in getattr(model, "TENANT_PARENTS", ()):
                wanted.add(f"{model._meta.db_table}_{name}_id_same_tenant")
    assert guarded == wanted


def test_deleting_a_tenant_takes_everything_with_it():
    batch = BatchFactory()
    batch.tenant.delete()
    assert Batch.across_tenants.count() == Campaign.across_tenants.count() == 0
