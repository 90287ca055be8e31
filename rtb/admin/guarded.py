"""Rows that must not go while something uses them: an empty choice would mean "all of them"."""

from typing import Any, ClassVar

from django.http import HttpRequest

from tenants.admin.scoping import Rows


class KeptWhileUsed:
    """Deleting names the users instead; ``used_by`` lists their models and many-to-many fields."""

    used_by: ClassVar[list[tuple[type[Any], str]]] = []

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        deleted, counts, missing, protected = found
        return deleted, counts, missing, [*protected, *map(str, self._users(objs))]

    def delete_queryset(self, request: HttpRequest, queryset: Rows) -> None:
        if not self._users(queryset):
            super().delete_queryset(request, queryset)  # type: ignore[misc]

    def _users(self, rows: Any) -> list[Any]:
        ids = [row.pk for row in rows]
        return [
            user
            for model, field in self.used_by
            for user in model.across_tenants.filter(**{f"{field}__in": ids}).distinct()
        ]
