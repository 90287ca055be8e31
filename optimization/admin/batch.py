"""Batches: the combinations that serve to a segment; made by the optimiser or by hand."""

from random import SystemRandom
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from campaigns.models import Template
from optimization.admin.arms import ArmsRejected, arms_text, check_arms, drawn_arms, read_arms
from optimization.admin.combinations import combinations_of
from optimization.models import Batch
from optimization.services import activate_batch
from optimization.space import MAX_BATCH_ARMS, parse_ad_id
from tenants.admin.decorators import action, display
from tenants.admin.forms import TenantModelForm
from tenants.admin.pages import Question, confirm
from tenants.admin.scoping import TenantModelAdmin
from tenants.roles import Action, Area

SHOWN_ARMS = 50


class BatchForm(TenantModelForm):
    arms_lines = forms.CharField(
        label="Combinations and weights",
        required=False,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 10, "class": "font-mono", "placeholder": "12-31-40 0.5"}
        ),
        help_text="One a line: the ad_id (as reports show it) and its weight. A weight of 2 is "
        "shown twice as often as a weight of 1.",
    )
    draw = forms.IntegerField(
        label="… or draw this many at random",
        required=False,
        min_value=1,
        max_value=MAX_BATCH_ARMS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Fills the list with different combinations of equal weight.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["arms_lines"] = arms_text(self.instance.arms or [])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        template: Template | None = cleaned.get("template") or (
            self.instance.template if self.instance.template_id else None
        )
        if template is None or "arms_lines" not in self.fields:
            return cleaned
        self.instance.campaign_id = template.campaign_id
        try:
            self.instance.arms = self._arms(cleaned, template)
        except (ArmsRejected, ValidationError) as exc:
            said = exc.messages if isinstance(exc, ValidationError) else [str(exc)]
            self.add_error("arms_lines", said)
        if self.instance._state.adding:  # noqa: SLF001 - Django's own flag of a new row
            self.instance.version = next_version(template, cleaned.get("segment"))
        return cleaned

    def _arms(self, cleaned: dict[str, Any], template: Template) -> list[dict[str, object]]:
        combinations = combinations_of(template)
        typed = str(cleaned.get("arms_lines") or "")
        if not typed.strip() and cleaned.get("draw"):
            return drawn_arms(combinations, cleaned["draw"], SystemRandom())
        arms = read_arms(typed)
        check_arms(arms, combinations)
        return arms


def next_version(template: Template, segment: Any) -> int:
    rows = Batch.objects.for_tenant(template.tenant_id).filter(template=template, segment=segment)
    latest = rows.aggregate(latest=Max("version"))["latest"]
    return int(latest or 0) + 1


@admin.register(Batch)
class BatchAdmin(TenantModelAdmin):
    area = Area.CREATIVE
    form = BatchForm
    list_display = ["template", "segment_name", "version", "state", "size", "created_at"]
    list_select_related = ["template", "segment", "campaign"]
    list_filter = ["is_active", "campaign", "template", "segment"]
    search_fields = ["template__name", "segment__name"]
    actions_detail = ["activate"]
    autocomplete_fields = ["template"]
    fieldsets = [
        (
            None,
            {
                "fields": [("template", "segment"), "arms_lines", "draw"],
                "description": "Without a batch, all combinations of a template are shown equally "
                "often. A batch limits them and sets how often each is shown.",
            },
        )
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A batch that serves, or somebody who may only read, sees the list as it is."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        title, options = fieldsets[0]
        tenant = [name for name in options["fields"] if name == "tenant"]
        fixed = obj.is_active or not self.has_change_permission(request, obj)
        body = ["combinations"] if fixed else ["arms_lines", "draw"]
        names = [*tenant, ("template", "segment"), ("version", "state"), *body]
        return [(title, {**options, "fields": names})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj), "state", "version", "combinations"]
        return fields if obj is None else [*fields, "template", "segment"]

    @display(description="Segment", ordering="segment__name")
    def segment_name(self, batch: Batch) -> str:
        return str(batch.segment or "Everyone else")

    @display(description="State", label={"Serving": "success", "Not serving": "warning"})
    def state(self, batch: Batch) -> str:
        return "Serving" if batch.is_active else "Not serving"

    @display(description="Combinations")
    def size(self, batch: Batch) -> int:
        return len(batch.arms)

    @display(description="Combinations")
    def combinations(self, batch: Batch) -> SafeString:
        assets = combinations_of(batch.template).assets
        total = sum(float(arm["weight"]) for arm in batch.arms)
        rows = (
            (
                f"{float(arm['weight']) / total:.1%}",
                arm["ad_id"],
                " · ".join(str(assets.get(pk, pk)) for pk in parse_ad_id(arm["ad_id"]) or ()),
            )
            for arm in batch.arms[:SHOWN_ARMS]
        )
        row = '<tr><td class="pr-4">{}</td><td class="pr-4 font-mono">{}</td><td>{}</td></tr>'
        table = format_html("<table>{}</table>", format_html_join("", row, rows))
        more = len(batch.arms) - SHOWN_ARMS
        return format_html("{}{}", table, f"and {more} more" if more > 0 else "")

    @action(description="Activate", permissions=["change"], url_path="activate", icon="play_arrow")
    def activate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        batch = self.required_object(request, object_id, Action.CHANGE)
        back = reverse("admin:optimization_batch_change", args=[batch.pk])
        if request.method == "POST":
            activate_batch(batch=batch)
            self.message_user(request, f"“{batch}” serves from now on.", messages.SUCCESS)
            return redirect(back)
        text = "It serves within seconds; the batch that serves now is kept, switched off."
        return confirm(request, Question(f"Activate {batch}?", text, "Activate", back))
