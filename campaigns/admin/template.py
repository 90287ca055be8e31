"""Templates: source, components, values and rules on one page; publish, and make new versions."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns.admin.components import ComponentInline, FrozenWhenPublished, is_draft
from campaigns.models import CombinationRule, CreativeAsset, Template, TemplateStatus
from campaigns.services import new_version, publish, save_draft
from tenants.admin.decorators import action, display
from tenants.admin.forms import TenantModelForm
from tenants.admin.pages import Question, confirm
from tenants.admin.scoping import TenantModelAdmin, TenantTabularInline
from tenants.roles import Action, Area

STATUS_COLORS = {"Draft": "primary", "Published": "success", "Obsolete": "warning"}
EXAMPLE = """<!doctype html>
<html>
<body>
  <h1>{{ headline }}</h1>
  <a href="{{ click_url }}">{{ cta }}</a>
</body>
</html>"""


class TemplateForm(TenantModelForm):
    source = forms.CharField(
        strip=False,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 22, "class": "font-mono", "spellcheck": "false", "placeholder": EXAMPLE}
        ),
        help_text="HTML. {{ headline }} stands for the component called headline; "
        "&lt;a href=&quot;{{ click_url }}&quot;&gt; is the link that counts clicks. Scripts are "
        "not allowed.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.editor = self  # the components' formset reports what the linter finds here


class CombinationRuleInline(FrozenWhenPublished, TenantTabularInline):
    area = Area.CREATIVE
    model = CombinationRule
    fields = ["asset", "kind", "other"]
    verbose_name_plural = "combination rules"
    tab = True

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        template = getattr(request, "edited_template", None)
        if isinstance(field, ModelChoiceField) and field.queryset is not None:
            of_template = {"component__template": template} if template else {"pk": None}
            field.queryset = field.queryset.filter(**of_template).select_related("component")
            field.label_from_instance = _asset_label  # type: ignore[assignment, method-assign]
        return field


def _asset_label(asset: CreativeAsset) -> str:
    return f"{asset.component.name}: {asset}"


@admin.register(Template)
class TemplateAdmin(TenantModelAdmin):
    area = Area.CREATIVE
    form = TemplateForm
    list_display = ["name", "version", "state", "campaign", "size", "published_at"]
    list_select_related = ["campaign"]
    list_filter = ["status", "campaign"]
    search_fields = ["name", "key", "campaign__name"]
    autocomplete_fields = ["campaign"]
    inlines = [ComponentInline, CombinationRuleInline]
    actions_detail = ["preview", "tag", "learnt", "new_version_of_it", "publish_it"]
    prepopulated_fields = {"key": ["name"]}
    fieldsets = [
        (None, {"fields": ["campaign", ("name", "key"), ("width", "height"), "landing_url"]}),
        ("Source", {"fields": ["source"]}),
    ]

    class Media:
        js = ["campaigns/template_editor.js"]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        request.edited_template = obj  # type: ignore[attr-defined]  # the inlines ask
        return super().get_form(request, obj, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        if not (is_draft(obj) and self.has_change_permission(request, obj)):
            fieldsets[-1] = ("Source", {"fields": ["source_shown"]})
        return [(None, {"fields": [("state", "versions")]}), *fieldsets]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj), "state", "versions"]
        if obj is None:
            return fields
        if is_draft(obj):
            return [*fields, "campaign", "key"] if obj.version > 1 else [*fields, "campaign"]
        own = ["campaign", "name", "key", "width", "height", "landing_url"]
        return [*fields, *own, "source_shown"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_prepopulated_fields(request, obj) if obj is None else {}

    @display(description="Status", ordering="status", label=STATUS_COLORS)
    def state(self, template: Template) -> str:
        return str(template.get_status_display())

    @display(description="Source")
    def source_shown(self, template: Template) -> SafeString:
        return format_html('<pre class="adp-code">{}</pre>', template.source)

    @display(description="Size")
    def size(self, template: Template) -> str:
        return f"{template.width} x {template.height}"

    @display(description="All versions")
    def versions(self, template: Template) -> SafeString:
        rows = Template.objects.for_tenant(template.tenant_id).filter(
            campaign_id=template.campaign_id, key=template.key
        )
        links = (
            (
                reverse("admin:campaigns_template_change", args=[row.pk]),
                row.version,
                row.get_status_display().lower(),
                " (this page)" if row.pk == template.pk else "",
            )
            for row in rows.order_by("-version")
        )
        link = '<li><a class="text-primary-600 underline" href="{}">Version {}</a>, {}{}</li>'
        return format_html("<ul>{}</ul>", format_html_join("", link, links))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if isinstance(obj, Template) and not is_draft(obj):
            return False  # pages out there may still show it
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:  # noqa: ARG002
        """Drafts are saved with their file; of a published version only assets can change."""
        self._require(request, Action.CHANGE if change else Action.ADD, obj)
        if change and not self._still_draft(obj):
            if not is_draft(obj):
                return
            raise PermissionDenied("This version was published meanwhile.")
        obj._history_user = request.user  # noqa: SLF001 - the name that simple_history reads
        save_draft(obj)

    def _still_draft(self, template: Template) -> bool:
        """As the database says now; locked, so that nobody publishes it half-saved."""
        rows = Template.objects.for_tenant(template.tenant_id).select_for_update()
        return bool(rows.get(pk=template.pk).status == TemplateStatus.DRAFT)

    @action(description="Preview", permissions=["view"], url_path="preview", icon="visibility")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:preview", self.required_object(request, object_id).pk)

    @action(description="Copy tag", permissions=["view"], url_path="tag", icon="code")
    def tag(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:tag", self.required_object(request, object_id).pk)

    @action(description="What works", permissions=["view"], url_path="learnt", icon="auto_awesome")
    def learnt(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:optimiser_template", self.required_object(request, object_id).pk)

    @action(description="Publish", permissions=["change"], url_path="publish", icon="publish")
    def publish_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        template = self.required_object(request, object_id, Action.CHANGE)
        back = reverse("admin:campaigns_template_change", args=[template.pk])
        problems: tuple[str, ...] = ()
        if request.method == "POST":
            try:
                publish(template, now=datetime.now(UTC))
            except ValidationError as exc:
                problems = tuple(exc.messages)
            else:
                self.message_user(request, f"“{template}” is published.", messages.SUCCESS)
                return redirect(back)
        text = (
            f"“{template}” starts to serve and cannot be changed any more, only its values can be "
            "switched on and off. The version that serves now becomes obsolete; pages that embed "
            "it keep working."
        )
        return confirm(request, Question(f"Publish {template}?", text, "Publish", back, problems))

    @action(
        description="New version", permissions=["change"], url_path="new-version", icon="difference"
    )
    def new_version_of_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        template = self.required_object(request, object_id, Action.ADD)
        if request.method == "POST":
            draft = new_version(template)
            self.message_user(request, "This is the new version: a draft.", messages.SUCCESS)
            return redirect("admin:campaigns_template_change", draft.pk)
        back = reverse("admin:campaigns_template_change", args=[template.pk])
        text = "A draft with the same source, components, values and rules; nothing changes yet."
        title = f"Make a new version of {template.name}?"
        return confirm(request, Question(title, text, "Make a new version", back))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Publish is offered to drafts only."""
        offered = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id))
        if row is None or is_draft(row):
            return offered
        return [each for each in offered if not each.action_name.endswith("publish_it")]
