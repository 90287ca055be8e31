"""Fail-closed tenant scoping: a query that names no tenant raises instead of answering.

``Model.objects`` starts unscoped and must meet ``for_tenant`` or ``for_user`` before it runs.
``Model.across_tenants`` is the one, greppable way around, for code that serves all tenants
(compiling the snapshot, migrations, Django's own integrity checks).
"""

from collections.abc import Iterable
from typing import Any, Self, TypeVar, cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

AnyModel_co = TypeVar("AnyModel_co", bound=models.Model, covariant=True)


class UnscopedQuery(Exception):
    """A query over tenants' rows that names no tenant."""


class TenantQuerySet(models.QuerySet[AnyModel_co]):
    """Refuses to reach the database until it has been scoped."""

    _scoped = False

    def for_tenant(self, tenant_id: int) -> Self:
        return self._scope(self.filter(**{self._tenant_field(): tenant_id}))

    def for_tenants(self, tenant_ids: Iterable[int]) -> Self:
        return self._scope(self.filter(**{f"{self._tenant_field()}__in": list(tenant_ids)}))

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Rows of the tenants that the user is a member of; of all tenants for a superuser."""
        if getattr(user, "is_superuser", False) and user.is_active:
            return self._scope(self.all())
        path = self._tenant_field().removesuffix("_id").removesuffix("pk")
        lookup = f"{path}__memberships__user" if path else "memberships__user"
        return self._scope(self.filter(**{lookup: user.pk}))

    def _tenant_field(self) -> str:
        return cast("str", getattr(self.model, "TENANT_FIELD", "tenant_id"))

    def _scope(self, queryset: Self) -> Self:
        queryset._scoped = True
        return queryset

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._scoped = self._scoped  # noqa: SLF001 - the same class
        return cast("Self", clone)

    def _require_scope(self) -> None:
        if not self._scoped:
            raise UnscopedQuery(
                f"{self.model.__name__}.objects was queried without a tenant: call for_tenant() or "
                "for_user() first, or use across_tenants where all tenants are meant"
            )

    def _fetch_all(self) -> None:
        self._require_scope()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._require_scope()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._require_scope()
        return super().count()

    def exists(self) -> bool:
        self._require_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._require_scope()
        return super().delete()


TenantManager = models.Manager.from_queryset(TenantQuerySet)
