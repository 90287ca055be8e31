"""Why each line item did or did not serve, in words; the same rules that decide (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from adserving.decide import Decision
from adserving.match import Refusal
from adserving.reasons import Reason
from adserving.snapshot import LineItemConfig, Snapshot
from campaigns.targeting import evaluate


@dataclass(frozen=True, slots=True)
class Explanation:
    """One candidate's outcome: ``served``, or the reason it lost with its detail."""

    line_item_id: int
    line_item: str
    campaign_id: int
    outcome: str
    detail: str


def explain(decision: Decision, snapshot: Snapshot) -> Sequence[Explanation]:
    """Every line item of the placement, the winner first."""
    losers = [
        _of(
            snapshot.line_items[refusal.line_item_id],
            refusal.reason,
            _detail(refusal, decision, snapshot),
        )
        for refusal in decision.refusals
    ]
    winner = decision.choice
    return [_of(winner.line_item, "served", ""), *losers] if winner else losers


def _of(item: LineItemConfig, outcome: str, detail: str) -> Explanation:
    return Explanation(item.id, item.name, item.campaign.id, outcome, detail)


def _detail(refusal: Refusal, decision: Decision, snapshot: Snapshot) -> str:
    """The refusal's own detail; of targeting, the dimension that failed first."""
    if refusal.reason is not Reason.TARGETING:
        return refusal.detail
    verdict = evaluate(snapshot.line_items[refusal.line_item_id].rule, decision.ask.context)
    return f"{verdict.failed} does not match"
