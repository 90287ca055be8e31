"""Builders of accounts, people and keys."""

from django.contrib.auth.models import User
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory, Password

from tenants.keys import new_key
from tenants.models import ApiKey, Membership, Tenant
from tenants.roles import Role
from tenants.scopes import Scope

PASSWORD = "correct horse battery staple"


class TenantFactory(DjangoModelFactory[Tenant]):
    class Meta:
        model = Tenant

    name = Sequence(lambda n: f"Tenant {n}")
    slug = Sequence(lambda n: f"tenant-{n}")
    timezone = "America/Toronto"
    currency = "CAD"


class UserFactory(DjangoModelFactory[User]):
    """A member of staff, who can log in to the admin with PASSWORD."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = Sequence(lambda n: f"user-{n}")
    email = LazyAttribute(lambda user: f"{user.username}@example.com")
    password = Password(PASSWORD)
    is_staff = True


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    tenant = SubFactory(TenantFactory)
    user = SubFactory(UserFactory)
    role = Role.MANAGER


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    """A key whose text is known: ``key.text`` (a fact of this test object, not of the row)."""

    class Meta:
        model = ApiKey

    tenant = SubFactory(TenantFactory)
    name = Sequence(lambda n: f"Key {n}")
    scopes = LazyFunction(lambda: [scope.value for scope in Scope])

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = new_key()
        row = super()._create(
            model_class, *args, **{"prefix": made.prefix, "hash": made.hash, **kwargs}
        )
        row.text = made.text
        return row
