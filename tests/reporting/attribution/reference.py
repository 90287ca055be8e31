"""The same credits by plain loops, written without looking at the SQL."""

import math
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from uuid import UUID

from campaigns.attribution import Model
from events.types import Event, EventType
from reporting.attribution.statements import Rule

NOBODY = UUID(int=0)


def expected(events: Sequence[Event], rule: Rule, model: Model) -> dict[UUID, tuple]:
    counted = [each for each in events if not each.invalid_reason and not each.is_test]
    conversions = [each for each in counted if each.event_type is EventType.CONVERSION]
    return {each.event_id: _credited(each, counted, rule, model) for each in conversions}


def _credited(conversion: Event, events: Sequence[Event], rule: Rule, model: Model) -> tuple:
    kind, touches = _touches(conversion, events, rule)
    micros = conversion.value_cents * 10_000
    if not touches:
        return kind, {NOBODY: (1_000_000, micros)}
    weights = _weights(touches, model)
    pairs = zip(_shares(weights, 1_000_000), _shares(weights, micros), strict=True)
    both = zip((each.event_id for each in touches), pairs, strict=True)
    return kind, {touch: pair for touch, pair in both if pair != (0, 0)}


def _touches(conversion, events, rule) -> tuple[str, list[Event]]:
    view = {"viewable": EventType.VIEW, "impression": EventType.IMPRESSION}[rule.view_event]
    for kind, wanted, hours in (
        ("click", EventType.CLICK, rule.click_hours),
        ("view", view, rule.view_hours),
    ):
        oldest = conversion.ts - timedelta(hours=hours)
        found = [
            each
            for each in events
            if each.event_type is wanted
            and hours
            and _visitor(each) is not None
            and _visitor(each) == _visitor(conversion)
            and each.tenant_id == conversion.tenant_id
            and oldest <= each.ts <= conversion.ts
        ]
        if found:
            return kind, sorted(found, key=lambda each: (each.ts, str(each.event_id)))[-500:]
    return "none", []


def _visitor(event: Event):
    if event.user_id:
        return ("user", event.user_id)
    return ("session", event.session_id) if event.session_id else None


def _weights(touches: Sequence[Event], model: Model) -> list[Fraction]:
    n = len(touches)
    if model is Model.LAST_TOUCH:
        return [Fraction(0)] * (n - 1) + [Fraction(1)]
    if model is Model.FIRST_TOUCH:
        return [Fraction(1)] + [Fraction(0)] * (n - 1)
    if model is Model.TIME_DECAY:
        newest = touches[-1].ts
        weeks = [(each.ts - newest) / timedelta(days=7) for each in touches]
        return [Fraction(round(math.exp2(week) * 2**30)) for week in weeks]
    if model is Model.LINEAR or n <= 2:
        return [Fraction(1)] * n
    return [Fraction(2, 5), *[Fraction(1, 5) / (n - 2)] * (n - 2), Fraction(2, 5)]


def _shares(weights: Sequence[Fraction], whole: int) -> list[int]:
    """Each gets what the running total grew by, rounded towards nothing."""
    total, running, before, shares = sum(weights), Fraction(0), 0, []
    for weight in weights:
        running += weight
        upto = math.trunc(running / total * whole)
        shares.append(upto - before)
        before = upto
    return shares
