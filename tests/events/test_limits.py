"""Too many dead letters stop the consumer; single ones do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.limits import ENOUGH, WINDOW, History, Limits, TooManyDeadLetters, judged

NONE = Limits(0, 0)
DEAD = st.lists(st.booleans(), max_size=300)


def test_a_run_of_dead_letters_is_counted_across_batches():
    limits = Limits(consecutive=5, ratio=0)
    history = judged(History(), [False, True, True], limits)
    history = judged(history, [True, True], limits)
    assert history.consecutive == 4
    with pytest.raises(TooManyDeadLetters, match="5 messages in a row"):
        judged(history, [True], limits)


def test_a_good_message_ends_the_run():
    limits = Limits(consecutive=3, ratio=0)
    assert judged(History(2), [False, True, True], limits).consecutive == 2


def test_a_batch_that_begins_good_is_not_blamed_for_an_old_run():
    assert judged(History(99), [False], Limits(100, 0)).consecutive == 0


def test_a_share_is_judged_once_there_are_enough_messages():
    limits = Limits(consecutive=0, ratio=0.1)
    few = [True] * (ENOUGH // 4) + [False] * (ENOUGH // 4)
    history = judged(History(), few, limits)
    with pytest.raises(TooManyDeadLetters, match="of the last 1000 messages"):
        judged(history, few, limits)


def test_one_percent_of_poison_is_never_too_much():
    history = History()
    for _ in range(100):
        history = judged(history, ([True] + [False] * 99) * 10, Limits(100, 0.1))
    assert history.dead / history.messages == pytest.approx(0.01, abs=0.002)


def test_the_share_is_of_the_recent_messages():
    history = judged(History(), [False] * WINDOW * 3, Limits(0, 0.1))
    with pytest.raises(TooManyDeadLetters):
        judged(history, [True] * 2000, Limits(0, 0.1))


@given(DEAD, st.integers(0, 300), st.integers(1, 20))
def test_cutting_the_log_into_batches_does_not_change_the_run(dead, cut, consecutive):
    limits = Limits(consecutive, 0)

    def outcome(*batches):
        history = History()
        try:
            for batch in batches:
                history = judged(history, batch, limits)
        except TooManyDeadLetters:
            return None
        return history

    assert outcome(dead) == outcome(dead[:cut], dead[cut:])


@given(DEAD)
def test_without_limits_nothing_is_too_much(dead):
    assert judged(History(), dead, NONE).dead == sum(dead)
