"""What is configured for exchanges, of all accounts at once: a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from adplatform.money import Micros, from_cents
from campaigns.models import PacingMode
from rtb import ad
from rtb.guardrails import NOWHERE
from rtb.inventory import ListKind
from rtb.models import BidStrategy, Deal, Guardrails, InventoryList, Ssp
from rtb.multipliers import MultipliersRejected, read
from rtb.ssp import DealConfig, NoBidStyle, SspConfig

log = structlog.get_logger(__name__)

Entries = Mapping[int, tuple[ListKind, frozenset[str]]]  # by id of the list


def ssps() -> list[SspConfig]:
    """The exchanges of active accounts with their active deals; paused exchanges too."""
    deals: defaultdict[int, dict[str, DealConfig]] = defaultdict(dict)
    for ssp_id, deal_id, price in Deal.across_tenants.filter(is_active=True).values_list(
        "ssp_id", "deal_id", "price_cents"
    ):
        deals[ssp_id][deal_id] = DealConfig(_micros(price))
    rows = Ssp.across_tenants.filter(tenant__is_active=True).order_by("pk")
    return [_ssp(row, deals[row.pk]) for row in rows]


def _ssp(row: Ssp, deals: Mapping[str, DealConfig]) -> SspConfig:
    return SspConfig(
        id=row.pk,
        tenant_id=row.tenant_id,
        key=row.key,
        name=row.name,
        is_active=row.is_active,
        seat=row.seat,
        currency=row.currency,
        no_bid_style=NoBidStyle(row.no_bid_style),
        qps_limit=row.qps_limit,
        timeout_ms=row.timeout_ms,
        network_ms=row.network_ms,
        gzip_response=row.gzip_response,
        blocked_sellers=frozenset(row.blocked_sellers),
        complete_chain=row.complete_chain,
        deals=deals,
    )


def strategies() -> dict[int, ad.Strategy]:
    """By line item: those with an active strategy take part in bidding, the others do not."""
    chosen = _linked(BidStrategy.ssps.through, "bidstrategy_id", "ssp_id")
    deals = _deals_by_line_item()
    rows = BidStrategy.across_tenants.filter(is_active=True, tenant__is_active=True)
    found: dict[int, ad.Strategy] = {}
    for row in rows.select_related("line_item").defer("line_item__targeting_json"):
        try:
            found[row.line_item_id] = _strategy(row, chosen[row.pk], deals[row.line_item_id])
        except MultipliersRejected as exc:
            log.error("bid_strategy_left_out", line_item_id=row.line_item_id, problem=str(exc))  # noqa: TRY400
    return found


def _strategy(row: BidStrategy, ssp_ids: Iterable[int], deals: Iterable[str]) -> ad.Strategy:
    return ad.Strategy(
        goal=ad.Goal(row.goal),
        goal_amount=_micros(row.goal_cents),
        max_bid=_micros(row.max_bid_cents),
        is_shaded=row.is_shaded,
        multipliers=read(row.multipliers),
        ssp_ids=frozenset(ssp_ids),
        deals=frozenset(deals),
        open_auction=row.open_auction,
        paced=row.line_item.pacing_mode == PacingMode.STANDARD,
    )


def _deals_by_line_item() -> defaultdict[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    rows = Deal.line_items.through._default_manager.filter(deal__is_active=True)  # noqa: SLF001 - Django's name
    for item_id, deal_id in rows.values_list("lineitem_id", "deal__deal_id"):
        found[item_id].add(deal_id)
    return found


def guardrails() -> dict[str, ad.Guardrails]:
    """By owner, c12 (a campaign) or l7 (a line item); ``rtb.guardrails.combine`` joins the two."""
    entries = _entries()
    allowed = _linked(Guardrails.allow_lists.through, "guardrails_id", "inventorylist_id")
    blocked = _linked(Guardrails.block_lists.through, "guardrails_id", "inventorylist_id")
    return {
        _owner(row): _guardrails(row, entries, allowed.get(row.pk, []), blocked.get(row.pk, []))
        for row in Guardrails.across_tenants.filter(tenant__is_active=True)
    }


def _owner(row: Guardrails) -> str:
    return f"c{row.campaign_id}" if row.campaign_id else f"l{row.line_item_id}"


def _guardrails(
    row: Guardrails, entries: Entries, allowed: list[int], blocked: list[int]
) -> ad.Guardrails:
    allow = _by_kind(entries, allowed)
    block = _by_kind(entries, blocked)
    domains, bundles = allow[ListKind.DOMAIN], allow[ListKind.BUNDLE]
    publishers = allow[ListKind.PUBLISHER]
    if allowed and not (domains or bundles or publishers):
        domains = frozenset({NOWHERE})  # lists without entries allow nothing
    return ad.Guardrails(
        allow_domains=domains,
        allow_bundles=bundles,
        allow_publishers=publishers,
        block_domains=block[ListKind.DOMAIN],
        block_bundles=block[ListKind.BUNDLE],
        block_publishers=block[ListKind.PUBLISHER],
        block_categories=block[ListKind.CATEGORY],
        block_keywords=block[ListKind.KEYWORD],
        positions=frozenset(row.positions),
        personal_data=ad.PersonalData(row.personal_data),
        complete_chain=row.complete_chain,
        max_hops=row.max_hops,
        allow_rewarded=row.allow_rewarded,
    )


def _entries() -> Entries:
    rows = InventoryList.across_tenants.values_list("pk", "kind", "entries")
    return {pk: (ListKind(kind), frozenset(entries)) for pk, kind, entries in rows}


def _by_kind(entries: Entries, lists: Iterable[int]) -> dict[ListKind, frozenset[str]]:
    """A single list's entries are shared, not copied: they can be many."""
    found = dict.fromkeys(ListKind, frozenset[str]())
    for pk in lists:
        kind, words = entries.get(pk, (ListKind.DOMAIN, frozenset()))
        found[kind] = found[kind] | words if found[kind] else words
    return found


def _linked(through: Any, column: str, other: str) -> defaultdict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for pk, other_pk in through._default_manager.values_list(column, other):  # noqa: SLF001 - Django's name
        found[pk].append(other_pk)
    return found


def _micros(cents: int | None) -> Micros | None:
    return None if cents is None else from_cents(cents)
