"""Policies as code with the results of their tests, and the record of what policies decided."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from rtb.models import Policy, PolicyDecision
from rtb.models.policy import DENY
from rtb.policies import Policies
from rtb.policies.preview import ads_by_account
from tenants.admin.decorators import action, display
from tenants.admin.forms import TenantModelForm
from tenants.admin.scoping import TenantModelAdmin, TenantScoped
from tenants.roles import Area

SHOWN_ADS = 100
STATES = {"Applies": "success", "Off": "warning", "Not tried": "danger"}
EXAMPLE = """package guardrails

import rego.v1

deny_configuration contains message if {
  input.line_item.cpm > 20
  message := sprintf("a bid of %v is above 20", [input.line_item.cpm])
}

test_twenty_is_allowed if {
  count(deny_configuration) == 0 with input as {"line_item": {"cpm": 20}}
}"""


class PolicyForm(TenantModelForm):
    source = forms.CharField(
        strip=False,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 24, "class": "font-mono", "spellcheck": "false", "placeholder": EXAMPLE}
        ),
        help_text="Rego. deny_configuration is asked about each ad, deny_request about each bid; "
        "rules that begin with test_ are run when you save, and all of them must be true.",
    )


@admin.register(Policy)
class PolicyAdmin(TenantModelAdmin):
    area = Area.MONEY
    form = PolicyForm
    list_display = ["name", "description", "state", "version", "updated_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "description"]
    actions_detail: ClassVar[list[str]] = ["preview"]
    fieldsets = [
        (None, {"fields": [("name", "is_active"), "description"]}),
        ("Rules", {"fields": ["source", "test_results"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "test_results"]

    @display(description="State", ordering="is_active", label=STATES)
    def state(self, policy: Policy) -> str:
        if not policy.is_tried:
            return "Not tried"
        return "Applies" if policy.is_active else "Off"

    @display(description="Its tests")
    def test_results(self, policy: Policy) -> str | SafeString:
        if not policy.pk or not policy.is_tried:
            return "They run when you save."
        if not policy.checks:
            return "It has none. Add rules that begin with test_."
        rows = ((test["name"].removeprefix("test_").replace("_", " "),) for test in policy.checks)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>✓ {}</li>", rows))

    @action(
        description="What does it deny now?",
        permissions=["view"],
        url_path="preview",
        icon="preview",
    )
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Over the ads as they are configured now, also while the policy is off."""
        policy: Policy = self.required_object(request, object_id)
        account = ads_by_account().get(policy.tenant_id)
        policies = Policies.compile({policy.name: policy.source} if policy.is_tried else {})
        denied = list(account.denied_by(policies)) if account else []
        context = {
            **admin.site.each_context(request),
            "title": f"What {policy} denies now",
            "policy": policy,
            "has_exchange": account is not None,
            "ads": len(account.ads) if account else 0,
            "denied": [_shown(ad, denials) for ad, denials in denied[:SHOWN_ADS]],
            "count": len(denied),
            "asks_requests": policies.has_request_rules,
        }
        return render(request, "admin/rtb/policy_preview.html", context)


@admin.register(PolicyDecision)
class PolicyDecisionAdmin(TenantScoped, ModelAdmin):  # type: ignore[misc]
    """Read only: nobody edits the record."""

    area = Area.RESULTS
    list_select_related: ClassVar[list[str]] = ["tenant"]
    list_per_page = 50
    list_display = ["decided_at", "decided", "policy", "line_item_id", "creative_id", "said"]
    list_filter = ["decision", "policy"]
    search_fields = ["policy", "line_item_id", "creative_id"]
    fields = [
        *("tenant", "decided_at", "decided", "policy", "version", "said"),
        *("line_item_id", "creative_id", "input_digest"),
    ]
    readonly_fields = fields

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """A row of another account is not found, whatever is asked of it."""
        if object_id is not None and self.get_object(request, unquote(object_id)) is None:
            raise Http404("no decision with this id")
        return cast(
            "HttpResponse", super().changeform_view(request, object_id, form_url, extra_context)
        )

    def _get_obj_does_not_exist_redirect(self, *_args: object) -> None:
        raise Http404("no decision with this id")

    @display(
        description="Decision",
        ordering="decision",
        label={"Denied": "danger", "Allowed again": "success"},
    )
    def decided(self, row: PolicyDecision) -> str:
        return "Denied" if row.decision == DENY else "Allowed again"

    @display(description="Because")
    def said(self, row: PolicyDecision) -> str:
        return "; ".join(row.messages)


def _shown(ad: Any, denials: Any) -> dict[str, Any]:
    return {
        "line_item": ad.line_item.name,
        "line_item_id": ad.line_item.id,
        "creative_id": ad.creative.id,
        "messages": [message for denial in denials for message in denial.messages],
    }
