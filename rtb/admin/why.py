"""Why is this line item not bidding? The bidder's own rules, asked about one bid request."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.redis import RedisError
from adserving.refresh import NotLoaded
from campaigns.models import LineItem
from rtb.admin.outcomes import Outcome, outcomes
from rtb.admin.pacing import AWAY, LOADING, standing
from rtb.admin.samples import SAMPLES
from rtb.admin.shares import shares
from rtb.admin.words import topic, turned_down
from rtb.explain import Verdict
from rtb.inquiry import NothingToBid, inquire
from rtb.models import BidStrategy, Ssp
from rtb.openrtb.parse import BadRequest
from rtb.report import overall

FUNNEL_HOURS = 1
MAX_CHARS = 200_000
MINUTE = timedelta(minutes=1)
NO_REPORT = "Reasons of the last hour are not shown: the analytics store does not answer."


class RequestForm(forms.Form):
    """An exchange and what it asked; a sample fills the request in where that is empty."""

    ssp = forms.ChoiceField(label="Exchange", widget=UnfoldAdminSelectWidget)
    sample = forms.ChoiceField(
        label="Sample",
        required=False,
        choices=[("", "None, the request below"), *((name, name) for name in SAMPLES)],
        widget=UnfoldAdminSelectWidget,
    )
    request = forms.CharField(
        label="Bid request (OpenRTB 2.5 or 2.6, JSON)",
        required=False,
        max_length=MAX_CHARS,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 12, "class": "font-mono", "spellcheck": "false"}
        ),
    )

    def __init__(self, tenant_id: int, data: Any) -> None:
        super().__init__(data)
        rows = Ssp.objects.for_tenant(tenant_id).order_by("name")
        choices = [(row.key, row.name) for row in rows]
        self.fields["ssp"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        asked = SAMPLES.get(cleaned.get("sample", "")) or cleaned.get("request", "")
        if not asked:
            raise forms.ValidationError("Choose a sample, or paste a bid request.")
        cleaned["asked"] = asked
        return cleaned


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one creative, or the line item, would bid, and why or how much."""

    name: str
    would_bid: bool
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One verdict in words."""

    rule: str
    passed: bool
    detail: str
    about: str


def why(request: HttpRequest, pk: int) -> HttpResponse:
    model_admin: Any = admin.site.get_model_admin(LineItem)
    item: LineItem = model_admin.required_object(request, str(pk))
    form = RequestForm(item.tenant_id, request.POST if request.method == "POST" else None)
    now = datetime.now(UTC)
    strategies = BidStrategy.objects.for_tenant(item.tenant_id)
    context = {
        **admin.site.each_context(request),
        "title": f"Why is {item} (not) bidding?",
        "item": item,
        "form": form,
        "takes_part": strategies.filter(line_item=item, is_active=True).exists(),
        "standing": standing(item.tenant_id, item.pk, now),
        **_last_hour(item, now),
    }
    if form.is_valid():
        context |= _answer(item, form.cleaned_data) | {"asked": form.cleaned_data["asked"]}
    return render(request, "admin/rtb/why.html", context)


def _answer(item: LineItem, asked: dict[str, Any]) -> dict[str, Any]:
    """Every verdict, or why there are none."""
    try:
        found = inquire(asked["asked"].encode(), asked["ssp"], item.pk)
    except BadRequest as exc:
        return {"problem": f"This is no bid request: {exc.reason}."}
    except NothingToBid:
        return {"problem": "The exchange was added a moment ago; try again in a second."}
    except NotLoaded:
        return {"problem": LOADING}
    except (RedisError, EngineNotRunning):
        return {"problem": AWAY}
    answers = [_answer_of(item, outcome) for outcome in outcomes(found)]
    return {
        "verdicts": [_line(each) for each in found],
        "answers": answers,
        "would_bid": sum(answer.would_bid for answer in answers),
    }


def _answer_of(item: LineItem, outcome: Outcome) -> Answer:
    row = item.creatives.filter(pk=outcome.creative_id).first()
    because = tuple(dict.fromkeys(_because(each) for each in outcome.because))
    return Answer(str(row or item), outcome.would_bid, because)


def _because(verdict: Verdict) -> str:
    """A price that it would bid, or in words what stops it."""
    if verdict.passed:
        return verdict.detail
    detail = f" ({verdict.detail})" if verdict.detail else ""
    return f"{turned_down(verdict.rule)}{detail}"


def _line(verdict: Verdict) -> Line:
    about = f"creative {verdict.creative_id}" if verdict.creative_id else "the whole request"
    if verdict.imp_id:
        about += f", impression {verdict.imp_id}"
    return Line(topic(verdict.rule), verdict.passed, verdict.detail, about)


def _last_hour(item: LineItem, now: datetime) -> dict[str, Any]:
    until = now.replace(second=0, microsecond=0) + MINUTE
    try:
        found = overall(item.tenant_id, item.pk, until - timedelta(hours=FUNNEL_HOURS), until)
    except (ClickHouseError, EngineNotRunning):
        return {"no_report": NO_REPORT}
    counted = ((stage.reason, stage.count) for stage in found.reasons)
    return {"bids": f"{found.bids:,}" if found.bids else 0, "funnel": shares(counted)}
