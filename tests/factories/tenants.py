"""Builders of accounts, people and keys."""

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from tenants.keys import new_key
from tenants.models import ApiKey, Membership, Tenant
from tenants.roles import Role
from tenants.scopes import Scope

PASSWORD = "correct horse battery staple"


class TenantFactory(DjangoModelFactory):
    class Meta:
        model = Tenant

    name = factory.Sequence(lambda n: f"Tenant {n}")
    slug = factory.Sequence(lambda n: f"tenant-{n}")
    timezone = "America/Toronto"
    currency = "CAD"


class UserFactory(DjangoModelFactory):
    """A member of staff, who can log in to the admin with PASSWORD."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user-{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password(PASSWORD)
    is_staff = True


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    tenant = factory.SubFactory(TenantFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.MANAGER


class ApiKeyFactory(DjangoModelFactory):
    """A key whose text is known: ``key.text`` (a fact of this test object, not of the row)."""

    class Meta:
        model = ApiKey

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence(lambda n: f"Key {n}")
    scopes = factory.LazyFunction(lambda: [scope.value for scope in Scope])

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = new_key()
        row = super()._create(
            model_class, *args, **{"prefix": made.prefix, "hash": made.hash, **kwargs}
        )
        row.text = made.text
        return row
