"""Copy tag: the snippet that puts a template into a page, for a placement and a segment."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from unfold.widgets import UnfoldAdminSelectWidget

from adplatform.admin.preview import required_template
from adplatform.tokens import Keyring
from adserving.credentials import Grant
from adserving.links import template_url
from campaigns.models import LineItem, Placement, Segment, Template, TemplateStatus


class TagForm(forms.Form):
    placement = forms.ModelChoiceField(  # type: ignore[var-annotated]
        None,
        required=False,
        empty_label="Anywhere",
        widget=UnfoldAdminSelectWidget,
        help_text="Its allowed sites may show the ad; reports name it.",
    )
    segment = forms.ModelChoiceField(  # type: ignore[var-annotated]
        None,
        required=False,
        empty_label="Everyone",
        widget=UnfoldAdminSelectWidget,
        help_text="Its batch decides which combinations are shown.",
    )
    line_item = forms.ModelChoiceField(  # type: ignore[var-annotated]
        None,
        required=False,
        empty_label="None: impressions cost nothing",
        widget=UnfoldAdminSelectWidget,
        help_text="Its bid is what an impression costs.",
    )

    def __init__(self, template: Template, data: Any) -> None:
        super().__init__(data)
        tenant_id = template.tenant_id
        items = LineItem.objects.for_tenant(tenant_id).filter(campaign_id=template.campaign_id)
        choices: dict[str, Any] = {
            "placement": Placement.objects.for_tenant(tenant_id),
            "segment": Segment.objects.for_tenant(tenant_id),
            "line_item": items,
        }
        for name, rows in choices.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]


def tag(request: HttpRequest, pk: int) -> HttpResponse:
    template = required_template(request, pk)
    form = TagForm(template, request.GET)
    context = {
        **admin.site.each_context(request),
        "title": f"Tag of {template}",
        "template": template,
        "form": form,
        "serves": template.status != TemplateStatus.DRAFT,
        "days": settings.TEMPLATE_CREDENTIALS_DAYS,
    }
    if form.is_valid() and template.status != TemplateStatus.DRAFT:
        context |= snippets(template, form.cleaned_data, datetime.now(UTC))
    response = render(request, "admin/campaigns/tag.html", context)
    response["Cache-Control"] = "no-store"
    return response


def snippets(template: Template, chosen: dict[str, Any], now: datetime) -> dict[str, str]:
    """The tag as a script with a place for it, as a bare iframe, and as an address."""
    placement: Placement | None = chosen.get("placement")
    grant = Grant(
        tenant_id=template.tenant_id,
        campaign_id=template.campaign_id,
        template_id=template.pk,
        segment_id=_id(chosen.get("segment")),
        placement_id=_id(placement),
        line_item_id=_id(chosen.get("line_item")),
    )
    until = now + timedelta(days=settings.TEMPLATE_CREDENTIALS_DAYS)
    url = template_url(
        settings.BASE_URL,
        grant,
        expires_at=int(until.timestamp()),
        keyring=Keyring(settings.TOKEN_KEYS),
    )
    return {
        "url": url,
        "script": _script(url, template),
        "iframe": _iframe(url, template),
    }


def _id(row: Any) -> int:
    return 0 if row is None else int(row.pk)


def _script(url: str, template: Template) -> str:
    size = f'data-width="{template.width}" data-height="{template.height}"'
    return (
        f'<ins class="adplatform" data-src="{escape(url)}" {size}></ins>\n'
        f'<script async src="{escape(settings.BASE_URL)}/ad_server/loader.js"></script>'
    )


def _iframe(url: str, template: Template) -> str:
    return (
        f'<iframe src="{escape(url)}" width="{template.width}" height="{template.height}"\n'
        '  sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox '
        'allow-top-navigation-by-user-activation"\n'
        '  title="Advertisement" loading="lazy" scrolling="no" style="border: 0"></iframe>'
    )
