"""What a marketer may do: learn now, pause, pin, ban, go back; each is asked before it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from adplatform.celery import QueueAway, send
from campaigns.models import CreativeAsset, Template
from optimization import controls, services
from optimization.models import Batch, Run
from optimization.space import format_ad_id, parse_ad_id
from tenants.admin.pages import Question, confirm
from tenants.roles import Action

RETRAIN: Final = "optimization.tasks.retrain_now"
BROKER_AWAY: Final = "The queue of background work does not answer. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done to what; ``about`` names it for people."""

    about: str
    do: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Hold:
    """``deed`` finds what is asked for in the address; raises Http404 for what is not there."""

    title: str
    text: str
    button: str
    done: str
    deed: Callable[[Template, Mapping[str, str]], Deed]


def hold(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Asks on GET, does on POST. Raises Http404, and PermissionDenied for who may only look."""
    model_admin: Any = admin.site.get_model_admin(Template)
    template = cast("Template", model_admin.required_object(request, str(pk), Action.CHANGE))
    known = HOLDS.get(what)
    if known is None:
        raise Http404("no such action")
    deed = known.deed(template, request.GET.dict())
    back = reverse("admin:optimiser_template", args=[template.pk])
    if request.method != "POST":
        title = known.title.format(deed.about)
        return confirm(request, Question(title, known.text, known.button, back))
    try:
        deed.do()
    except ValidationError as exc:
        messages.error(request, " ".join(exc.messages))
    except QueueAway:
        messages.error(request, BROKER_AWAY)
    else:
        messages.success(request, known.done.format(deed.about))
    return redirect(back)


def url(template: Template, what: str) -> str:
    return reverse("admin:optimiser_hold", args=[template.pk, what])


def _retrain(template: Template, _: Mapping[str, str]) -> Deed:
    return Deed(str(template), lambda: send(RETRAIN, template.pk))


def _pause(*, on: bool) -> Callable[[Template, Mapping[str, str]], Deed]:
    return lambda template, _: Deed(str(template), lambda: controls.pause(template=template, on=on))


def _combination(
    change: Callable[..., object], *, on: bool
) -> Callable[[Template, Mapping[str, str]], Deed]:
    def deed(template: Template, asked: Mapping[str, str]) -> Deed:
        combination = parse_ad_id(asked.get("ad_id", ""))
        if combination is None:
            raise Http404("no combination is named")
        ad_id = format_ad_id(combination)
        return Deed(ad_id, lambda: change(template=template, ad_id=ad_id, on=on))

    return deed


def _value(
    change: Callable[..., object], *, on: bool
) -> Callable[[Template, Mapping[str, str]], Deed]:
    def deed(template: Template, asked: Mapping[str, str]) -> Deed:
        rows = CreativeAsset.objects.for_tenant(template.tenant_id)
        asset = rows.filter(
            pk=_number(asked.get("value", "")), component__template=template
        ).first()
        if asset is None:
            raise Http404("no value of this template")
        return Deed(f"“{asset}”", lambda: change(template=template, asset_id=asset.pk, on=on))

    return deed


def _go_back(template: Template, asked: Mapping[str, str]) -> Deed:
    """To a batch's version, in its own segment."""
    rows = Batch.objects.for_tenant(template.tenant_id)
    batch = rows.filter(pk=_number(asked.get("batch", "")), template=template).first()
    if batch is None:
        raise Http404("no batch of this template")
    who = batch.segment.name if batch.segment else "everyone else"
    return Deed(
        f"version {batch.version} for {who}",
        lambda: services.roll_back_segment(
            template=template, segment_id=batch.segment_id, version=batch.version
        ),
    )


def _undo_run(template: Template, asked: Mapping[str, str]) -> Deed:
    rows = Run.objects.for_tenant(template.tenant_id)
    run = rows.filter(pk=_number(asked.get("run", "")), template=template).first()
    if run is None:
        raise Http404("no run of this template")
    return Deed(f"run {run.pk}", lambda: services.roll_back_run(run=run))


def _number(text: str) -> int:
    """0, which no row has, for what is no id."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0  # noqa: PLR2004


HOLDS: Final[Mapping[str, Hold]] = {
    "retrain": Hold(
        "Learn now from what was shown of {}?",
        "The optimiser reads what was shown and clicked until now and chooses anew. That takes "
        "seconds, and visitors see the new choice within seconds after it.",
        "Learn now",
        "A run was asked for. Reload this page in a moment.",
        _retrain,
    ),
    "pause": Hold(
        "Pause learning of {}?",
        "What is shown now stays as it is, with the same shares, until you resume.",
        "Pause",
        "Learning is paused: what is shown stays as it is.",
        _pause(on=True),
    ),
    "resume": Hold(
        "Resume learning of {}?",
        "The next run comes by itself when enough new was shown.",
        "Resume",
        "Learning goes on.",
        _pause(on=False),
    ),
    "pin": Hold(
        "Pin combination {}?",
        "From the next run on it is always among those that are shown, however it fares.",
        "Pin",
        "{} is pinned.",
        _combination(controls.pin_combination, on=True),
    ),
    "unpin": Hold(
        "Unpin combination {}?",
        "From the next run on it is shown as often as it deserves.",
        "Unpin",
        "{} is no longer pinned.",
        _combination(controls.pin_combination, on=False),
    ),
    "ban": Hold(
        "Ban combination {}?",
        "Visitors no longer see it within seconds. What was learnt of it is kept.",
        "Ban",
        "{} is banned.",
        _combination(controls.ban_combination, on=True),
    ),
    "unban": Hold(
        "Lift the ban on combination {}?",
        "From the next run on it may be shown again.",
        "Lift ban",
        "{} may be shown again.",
        _combination(controls.ban_combination, on=False),
    ),
    "pin-value": Hold(
        "Pin {}?",
        "From the next run on no other value of its kind is shown.",
        "Pin",
        "{} is pinned.",
        _value(controls.pin_value, on=True),
    ),
    "unpin-value": Hold(
        "Unpin {}?",
        "From the next run on the other values of its kind are shown again.",
        "Unpin",
        "{} is no longer pinned.",
        _value(controls.pin_value, on=False),
    ),
    "ban-value": Hold(
        "Ban {}?",
        "Within seconds visitors see no combination with it any more. What was learnt is kept.",
        "Ban",
        "{} is banned.",
        _value(controls.ban_value, on=True),
    ),
    "unban-value": Hold(
        "Lift the ban on {}?",
        "From the next run on it may be shown again.",
        "Lift ban",
        "{} may be shown again.",
        _value(controls.ban_value, on=False),
    ),
    "go-back": Hold(
        "Go back to {}?",
        "Visitors see that choice again within seconds. Learning goes on from there at its next "
        "run; pause it if the choice is to stay.",
        "Go back",
        "Visitors see {} again.",
        _go_back,
    ),
    "undo-run": Hold(
        "Take back {}?",
        "Every segment sees again what it saw before this run. Learning goes on from there at its "
        "next run; pause it if the choice is to stay.",
        "Take back",
        "What was shown before {} is shown again.",
        _undo_run,
    ),
}
