"""Which template and segment a page is about."""

from collections.abc import Mapping

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns.models import Template
from optimization.counterfactual import EVERYONE
from tenants.admin.access import access_of
from tenants.roles import Action, Area


class SegmentForm(forms.Form):
    """Ids that are not offered are no choices."""

    segment = forms.ChoiceField(label="Shown to", widget=UnfoldAdminSelectWidget)

    def __init__(self, names: Mapping[int, str], asked: Mapping[str, str]) -> None:
        super().__init__({"segment": asked.get("segment", str(EVERYONE))})
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - it is declared above
        field.choices = [(str(pk), name) for pk, name in names.items()]

    @property
    def chosen(self) -> int:
        return int(self.cleaned_data["segment"]) if self.is_valid() else EVERYONE


def may_change(request: HttpRequest, template: Template) -> bool:
    """Whether the user may hold what learning does with this template."""
    return access_of(request).may(Area.CREATIVE, Action.CHANGE, template.tenant_id)
