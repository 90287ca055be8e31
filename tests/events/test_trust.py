"""When Redis's claims are believed."""

from datetime import UTC, datetime, timedelta

from events.trust import AWAY, LOST, STOOD_STILL, Trust

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=2)


def test_the_same_epoch_changes_nothing():
    known = Trust("a")
    assert known.seen("a", LATER) is known
    assert not known.is_verifying(NOW)


def test_another_epoch_means_verifying_until_the_claims_are_made_up():
    lost = Trust("a").seen("b", LATER)
    assert lost == Trust("b", LATER, LOST)
    assert lost.is_verifying(NOW)
    assert not lost.is_verifying(LATER)


def test_a_first_epoch_with_nothing_stored_is_believed():
    assert Trust().seen("a", None) == Trust("a")


def test_a_reason_that_was_noted_before_is_kept():
    changed = Trust("", None, "the topic got another number of partitions")
    assert changed.seen("a", LATER).reason.startswith("the topic got")


def test_unanswered_claims_are_verified_until_they_were_made():
    away = Trust("a").unanswered(NOW, LATER)
    assert (away.epoch, away.reason, away.is_verifying(NOW)) == ("a", AWAY, True)
    assert away.made_up() == Trust("a")


def test_making_claims_up_does_not_excuse_lost_ones():
    lost = Trust("a").seen("b", LATER)
    assert lost.unanswered(NOW, NOW) == lost
    assert lost.made_up() == lost
    much_later = LATER + timedelta(days=1)
    assert lost.unanswered(NOW, much_later).made_up() == Trust("b", much_later, LOST)
    assert lost.unanswered(LATER, much_later).reason == AWAY


def test_a_successor_cannot_make_up_what_its_predecessor_owed():
    owed = Trust("a").unanswered(NOW, LATER)
    inherited = owed.inherited()
    assert inherited == Trust("a", LATER, LOST)
    assert inherited.unanswered(NOW, LATER).made_up() == inherited
    assert owed.seen("b", LATER).made_up() == Trust("b", LATER, LOST)


def test_a_pause_is_verified_and_never_shortens_what_is_verified_already():
    paused = Trust("a").stood_still(LATER)
    assert (paused.epoch, paused.reason, paused.is_verifying(NOW)) == ("a", STOOD_STILL, True)
    lost = Trust("a").seen("b", LATER)
    assert lost.stood_still(NOW) == lost
    assert paused.made_up() == paused
