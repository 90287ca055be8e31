"""Why each line item did or did not serve, in words; the same rules that decide (pure)."""

from collections import Counter
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


def lost_by_reason(decision: Decision) -> Counter[Reason]:
    """How many line items lost for which reason, for the metrics."""
    lost = Counter(decision.left_out)
    lost.update(refusal.reason for refusal in decision.refusals)
    others = len(decision.ordered) - len(decision.capped) - (decision.choice is not None)
    lost[Reason.FREQUENCY_CAP] += len(decision.capped)
    lost[Reason.OUTBID if decision.choice else Reason.NO_CREATIVE] += others
    return +lost


def losers(decision: Decision) -> list[Refusal]:
    """Those that could have served and did not win."""
    won = decision.choice.line_item.id if decision.choice else 0
    refusals: list[Refusal] = []
    for item in decision.ordered:
        if item.id in decision.capped:
            refusals.append(Refusal(item.id, Reason.FREQUENCY_CAP))
        elif not won:
            refusals.append(Refusal(item.id, Reason.NO_CREATIVE, "its template does not serve"))
        elif item.id != won:
            refusals.append(Refusal(item.id, Reason.OUTBID))
    return refusals


def explain(decision: Decision, snapshot: Snapshot) -> Sequence[Explanation]:
    """Every line item of the placement, the winner first."""
    lost = [
        _of(
            snapshot.line_items[refusal.line_item_id],
            refusal.reason,
            _detail(refusal, decision, snapshot),
        )
        for refusal in (*decision.refusals, *losers(decision))
    ]
    winner = decision.choice
    return [_of(winner.line_item, "served", ""), *lost] if winner else lost


def _of(item: LineItemConfig, outcome: str, detail: str) -> Explanation:
    return Explanation(item.id, item.name, item.campaign.id, outcome, detail)


def _detail(refusal: Refusal, decision: Decision, snapshot: Snapshot) -> str:
    """The refusal's own detail; of targeting, the dimension that failed first."""
    if refusal.reason is not Reason.TARGETING:
        return refusal.detail
    verdict = evaluate(snapshot.line_items[refusal.line_item_id].rule, decision.ask.context)
    return f"{verdict.failed} does not match"
