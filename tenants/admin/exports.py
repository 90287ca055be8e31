"""Exports that stay inside the tenant and open safely in a spreadsheet."""

from typing import Any, ClassVar, cast

from django.http import HttpRequest
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV
from import_export.resources import ModelResource

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value: object) -> object:
    """Text that a spreadsheet would run as a formula gets a leading apostrophe (OWASP)."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


class SafeResource(ModelResource):  # type: ignore[misc]
    """A table whose text cells never start a formula."""

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> object:
        return safe_cell(super().export_field(field, instance, **kwargs))


class TenantExport(ExportMixin):  # type: ignore[misc]
    """A button that downloads the list as it is filtered: the user's tenants' rows as CSV."""

    skip_export_form = True
    formats: ClassVar[list[Any]] = [CSV]

    def get_export_formats(self) -> list[Any]:
        return self.formats

    def has_export_permission(self, request: HttpRequest) -> bool:
        return cast("bool", self.has_view_permission(request))
