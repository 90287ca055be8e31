"""Matching: an ordered list of named rules, each passes a line item or gives a reason (pure)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from adserving.reasons import Reason
from adserving.snapshot import LineItemConfig
from adserving.spend import Spend
from campaigns.targeting import RequestContext


@dataclass(frozen=True, slots=True)
class Question:
    """What the rules are asked about: the request, the moment, and what was spent so far."""

    context: RequestContext
    now: datetime
    spend: Spend


@dataclass(frozen=True, slots=True)
class Refusal:
    line_item_id: int
    reason: Reason
    detail: str = ""


Rule = Callable[[LineItemConfig, Question], "tuple[Reason, str] | None"]


def campaign_serves_now(item: LineItemConfig, ask: Question) -> tuple[Reason, str] | None:
    campaign = item.campaign
    if not campaign.active:
        return Reason.CAMPAIGN_NOT_ACTIVE, campaign.name
    if ask.now < campaign.start_at:
        return Reason.CAMPAIGN_NOT_STARTED, f"starts {campaign.start_at.isoformat()}"
    if ask.now >= campaign.end_at:
        return Reason.CAMPAIGN_ENDED, f"ended {campaign.end_at.isoformat()}"
    return None


def line_item_is_active(item: LineItemConfig, _: Question) -> tuple[Reason, str] | None:
    return None if item.active else (Reason.LINE_ITEM_NOT_ACTIVE, item.name)


def has_creative(item: LineItemConfig, _: Question) -> tuple[Reason, str] | None:
    return None if item.creatives else (Reason.NO_CREATIVE, "add an active creative")


def targeting_matches(item: LineItemConfig, ask: Question) -> tuple[Reason, str] | None:
    return None if item.matches(ask.context) else (Reason.TARGETING, "")


def budgets_last(item: LineItemConfig, ask: Question) -> tuple[Reason, str] | None:
    """Money fails closed: where a budget is set and spend is unknown, nothing serves."""
    campaign = item.campaign
    of_item = item.daily_budget is item.total_budget is item.prepaid is None
    if of_item and campaign.daily_budget is campaign.total_budget is None:
        return None
    if not ask.spend.is_fresh(ask.now):
        return Reason.SPEND_UNKNOWN, "reports have not been reachable for too long"
    return spent_budget(item, ask.spend)


def spent_budget(item: LineItemConfig, spend: Spend) -> tuple[Reason, str] | None:
    """The first budget that is used up, as far as ``spend`` knows."""
    campaign = item.campaign
    checks = (
        (campaign.daily_budget, spend.campaign_today, campaign.id, Reason.CAMPAIGN_DAILY_BUDGET),
        (campaign.total_budget, spend.campaign_total, campaign.id, Reason.CAMPAIGN_TOTAL_BUDGET),
        (item.daily_budget, spend.line_item_today, item.id, Reason.LINE_ITEM_DAILY_BUDGET),
        (item.total_budget, spend.line_item_total, item.id, Reason.LINE_ITEM_TOTAL_BUDGET),
        (item.prepaid, spend.tenant_total, item.tenant_id, Reason.ACCOUNT_BALANCE),
    )
    for budget, spent, key, reason in checks:
        if budget is not None and spent.get(key, 0) >= budget:
            return reason, f"{spent.get(key, 0)} of {budget} micros"
    return None


def static_reason(item: LineItemConfig) -> Reason | None:
    """Why configuration alone rules a line item out, whatever the request; None: it does not."""
    if not item.campaign.active:
        return Reason.CAMPAIGN_NOT_ACTIVE
    if not item.active:
        return Reason.LINE_ITEM_NOT_ACTIVE
    return None if item.creatives else Reason.NO_CREATIVE


RULES: tuple[Rule, ...] = (
    campaign_serves_now,
    line_item_is_active,
    has_creative,
    targeting_matches,
    budgets_last,
)


def match(
    items: Iterable[LineItemConfig], ask: Question
) -> tuple[list[LineItemConfig], list[Refusal]]:
    """Split line items into those that may serve and the refusals of the others."""
    passed: list[LineItemConfig] = []
    refused: list[Refusal] = []
    for item in items:
        for rule in RULES:
            verdict = rule(item, ask)
            if verdict is not None:
                refused.append(Refusal(item.id, *verdict))
                break
        else:
            passed.append(item)
    return passed, refused
