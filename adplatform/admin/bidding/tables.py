"""The rows of the page: figures with names, and where each leads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from adplatform.admin.bidding.cells import cells
from adplatform.admin.bidding.chosen import Chosen
from adplatform.admin.bidding.found import MAX_LINES
from adplatform.admin.names import names_in
from campaigns.models import CampaignStatus, LineItem, LineItemStatus
from rtb.models import Ssp
from rtb.report.figures import Figures, Sums, figures
from rtb.report.summary import Row
from tenants.models import Tenant

NO_BIDS: Final = figures(Sums(), has_requests=False)


@dataclass(frozen=True, slots=True)
class Line:
    """``query`` narrows the page to it, ``why`` asks why it does not bid; empty: it is deleted."""

    name: str
    cells: tuple[str, ...]
    about: str = ""
    query: str = ""
    why: str = ""


def line_items(rows: Sequence[Row], chosen: Chosen) -> list[Line]:
    """What was reported first, then those that may bid and did not."""
    reported = {int(row.by["line_item_id"]): row.figures for row in rows}
    known = {row.pk: row for row in _known(chosen.tenant, reported)}
    lines = [
        _line_item(known[pk], found, chosen)
        if pk in known
        else Line(f"Deleted ({pk})", cells(found, requests=False))
        for pk, found in reported.items()
    ]
    silent = [row for row in bidding(chosen) if row.pk not in reported]
    lines += [_line_item(row, NO_BIDS, chosen) for row in silent]
    return lines[:MAX_LINES]


def exchanges(rows: Sequence[Row], chosen: Chosen) -> list[Line]:
    requests = chosen.line_item_id is None
    found = {str(row.by["ssp_id"]): row.figures for row in rows}
    names = names_in(Ssp, chosen.tenant.pk, found)
    return [
        Line(
            names[key],
            cells(each, requests=requests),
            query=chosen.query(ssp=int(key)),
        )
        for key, each in found.items()
    ]


def bidding(chosen: Chosen) -> Sequence[LineItem]:
    """Active line items that take part in auctions, of those chosen; as many as a page holds."""
    rows = LineItem.objects.for_tenant(chosen.tenant.pk).select_related("campaign")
    rows = rows.filter(
        bid_strategy__is_active=True,
        status=LineItemStatus.ACTIVE,
        campaign__status=CampaignStatus.ACTIVE,
    )
    if chosen.line_item_id is not None:
        rows = rows.filter(pk=chosen.line_item_id)
    return list(rows[:MAX_LINES])


def why_url(line_item_id: int) -> str:
    return reverse("admin:why_bidding", args=[line_item_id])


def _known(tenant: Tenant, ids: Iterable[int]) -> Sequence[LineItem]:
    rows = LineItem.objects.for_tenant(tenant.pk).select_related("campaign")
    return list(rows.filter(pk__in=list(ids)))


def _line_item(row: LineItem, found: Figures, chosen: Chosen) -> Line:
    query = chosen.query(line_item=row.pk)
    return Line(row.name, cells(found, requests=False), str(row.campaign), query, why_url(row.pk))
