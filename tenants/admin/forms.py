"""The form under every tenant-owned admin page: the tenant is known before anything is checked."""

from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from unfold.forms import PaginationInlineFormSet

from tenants.models import Tenant


class TenantModelForm(forms.ModelForm):  # type: ignore[type-arg]
    """Takes the row's tenant from its parents, or from the one account the user works for.

    Constraints are checked over all fields, also those that the page does not show (Django leaves
    them to the database, whose answer would be an error page).
    """

    sole_tenant_id: ClassVar[int | None] = None  # set by the model admin on its own subclass
    parent_row: Any = None  # set by the formset on children, as is the name of its field
    parent_field: str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.sole_tenant_id and "tenant" not in self.fields:
            self._settle_tenant(self.sole_tenant_id)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.parent_row is not None:
            self._settle_tenant(row_tenant_id(self.parent_row))
        for name in getattr(self._meta.model, "TENANT_PARENTS", ()):
            if cleaned.get(name) is not None:
                self._settle_tenant(cleaned[name].tenant_id)
        return cleaned

    def _settle_tenant(self, tenant_id: int | None) -> None:
        if not isinstance(self.instance, Tenant) and not self.instance.tenant_id:
            self.instance.tenant_id = tenant_id

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            self._check_constraints()

    def _check_constraints(self) -> None:
        exclude = {
            field.name
            for field in self.instance._meta.concrete_fields  # noqa: SLF001 - Django's public _meta
            if isinstance(field, models.ForeignKey)
            and (not field.null or field.name == self.parent_field)
            and getattr(self.instance, field.attname) is None
        }
        try:
            self.instance.validate_unique(exclude=exclude)
            self.instance.validate_constraints(exclude=exclude)
        except ValidationError as exc:
            self._update_errors(exc)

    def _update_errors(self, errors: ValidationError) -> None:
        """What is wrong with a field that the page does not show is said above the form."""
        if hasattr(errors, "error_dict"):
            found = errors.error_dict
            for name in [name for name in found if name not in self.fields]:
                if name != NON_FIELD_ERRORS:
                    found.setdefault(NON_FIELD_ERRORS, []).extend(found.pop(name))
        super()._update_errors(errors)  # type: ignore[misc]


class TenantInlineFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """Children get their parent, saved or not, and the parent's tenant."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)
        form.parent_row, form.parent_field = self.instance, self.fk.name
        setattr(form.instance, self.fk.name, self.instance)
        return form

    def save_new(self, form: Any, commit: bool = True) -> Any:  # noqa: FBT001, FBT002
        form.instance.tenant_id = row_tenant_id(self.instance)
        return super().save_new(form, commit=commit)


def row_tenant_id(row: Any) -> int | None:
    """The tenant that a row belongs to; a tenant belongs to itself."""
    return cast("int | None", row.pk if isinstance(row, Tenant) else row.tenant_id)
