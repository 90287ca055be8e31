"""Where there is nothing to show: what is missing, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from adplatform.admin.bidding.chosen import Chosen
from adplatform.admin.bidding.found import Found
from adplatform.admin.bidding.tables import bidding, why_url
from rtb.admin.ssp import bid_url
from rtb.models import BidStrategy, Ssp

SHOWN_LINE_ITEMS = 10
NO_EXCHANGE = (
    "No exchange is connected to this account yet. Add one as an SSP; its page then shows a bid "
    "URL. Copy that to the exchange: it needs nothing else from you, since each bid carries the "
    "addresses for its notices of wins, bills and losses."
)
ASK_A_MANAGER = "No exchange is connected to this account yet. A manager of it can add one."
NO_LINE_ITEM = (
    "No line item takes part in auctions yet. Open one and switch on “Bid on exchanges” in its tab "
    "“Exchange bidding”."
)
NO_REQUEST = (
    "No bid request came in this period. Choose a longer one, or check that the exchange sends its "
    "requests here:"
)


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, where, and what to copy to whom."""

    text: str
    links: Sequence[Link] = ()
    copies: Sequence[Link] = ()


def next_step(request: HttpRequest, chosen: Chosen, found: Found) -> Step | None:
    """None where something was bid."""
    if found.has_bids:
        return None
    rows = Ssp.objects.for_tenant(chosen.tenant.pk)
    ssps = list(rows.order_by("-is_active", "name"))
    if not ssps:
        return _add_exchange(request)
    strategies = BidStrategy.objects.for_tenant(chosen.tenant.pk)
    if not strategies.filter(is_active=True).exists():
        url = reverse("admin:campaigns_lineitem_changelist")
        return Step(NO_LINE_ITEM, [Link("See your line items", url)])
    return _ask_why(chosen, found) if found.requests else _wait_for_requests(chosen, ssps)


def _add_exchange(request: HttpRequest) -> Step:
    if not admin.site.get_model_admin(Ssp).has_add_permission(request):
        return Step(ASK_A_MANAGER)
    return Step(NO_EXCHANGE, [Link("Add an SSP", reverse("admin:rtb_ssp_add"))])


def _wait_for_requests(chosen: Chosen, ssps: Sequence[Ssp]) -> Step:
    asked = [ssp for ssp in ssps if chosen.ssp_id in {None, ssp.pk}]
    copies = [
        Link(ssp.name if ssp.is_active else f"{ssp.name} (paused)", bid_url(ssp)) for ssp in asked
    ]
    return Step(NO_REQUEST, copies=copies)


def _ask_why(chosen: Chosen, found: Found) -> Step:
    came = "1 bid request" if found.requests == 1 else f"{found.requests:,} bid requests"
    items = bidding(chosen)[:SHOWN_LINE_ITEMS]
    links = [Link(f"Why is {item} not bidding?", why_url(item.pk)) for item in items]
    return Step(f"{came} came in this period, and none of them got a bid.", links)
