"""What the attribution has done, to look at."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from reporting.models import AttributionRun
from tenants.admin.decorators import display
from tenants.admin.scoping import TenantScoped
from tenants.roles import Area


@admin.register(AttributionRun)
class AttributionRunAdmin(TenantScoped, ModelAdmin):  # type: ignore[misc]
    """Read only: no role may change what was computed."""

    area: ClassVar[Area] = Area.RESULTS
    list_display = ["id", "tenant", "started_at", "status", "conversions", "changed", "attributed"]
    list_select_related = ["tenant"]
    list_per_page = 50
    readonly_fields = [
        "tenant", "status", "started_at", "finished_at", "since", "until", "watermark",
        "conversions", "changed", "attributed", "error",
    ]  # fmt: skip
    fields = readonly_fields

    @display(
        description="Status",
        label={"done": "success", "failed": "danger", "running or stopped": "warning"},
    )
    def status(self, run: AttributionRun) -> str:
        if run.finished_at is None:
            return "running or stopped"
        return "failed" if run.error else "done"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """A row of another account is not found, whatever is asked of it."""
        if object_id is not None and self.get_object(request, unquote(object_id)) is None:
            raise Http404("no run with this id")
        return cast(
            "HttpResponse", super().changeform_view(request, object_id, form_url, extra_context)
        )

    def _get_obj_does_not_exist_redirect(self, *_args: object) -> None:
        raise Http404("no run with this id")
