"""What follows an auction."""

from collections import Counter
from random import Random

from rtb.exchange.manners import Fate, Manners, sequel
from rtb.exchange.market import Loss, Outcome

WON = Outcome(won=True, price=2.0, loss=Loss.WON, min_to_win=1.0)
LOST = Outcome(won=False, price=0.0, loss=Loss.HIGHER_BID, min_to_win=3.0)
PLAIN = Manners(twice=0, late=0, never=0, loss=1, render=1)


def kinds(found):
    return [notice.kind for notice in found.notices]


def test_a_win_is_told_shown_and_then_billed():
    for seed in range(200):
        found = sequel(WON, PLAIN, Random(seed))
        win, bill = found.notices
        assert (win.kind, bill.kind) == ("win", "billing")
        assert bill.after >= max(win.after, found.shown_after or 99)


def test_a_loss_is_told_and_nothing_is_shown():
    found = sequel(LOST, PLAIN, Random(1))
    assert (kinds(found), found.shown_after) == (["loss"], None)
    assert kinds(sequel(LOST, Manners(loss=0), Random(1))) == []


def test_what_is_not_shown_is_not_billed():
    found = sequel(WON, Manners(render=0, never=0), Random(1))
    assert (kinds(found), found.shown_after) == (["win"], None)


def test_notices_come_twice():
    found = sequel(WON, Manners(twice=1, late=0, never=0, render=1), Random(1))
    assert kinds(found) == ["win", "billing", "win", "billing"]
    assert [notice.is_repeat for notice in found.notices] == [False, False, True, True]
    assert found.notices[3].after >= found.notices[1].after


def test_a_late_bill_comes_after_the_hold():
    manners = Manners(twice=0, late=1, never=0, render=1)
    assert sequel(WON, manners, Random(1), expiry=300).notices[1].after > 300
    assert sequel(WON, manners, Random(1)).notices[1].after > 60


def test_some_never_say_anything():
    found = sequel(WON, Manners(twice=0, late=0, never=1, render=1), Random(1))
    assert kinds(found) == []
    assert found.shown_after is not None


def test_fates_come_in_their_shares():
    rng, manners = Random(3), Manners(twice=0.2, late=0.1, never=0.1)
    found = Counter(manners.fate(rng) for _ in range(5_000))
    assert 900 < found[Fate.TWICE] < 1_100
    assert 400 < found[Fate.LATE] < 600
    assert 2_850 < found[Fate.ONCE] < 3_150
