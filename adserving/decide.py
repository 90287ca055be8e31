"""The decision flow: match, cap, choose; every refusal has a reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from adserving.choose import order_by_bid, pick_combination
from adserving.context import build_context, with_segments
from adserving.index import Index
from adserving.match import Question, Refusal, match
from adserving.reasons import Reason
from adserving.snapshot import (
    CreativeConfig,
    LineItemConfig,
    PlacementConfig,
    Snapshot,
    TemplateConfig,
)
from adserving.spend import Spend
from campaigns.targeting import RequestContext


class UnknownPlacement(Exception):
    """The tenant has no active placement with this key."""


@dataclass(frozen=True, slots=True)
class Opportunity:
    """One ad slot of one user, as the request describes it."""

    tenant_id: int
    placement_key: str
    user_id: str
    session_id: str
    context: Mapping[str, object]
    user_agent: str
    accept_language: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What to show."""

    line_item: LineItemConfig
    creative: CreativeConfig
    segment_id: int
    template: TemplateConfig | None = None
    combination: tuple[int, ...] = ()
    batch_id: int = 0
    propensity: float = 0.0  # 0: there was nothing to draw


@dataclass(frozen=True, slots=True)
class Decision:
    """The choice, or None, and why the others lost.

    ``left_out`` counts, by reason, what the index spared us to look at; ``explain`` wants each of
    them by name and so looks at all. ``ordered`` are those that could have served, best first;
    ``capped`` are the ids of those among them whose user has seen enough.
    """

    placement: PlacementConfig
    ask: Question
    choice: Choice | None
    refusals: Sequence[Refusal]
    left_out: Mapping[Reason, int]
    ordered: Sequence[LineItemConfig]
    capped: frozenset[int]


UnderCaps = Callable[[str, Sequence[LineItemConfig]], int | None]


def decide(  # the flow: one line a step
    opportunity: Opportunity,
    snapshot: Snapshot,
    spend: Spend,
    *,
    now: datetime,
    rng: Random,
    under_caps: UnderCaps,
    look_at_all: bool = False,
) -> Decision:
    """Choose an ad.

    ``under_caps(user_id, candidates)`` returns the index of the first candidate under its frequency
    caps and reserves it, or None.

    Raises:
        UnknownPlacement: the tenant has no active placement of that key.
    """
    placement = find_placement(snapshot, opportunity)
    context, segment_id = describe_request(opportunity, snapshot, now)
    ask = Question(context, now, spend)
    candidates, left_out = find_candidates(snapshot, placement, context, look_at_all=look_at_all)
    passed, refused = match(candidates, ask)
    ordered = order_by_bid(passed, rng)
    winner, capped = first_under_caps(opportunity.user_id, ordered, under_caps)
    choice = fill(winner, segment_id, snapshot, rng) if winner else None
    return Decision(placement, ask, choice, refused, left_out, ordered, capped)


def find_placement(snapshot: Snapshot, opportunity: Opportunity) -> PlacementConfig:
    key = (opportunity.tenant_id, opportunity.placement_key)
    placement = snapshot.placements.get(snapshot.placement_ids.get(key, 0))
    if placement is None or not placement.is_active:
        raise UnknownPlacement(opportunity.placement_key)
    return placement


def describe_request(
    opportunity: Opportunity, snapshot: Snapshot, now: datetime
) -> tuple[RequestContext, int]:
    """The request as targeting sees it, and the first segment that it belongs to (0: none)."""
    context = build_context(
        now=now,
        timezone=snapshot.tenants[opportunity.tenant_id].timezone,
        placement_key=opportunity.placement_key,
        context=opportunity.context,
        user_agent=opportunity.user_agent,
        accept_language=opportunity.accept_language,
        segments=frozenset(),
    )
    return with_segments(context, snapshot.segments.get(opportunity.tenant_id, ()))


def find_candidates(
    snapshot: Snapshot, placement: PlacementConfig, context: RequestContext, *, look_at_all: bool
) -> tuple[Sequence[LineItemConfig], Mapping[Reason, int]]:
    """Line items to look at one by one, and how many the index left out for which reason."""
    index = snapshot.by_placement.get(placement.id, Index())
    return (index.items, {}) if look_at_all else index.candidates(context)


def first_under_caps(
    user_id: str, ordered: Sequence[LineItemConfig], under_caps: UnderCaps
) -> tuple[LineItemConfig | None, frozenset[int]]:
    """The winner, and the ids of the line items that went before it and are capped."""
    if not ordered:
        return None, frozenset()
    if not user_id or not ordered[0].caps:
        return ordered[0], frozenset()
    index = under_caps(user_id, ordered)
    if index is None:
        return None, frozenset(item.id for item in ordered)
    return ordered[index], frozenset(item.id for item in ordered[:index])


def fill(item: LineItemConfig, segment_id: int, snapshot: Snapshot, rng: Random) -> Choice | None:
    """Creative and combination of the winner; None when its template's rules leave nothing."""
    creative = rng.choice(item.creatives)
    if creative.template_id is None:
        return Choice(item, creative, segment_id)
    template = snapshot.templates[creative.template_id]
    drawn = pick_combination(template, segment_id, rng)
    if drawn is None:
        return None
    return Choice(
        item, creative, segment_id, template, drawn.combination, drawn.batch_id, drawn.propensity
    )
