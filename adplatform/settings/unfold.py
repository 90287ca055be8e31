"""The admin's looks and navigation (django-unfold); pages are in */admin and adplatform/admin."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.module_loading import import_string

AXES_ENABLE_ADMIN = False  # adplatform/admin/users.py shows sign-in attempts in unfold's style
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")  # of a sign-in that asked for no page


def _item(title: str, icon: str, model: str) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{model}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": _visible(model)}


def _visible(model: str) -> Callable[[HttpRequest], bool]:
    """Whether the user may see a model's pages; the admin is not loaded with the settings."""

    def permission(request: HttpRequest) -> bool:
        return bool(import_string("adplatform.admin.navigation.may_see")(request, model))

    return permission


NAVIGATION = [
    {
        "items": [
            {
                "title": "Overview",
                "icon": "space_dashboard",
                "link": reverse_lazy("admin:index"),
            },
        ],
    },
    {
        "title": "Advertise",
        "items": [
            _item("Campaigns", "campaign", "campaigns_campaign"),
            _item("Line items", "view_list", "campaigns_lineitem"),
            _item("Creatives", "image", "campaigns_creative"),
        ],
    },
    {
        "title": "Exchanges",
        "items": [
            _item("SSPs", "storefront", "rtb_ssp"),
            _item("Deals", "handshake", "rtb_deal"),
            _item("Inventory lists", "checklist", "rtb_inventorylist"),
            _item("Policies", "gavel", "rtb_policy"),
            _item("Policy decisions", "fact_check", "rtb_policydecision"),
        ],
    },
    {
        "title": "Creative testing",
        "items": [
            _item("Templates", "dashboard_customize", "campaigns_template"),
            _item("Batches", "shuffle", "optimization_batch"),
        ],
    },
    {
        "title": "Audience and places",
        "items": [
            _item("Segments", "groups", "campaigns_segment"),
            _item("Placements", "web_asset", "campaigns_placement"),
            _item("Attribution", "conversion_path", "campaigns_attributionrule"),
        ],
    },
    {
        "title": "Results",
        "items": [
            {
                "title": "Reports",
                "icon": "bar_chart",
                "link": reverse_lazy("admin:results"),
            },
            {
                "title": "Bidding",
                "icon": "query_stats",
                "link": reverse_lazy("admin:bidding"),
            },
            {
                "title": "Creative optimiser",
                "icon": "auto_awesome",
                "link": reverse_lazy("admin:optimiser"),
            },
            _item("Attribution runs", "history", "reporting_attributionrun"),
        ],
    },
    {
        "title": "Account",
        "items": [
            _item("Account", "domain", "tenants_tenant"),
            _item("Members", "person_add", "tenants_membership"),
            _item("API keys", "key", "tenants_apikey"),
        ],
    },
    {
        "title": "Operations",
        "items": [
            _item("Users", "manage_accounts", "auth_user"),
            _item("Sign-in attempts", "gpp_maybe", "axes_accessattempt"),
            _item("Listed sources", "block", "adserving_sourcelist"),
        ],
    },
]

UNFOLD = {
    "SITE_TITLE": "Ad platform",
    "SITE_HEADER": "Ad platform",
    "SITE_SUBHEADER": "Campaigns, creatives, results",
    "SITE_SYMBOL": "ads_click",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "adplatform.admin.dashboard.dashboard",
    "STYLES": [lambda _request: static("adplatform/admin.css")],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 180.7)",
            "100": "oklch(95.3% .051 180.8)",
            "200": "oklch(91% .096 180.4)",
            "300": "oklch(85.5% .138 181.1)",
            "400": "oklch(77.7% .152 181.9)",
            "500": "oklch(70.4% .14 182.5)",
            "600": "oklch(60% .118 184.7)",
            "700": "oklch(51.1% .096 186.4)",
            "800": "oklch(43.7% .078 188.2)",
            "900": "oklch(38.6% .063 188.4)",
            "950": "oklch(27.7% .046 192.5)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": NAVIGATION,
    },
}
