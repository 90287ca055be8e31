"""Which of the sidebar's entries a user sees: those whose pages open."""

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest


def may_see(request: HttpRequest, model: str) -> bool:
    """``model`` is like campaigns_campaign."""
    app, _, name = model.partition("_")
    model_admin = admin.site.get_model_admin(apps.get_model(app, name))
    return bool(model_admin.has_module_permission(request))
