"""List filters that offer only what the user may see."""

from typing import Any

from django.contrib.admin import RelatedOnlyFieldListFilter
from django.db import models
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

__all__ = ["ChoicesDropdownFilter", "VisibleRelatedFilter", "visible_filters"]


class VisibleRelatedFilter(RelatedOnlyFieldListFilter, RelatedDropdownFilter):  # type: ignore[misc]
    """A drop-down with only those parents that visible rows have."""


def visible_filters(model: type[models.Model], filters: Any) -> list[Any]:
    """The filters with every plain foreign key made safe: Django's own would list all tenants'."""
    return [_visible(model, each) for each in filters]


def _visible(model: type[models.Model], each: Any) -> Any:
    if isinstance(each, str) and "__" not in each:
        field = model._meta.get_field(each)  # noqa: SLF001 - Django documents _meta
        if field.is_relation:
            return each, VisibleRelatedFilter
        if getattr(field, "choices", None):
            return each, ChoicesDropdownFilter
    return each
