"""Why is this line item (not) serving? The same code that decides, asked about one visitor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from adplatform.admin import delivery
from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from adserving import spend_reader
from adserving.compile import compile_snapshot
from adserving.decide import Decision, Opportunity, UnknownPlacement, decide
from adserving.explain import Explanation, explain
from adserving.match import RULES, Question
from adserving.reasons import Reason
from adserving.snapshot import LineItemConfig, Snapshot
from adserving.spend import Spend
from campaigns.admin.targeting_fields import LineProblem, fixed_choices, read_key_value
from campaigns.admin.targeting_form import summary
from campaigns.models import LineItem
from campaigns.targeting import Dimension, describe, evaluate

VISITOR = ("country", "region", "device_type", "os", "browser", "language")
RULE_NAMES = {
    "campaign_serves_now": "The campaign runs at this moment",
    "line_item_is_active": "The line item is active",
    "has_creative": "It has an active creative",
    "targeting_matches": "The visitor matches the targeting",
    "budgets_last": "Budgets are not used up",
}
OUTCOMES = {
    "served": "Would be shown",
    Reason.CAMPAIGN_NOT_ACTIVE: "Its campaign is not active",
    Reason.CAMPAIGN_NOT_STARTED: "Its campaign has not started",
    Reason.CAMPAIGN_ENDED: "Its campaign is over",
    Reason.LINE_ITEM_NOT_ACTIVE: "It is paused",
    Reason.NO_CREATIVE: "It has nothing to show",
    Reason.TARGETING: "The visitor does not match",
    Reason.SPEND_UNKNOWN: "What was spent is not known, so nothing with a budget serves",
    Reason.CAMPAIGN_DAILY_BUDGET: "The campaign's daily budget is used up",
    Reason.CAMPAIGN_TOTAL_BUDGET: "The campaign's total budget is used up",
    Reason.LINE_ITEM_DAILY_BUDGET: "Its daily budget is used up",
    Reason.LINE_ITEM_TOTAL_BUDGET: "Its total budget is used up",
    Reason.ACCOUNT_BALANCE: "What the account paid in is used up",
    Reason.FREQUENCY_CAP: "This person has seen it often enough",
    Reason.OUTBID: "Could serve; another line item won this time",
}


class VisitorForm(forms.Form):
    """Everything is optional: what is left empty is not known of the visitor."""

    country = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget)
    region = forms.CharField(required=False, max_length=10, help_text="For example CA-ON.")
    device_type = forms.ChoiceField(label="Device", required=False, widget=UnfoldAdminSelectWidget)
    os = forms.ChoiceField(label="System", required=False, widget=UnfoldAdminSelectWidget)
    browser = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget)
    language = forms.CharField(required=False, max_length=20, help_text="For example fr-CA.")
    at = forms.SplitDateTimeField(
        label="When",
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text="In the account's time zone. Empty: now.",
    )
    facts = forms.CharField(
        label="Facts that the page sends",
        required=False,
        max_length=2_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "placeholder": "room_type = kitchen"}),
    )

    def __init__(self, zone: ZoneInfo, data: Any) -> None:
        super().__init__(data)
        self.zone = zone
        for name in ("country", "device_type", "os", "browser"):
            choices = fixed_choices(Dimension(name))
            self.fields[name].choices = [("", "Not known"), *choices]  # type: ignore[attr-defined]
        for name in ("region", "language"):
            self.fields[name].widget = UnfoldAdminTextInputWidget()

    def clean_facts(self) -> dict[str, object]:
        lines = str(self.cleaned_data["facts"]).splitlines()
        try:
            read = [read_key_value(line) for line in lines if line.strip()]
        except LineProblem as exc:
            raise forms.ValidationError(str(exc)) from exc
        return {each.key: list(each.values) for each in read}

    def clean_at(self) -> datetime:
        """The typed wall-clock time, in the account's zone."""
        typed: datetime | None = self.cleaned_data["at"]
        if typed is None:
            return datetime.now(UTC)
        return typed.replace(tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's answer for the line item that the page is about."""

    rule: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One line item of the placement and how it fared."""

    name: str
    campaign: str
    priority: int
    cpm: str
    outcome: str
    detail: str
    is_this: bool
    won: bool


def why(request: HttpRequest, pk: int) -> HttpResponse:
    model_admin: Any = admin.site.get_model_admin(LineItem)
    item: LineItem = model_admin.required_object(request, str(pk))
    form = VisitorForm(ZoneInfo(item.tenant.timezone), request.GET)
    context = {
        **admin.site.each_context(request),
        "title": f"Why is {item} (not) serving?",
        "item": item,
        "form": form,
        "targeting": summary(item.targeting_json),
    }
    if form.is_valid():
        context |= answer(item, form.cleaned_data)
    return render(request, "admin/campaigns/why.html", context)


def answer(item: LineItem, visitor: Mapping[str, Any]) -> dict[str, Any]:
    """The decision as it would be made, without touching counters of any kind."""
    if item.placement is None:
        return {"exchanges_only": True}
    now: datetime = visitor["at"]
    snapshot = compile_snapshot(datetime.now(UTC))
    config = snapshot.line_items.get(item.pk)
    spend, away = read_spend(snapshot, now)
    try:
        decision = decide(
            opportunity_of(item, visitor),
            snapshot,
            spend,
            now=now,
            rng=Random(item.pk),  # noqa: S311 - so that the page answers the same when asked again
            under_caps=lambda _user, _ordered: 0,
        )
    except UnknownPlacement:
        return {"no_placement": item.placement, "away": away}
    return {
        "away": away,
        "verdicts": list(verdicts(config, decision.ask)) if config else [],
        "left_out": config is None,
        "candidates": candidates(item, decision, snapshot),
        "segments": sorted(decision.ask.context.segments),
        "has_caps": bool(config and config.caps),
    }


def opportunity_of(item: LineItem, visitor: Mapping[str, Any]) -> Opportunity:
    context = {name: visitor[name] for name in VISITOR if visitor[name]}
    return Opportunity(
        tenant_id=item.tenant_id,
        placement_key=item.placement.key if item.placement else "",
        user_id="",
        session_id="",
        context={**visitor["facts"], **context},
        user_agent="",
        accept_language="",
    )


def read_spend(snapshot: Snapshot, now: datetime) -> tuple[Spend, str]:
    """What was spent so far, taken as fresh at the asked moment; unknown when the store is away."""
    try:
        return replace(spend_reader.read(snapshot, datetime.now(UTC)), read_at=now), ""
    except (ClickHouseError, EngineNotRunning):
        return Spend(), delivery.AWAY


def verdicts(item: LineItemConfig, ask: Question) -> Sequence[Verdict]:
    """Every rule's answer, not only the first that fails."""
    found = []
    for rule in RULES:
        refusal = rule(item, ask)
        name = RULE_NAMES.get(rule.__name__, rule.__name__.replace("_", " "))
        found.append(Verdict(name, refusal is None, _detail(item, ask, refusal)))
    return found


def _detail(item: LineItemConfig, ask: Question, refusal: tuple[Reason, str] | None) -> str:
    if refusal is None:
        return ""
    reason, detail = refusal
    if reason is Reason.TARGETING:
        failed = evaluate(item.rule, ask.context).failed
        return f"{failed.replace('key_value:', '')} does not match. {describe(item.rule)}"
    return detail or OUTCOMES[reason]


def candidates(item: LineItem, decision: Decision, snapshot: Snapshot) -> Sequence[Candidate]:
    """The placement's line items of this account, the winner first."""
    return [_candidate(item, each, snapshot) for each in explain(decision, snapshot)]


def _candidate(item: LineItem, each: Explanation, snapshot: Snapshot) -> Candidate:
    config = snapshot.line_items[each.line_item_id]
    return Candidate(
        name=each.line_item,
        campaign=config.campaign.name,
        priority=config.priority,
        cpm=f"{config.cpm / delivery.MICROS:,.2f} {item.tenant.currency}",
        outcome=OUTCOMES.get(each.outcome, each.outcome),
        detail=each.detail,
        is_this=each.line_item_id == item.pk,
        won=each.outcome == "served",
    )
