"""Previews of a template: several combinations side by side; nothing is counted."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from adserving.render import content_security_policy, preview_page
from campaigns.models import Template
from campaigns.services import check_source
from optimization.admin.combinations import Combinations, combinations_of
from optimization.space import format_ad_id, parse_ad_id

SHOWN = 6
TRIES = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """One combination: its frame's address and its values in words."""

    ad_id: str
    url: str
    values: dict[str, str]


def required_template(request: HttpRequest, pk: int) -> Template:
    """Raises Http404 unless the user may see it."""
    model_admin: Any = admin.site.get_model_admin(Template)
    return cast("Template", model_admin.required_object(request, str(pk)))


def preview(request: HttpRequest, pk: int) -> HttpResponse:
    template = required_template(request, pk)
    combinations = combinations_of(template)
    problems: list[str] = []
    try:
        check_source(template.source, combinations.kinds)
    except ValidationError as exc:
        problems = list(exc.messages)
    context = {
        **admin.site.each_context(request),
        "title": f"Preview of {template}",
        "template": template,
        "size": combinations.space.size,
        "shown": [] if problems else list(_drawn(template, combinations)),
        "problems": problems,
    }
    return render(request, "admin/campaigns/preview.html", context)


def _drawn(template: Template, combinations: Combinations) -> Iterator[Shown]:
    """Different combinations at random."""
    rng = SystemRandom()
    seen: set[tuple[int, ...]] = set()
    for _ in range(TRIES):
        drawn = combinations.space.draw(rng)
        if drawn is None or len(seen) == SHOWN:
            return
        if drawn not in seen:
            seen.add(drawn)
            yield _shown(template, combinations, drawn)


def _shown(template: Template, combinations: Combinations, drawn: tuple[int, ...]) -> Shown:
    ad_id = format_ad_id(drawn)
    labels = [str(combinations.assets[asset]) for asset in drawn]
    url = f"{reverse('admin:frame', args=[template.pk])}?ad_id={ad_id}"
    return Shown(ad_id, url, dict(zip(combinations.names, labels, strict=True)))


def frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The page itself, as a visitor would see it, under the ad server's own policy."""
    template = required_template(request, pk)
    combinations = combinations_of(template)
    chosen = parse_ad_id(request.GET.get("ad_id", ""))
    if chosen is None or combinations.space.position(chosen) is None:
        raise Http404("no combination of this template")
    nonce = secrets.token_urlsafe(12)
    try:
        compiled = check_source(template.source, combinations.kinds)
    except ValidationError as exc:
        raise Http404("this draft does not compile") from exc
    page = preview_page(compiled, combinations.values(chosen), click_url="#", nonce=nonce)
    response = HttpResponse(page)
    response["Content-Security-Policy"] = content_security_policy(
        nonce, frame_ancestors=["'self'"], local_images=settings.ALLOW_HTTP_URLS
    )
    response["Cache-Control"] = "no-store"
    return response
