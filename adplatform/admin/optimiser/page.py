"""One template's learning: what is shown and why, what it brought, and what a marketer may do."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from adplatform.admin import delivery
from adplatform.admin.charts import curve as curves
from adplatform.admin.charts import scatter
from adplatform.admin.optimiser import effects, figures, holds, runs, serving, words
from adplatform.admin.optimiser.chosen import SegmentForm, may_change
from adplatform.admin.optimiser.found import Found, find, segment_names
from adplatform.admin.optimiser.state import state_of
from adplatform.admin.preview import required_template

SHOWN_MAPS = 3


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Raises Http404 for a template of another account."""
    template = required_template(request, pk)
    with timezone.override(ZoneInfo(template.tenant.timezone)):
        found = find(template)
        names = segment_names(found)
        form = SegmentForm(names, request.GET.dict())
        context = {
            **admin.site.each_context(request),
            "title": f"Creative optimiser: {template}",
            "template": template,
            "form": form,
            "several": len(names) > 1,
            "may_change": may_change(request, template),
            "back_url": reverse("admin:optimiser"),
            **_context(found, form.chosen),
        }
        return render(request, "admin/optimization/optimiser.html", context)


def _context(found: Found, segment_id: int) -> dict[str, Any]:
    gain = figures.gain(found)
    return {
        "found": found,
        "learning": found.learning,
        "combinations": f"{found.combinations.space.allowed:,.0f}",
        "state": state_of(found),
        "away": delivery.AWAY if found.rows is None else "",
        "verdict": words.verdict(gain.uplift, gain.extra),
        "cards": figures.cards(found, gain),
        "runs": [runs.line(run) for run in found.runs],
        "buttons": holds.buttons(found),
        "holds": list(holds.held(found)),
        "versions": holds.versions(found, segment_id),
        **_curve(found, gain),
        **_serving(found, segment_id),
        **_learnt(found, segment_id),
    }


def _curve(found: Found, gain: figures.Gain) -> dict[str, Any]:
    drawn = figures.curve(found, gain)
    if not drawn.rounds:
        return {}
    return {
        "curve": effects.svg(curves.draw(drawn)),
        "rounds": figures.rounds_table(drawn, gain.rounds),
    }


def _serving(found: Found, segment_id: int) -> dict[str, Any]:
    batch = found.serving(segment_id)
    pairs = serving.pairs(found)
    return {
        "batch": batch,
        "serves": batch is not None and serving.serves(found, batch),
        "predicts": found.learning.get_goal_display(),
        "batch_words": figures.batch_words(batch) if batch else "",
        "is_shared": batch is not None and (batch.segment_id or 0) != segment_id,
        "arms": serving.arms(found, batch, segment_id) if batch else [],
        "tiles": serving.tiles(found, batch),
        "scatter": effects.svg(scatter.draw(pairs)) if pairs else "",
        "agreeing": sum(each.agrees for each in pairs),
        "compared": len(pairs),
    }


def _learnt(found: Found, segment_id: int) -> dict[str, Any]:
    run = found.last_done
    if run is None:
        return {}
    maps = effects.heat_maps(run, found.combinations)
    return {
        "components": effects.values(run, segment_id, found.combinations, found.learning),
        "maps": maps[:SHOWN_MAPS],
        "more_maps": maps[SHOWN_MAPS:],
    }
