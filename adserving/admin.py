"""The operator's lists of sources, to look at; `manage.py load_ip_list` changes them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from adserving.models import SourceList
from tenants.selectors import is_operator


@admin.register(SourceList)
class SourceListAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "ranges", "loaded_at"]
    fields = ["name", "ranges", "loaded_at"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return is_operator(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
