"""From every rule's verdict to one answer for each creative: it would bid, or what stops it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rtb.explain import Verdict
from rtb.reasons import NoBid

OF_A_SALE = frozenset({NoBid.FLOOR, NoBid.REQUEST_POLICY})  # one deal or the open auction is enough


@dataclass(frozen=True, slots=True)
class Outcome:
    """``because``: the prices that it would bid, or for each impression what stops it first.

    Creative 0 is the line item as a whole.
    """

    creative_id: int
    would_bid: bool
    because: Sequence[Verdict]


def outcomes(verdicts: Sequence[Verdict]) -> list[Outcome]:
    """What stops the whole line item; where nothing does, one for each creative, bids first."""
    whole = [each for each in verdicts if not each.creative_id and not each.passed]
    if whole:
        return [Outcome(0, False, whole)]
    creatives = dict.fromkeys(each.creative_id for each in verdicts if each.creative_id)
    found = [_outcome(pk, [v for v in verdicts if v.creative_id == pk]) for pk in creatives]
    return sorted(found, key=lambda outcome: not outcome.would_bid)


def _outcome(creative_id: int, verdicts: Sequence[Verdict]) -> Outcome:
    for each in verdicts:
        if not each.imp_id and not each.passed:
            return Outcome(creative_id, False, [each])
    imps = dict.fromkeys(each.imp_id for each in verdicts if each.imp_id)
    grouped = [[each for each in verdicts if each.imp_id == imp] for imp in imps]
    passing = [group for group in grouped if _stop(group) is None]
    if passing:
        return Outcome(creative_id, True, [each for group in passing for each in _prices(group)])
    return Outcome(creative_id, False, [stop for group in grouped if (stop := _stop(group))])


def _stop(of_impression: Sequence[Verdict]) -> Verdict | None:
    """The first rule that says no."""
    is_sold = any(_prices(of_impression))
    return next(
        (
            each
            for each in of_impression
            if not each.passed and not (is_sold and each.rule in OF_A_SALE)
        ),
        None,
    )


def _prices(of_impression: Iterable[Verdict]) -> list[Verdict]:
    return [each for each in of_impression if each.passed and each.rule is NoBid.FLOOR]
