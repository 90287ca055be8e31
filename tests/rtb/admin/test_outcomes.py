"""One answer for each creative from many verdicts."""

from rtb.admin.outcomes import outcomes
from rtb.explain import Verdict
from rtb.reasons import NoBid

WHOLE = Verdict(NoBid.SSP_PAUSED, True)


def says(rule, passed, creative=1, imp="a", detail="") -> Verdict:
    return Verdict(rule, passed, detail, creative, imp)


def answers(*verdicts: Verdict) -> list[tuple[int, bool, list[NoBid]]]:
    found = outcomes([WHOLE, *verdicts])
    return [(each.creative_id, each.would_bid, [v.rule for v in each.because]) for each in found]


def test_what_stops_the_line_item_is_the_answer_for_all():
    off = Verdict(NoBid.LINE_ITEM_NOT_ACTIVE, False)
    assert answers(off, says(NoBid.FLOOR, True)) == [(0, False, [NoBid.LINE_ITEM_NOT_ACTIVE])]


def test_a_creative_is_stopped_by_the_first_rule_of_each_impression():
    assert answers(
        says(NoBid.FORMAT, True),
        says(NoBid.SIZE, False),
        says(NoBid.MIME, False),
        says(NoBid.FORMAT, False, imp="b"),
    ) == [(1, False, [NoBid.SIZE, NoBid.FORMAT])]


def test_a_rule_about_the_creative_stops_it_everywhere():
    found = answers(says(NoBid.FLOOR, True), says(NoBid.PACED, False, imp=""))
    assert found == [(1, False, [NoBid.PACED])]


def test_one_impression_is_enough_and_bids_come_first():
    assert answers(
        says(NoBid.SIZE, False),
        says(NoBid.SIZE, False, creative=2),
        says(NoBid.FLOOR, True, creative=2, imp="b"),
    ) == [(2, True, [NoBid.FLOOR]), (1, False, [NoBid.SIZE])]


def test_a_deal_below_its_floor_does_not_stop_the_open_auction():
    deal, open_auction = says(NoBid.FLOOR, False, detail="deal"), says(NoBid.FLOOR, True)
    assert answers(deal, open_auction) == [(1, True, [NoBid.FLOOR])]
    assert answers(deal) == [(1, False, [NoBid.FLOOR])]
