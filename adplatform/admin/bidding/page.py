"""Bidding: what bids came to and why there were none, by line item and by exchange."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from adplatform.admin import delivery
from adplatform.admin.accounts import account_of
from adplatform.admin.bidding import tables
from adplatform.admin.bidding.cells import cards, headers
from adplatform.admin.bidding.chosen import Chosen, ChosenForm
from adplatform.admin.bidding.found import MAX_LINES, Found, find
from adplatform.admin.bidding.next_step import next_step
from adplatform.admin.freshness import complete
from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from rtb.admin.shares import shares
from rtb.admin.words import lost
from rtb.report.funnel import OfRequests

RECORDED = "Everything that the bidder recorded"


def bidding(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    context = {**admin.site.each_context(request), "title": "Bidding", "account": account}
    if account.shown is not None:
        form = ChosenForm(account.shown, request.GET.dict())
        context["form"] = form
        if form.is_valid():
            context |= _answer(request, form.chosen(datetime.now(UTC)))
    return render(request, "admin/reporting/bidding.html", context)


def _answer(request: HttpRequest, chosen: Chosen) -> dict[str, Any]:
    try:
        found = find(chosen)
    except (ClickHouseError, EngineNotRunning):
        return {"away": delivery.AWAY}
    zone = ZoneInfo(chosen.tenant.timezone)
    return {
        "step": next_step(request, chosen, found),
        "complete": complete(found.fresh, zone, RECORDED),
        **(_figures(found, chosen) if found.has_bids or found.requests else {}),
    }


def _figures(found: Found, chosen: Chosen) -> dict[str, Any]:
    currency = chosen.tenant.currency
    lines = tables.line_items(found.line_items, chosen)
    return {
        "cards": cards(found.totals, currency),
        "item_headers": headers(currency, requests=False),
        "line_items": lines,
        "is_cut": len(lines) == MAX_LINES,
        "exchange_headers": headers(currency, requests=chosen.line_item_id is None),
        "exchanges": tables.exchanges(found.exchanges, chosen),
        "losses": shares(found.totals.losses.items(), lost),
        "refused": shares(_refused(found.why.requests)),
        "requests": f"{found.requests:,}",
        "turned_down": shares((stage.reason, stage.count) for stage in found.why.reasons),
    }


def _refused(exchanges: list[OfRequests]) -> list[tuple[str, int]]:
    """Why requests got no bid, of all exchanges together, the most first."""
    counted: Counter[str] = Counter()
    for each in exchanges:
        counted.update({stage.reason: stage.count for stage in each.reasons})
    return counted.most_common()
