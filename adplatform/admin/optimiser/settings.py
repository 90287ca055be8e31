"""How a template learns: engine, goal, when it learns, how much it explores, until when."""

from datetime import date
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from campaigns.models import Template
from optimization.admin.combinations import combinations_of
from optimization.controls import learning_of
from optimization.models import Learning
from optimization.space import parse_ad_id
from tenants.roles import Action

FIELDS: Final = {
    "goal": UnfoldAdminSelectWidget(),
    "objective": UnfoldAdminSelectWidget(),
    "engine": UnfoldAdminSelectWidget(),
    "min_impressions": UnfoldAdminIntegerFieldWidget(),
    "min_clicks": UnfoldAdminIntegerFieldWidget(),
    "max_age_hours": UnfoldAdminDecimalFieldWidget(),
    "exploration_budget": UnfoldAdminDecimalFieldWidget(),
    "q": UnfoldAdminIntegerFieldWidget(),
    "control": UnfoldAdminTextInputWidget(),
    "start_date": UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    "end_date": UnfoldAdminTextInputWidget(attrs={"type": "date"}),
}
LABELS: Final = {
    "min_impressions": "Learn after impressions",
    "min_clicks": "… and clicks",
    "max_age_hours": "… or after hours",
}


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Learning
        fields = list(FIELDS)
        widgets = FIELDS
        labels = LABELS

    def clean_control(self) -> str:
        """A combination of this template, or none."""
        control = str(self.cleaned_data["control"]).strip()
        space = combinations_of(self.instance.template).space
        if control and space.position(parse_ad_id(control) or ()) is None:
            raise ValidationError(f"{control[:60]} is no combination of this template.")
        return control

    def clean_end_date(self) -> date | None:
        """A day to come, or the one that it was."""
        end: date | None = self.cleaned_data["end_date"]
        today = timezone.localdate(timezone=ZoneInfo(self.instance.template.tenant.timezone))
        if end and end != self.instance.end_date and end <= today:
            raise ValidationError("This day is over or ends today: choose a later one, or none.")
        return end


def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Raises Http404, and PermissionDenied for who may only look."""
    model_admin: Any = admin.site.get_model_admin(Template)
    template = cast("Template", model_admin.required_object(request, str(pk), Action.CHANGE))
    back = reverse("admin:optimiser_template", args=[template.pk])
    is_posted = request.method == "POST"
    form = SettingsForm(request.POST if is_posted else None, instance=_learning(template))
    if is_posted and form.is_valid():
        _save(form, template)
        messages.success(request, "The settings hold from the next run on.")
        return redirect(back)
    context = {
        **admin.site.each_context(request),
        "title": f"How {template} learns",
        "form": form,
        "back_url": back,
    }
    return render(request, "admin/optimization/optimiser_settings.html", context)


def _learning(template: Template) -> Learning:
    """The settings, or the defaults, which are not saved."""
    found = Learning.objects.for_tenant(template.tenant_id).filter(template=template).first()
    return found or Learning(template=template, tenant_id=template.tenant_id)


def _save(form: SettingsForm, template: Template) -> None:
    """Only the form's fields: pins, bans and the state may have changed meanwhile."""
    learning = learning_of(template)
    for name in FIELDS:
        setattr(learning, name, form.cleaned_data[name])
    learning.save(update_fields=list(FIELDS))
