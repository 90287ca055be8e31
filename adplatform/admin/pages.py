"""The URLs of pages that no model admin owns, behind the admin's own sign-in."""

from django.contrib import admin
from django.urls import URLPattern, path

from adplatform.admin import preview, results, tags, why
from adplatform.admin.bidding import page as bidding
from adplatform.admin.optimiser import hold, listed, run, settings
from adplatform.admin.optimiser import page as optimiser
from rtb.admin import why as why_bidding


def urls() -> list[URLPattern]:
    """These come before the models' own pages."""
    view = admin.site.admin_view
    return [
        path("results/", view(results.results), name="results"),
        path("bidding/", view(bidding.bidding), name="bidding"),
        path("optimiser/", view(listed.listed), name="optimiser"),
        path("optimiser/<int:pk>/", view(optimiser.page), name="optimiser_template"),
        path("optimiser/<int:pk>/runs/<int:run_pk>/", view(run.run), name="optimiser_run"),
        path("optimiser/<int:pk>/settings/", view(settings.settings), name="optimiser_settings"),
        path("optimiser/<int:pk>/<slug:what>/", view(hold.hold), name="optimiser_hold"),
        path("campaigns/lineitem/<int:pk>/why/", view(why.why), name="why"),
        path("campaigns/lineitem/<int:pk>/bidding/", view(why_bidding.why), name="why_bidding"),
        path("campaigns/template/<int:pk>/previews/", view(preview.preview), name="preview"),
        path("campaigns/template/<int:pk>/preview-frame/", view(preview.frame), name="frame"),
        path("campaigns/template/<int:pk>/tags/", view(tags.tag), name="tag"),
    ]
