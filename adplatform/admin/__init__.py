"""What the admin shows that spans apps: overview, delivery, results, previews, tags, explanations.

``campaigns.admin`` and the others may not import the ad server or the reports (DESIGN 4), so the
pages that need both are here; their buttons lead to these URLs by name.
"""

from django.contrib import admin

from adplatform.admin import campaigns, line_items, pages, users

admin.site.extra_urls = pages.urls  # type: ignore[attr-defined]  # the hook of unfold
__all__ = ["campaigns", "line_items", "pages", "users"]
