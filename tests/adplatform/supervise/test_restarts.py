"""supervise/restarts.py: how long to wait, and when it is no use."""

from adplatform.supervise.restarts import Deaths, Policy, refused_to_start

POLICY = Policy(waits=(1.0, 2.0), within_seconds=60.0)


def waits(*moments):
    deaths = Deaths(POLICY)
    return [deaths.wait_after(moment) for moment in moments]


def test_each_death_waits_longer_and_one_more_is_too_many():
    assert waits(0.0, 10.0, 20.0) == [1.0, 2.0, None]


def test_deaths_that_are_long_ago_do_not_count():
    assert waits(0.0, 10.0, 60.0, 120.0, 1000.0) == [1.0, 2.0, 2.0, 1.0, 1.0]


def test_by_default_the_fifth_death_within_a_minute_is_the_last():
    deaths = Deaths(Policy())
    assert [deaths.wait_after(moment) for moment in range(5)] == [0.5, 1.0, 2.0, 4.0, None]
    assert deaths.count == 5


def test_only_a_process_that_soon_ended_itself_refused_to_start():
    assert refused_to_start(1, 2.0)
    assert refused_to_start(0, 2.0)
    assert not refused_to_start(1, 600.0)
    assert not refused_to_start(-9, 2.0)
