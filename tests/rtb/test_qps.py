"""How many requests a second an exchange may send."""

import pytest

from rtb.qps import Throttle


def admitted(throttle, limit, moments, ssp_id=1):
    return sum(throttle.admits(ssp_id, limit, at) for at in moments)


def test_0_is_no_limit():
    assert admitted(Throttle(), 0, [0.0] * 1000) == 1000


@pytest.mark.parametrize("limit", [1, 10, 250])
def test_a_burst_is_one_seconds_worth(limit):
    assert admitted(Throttle(), limit, [5.0] * 1000) == limit


def test_over_time_it_is_the_limit():
    moments = [n / 1000 for n in range(10_000)]  # 1,000 a second for 10 seconds
    assert admitted(Throttle(), 100, moments) == pytest.approx(100 + 10 * 100, rel=0.01)


def test_a_steady_stream_at_the_limit_passes():
    assert admitted(Throttle(), 50, [n / 50 for n in range(500)]) == 500


def test_each_process_admits_its_share():
    assert admitted(Throttle(processes=4), 100, [0.0] * 100) == 25


def test_exchanges_do_not_share_a_limit():
    throttle = Throttle()
    assert admitted(throttle, 5, [0.0] * 9) == 5
    assert admitted(throttle, 5, [0.0] * 9, ssp_id=2) == 5


def test_a_clock_that_goes_back_gives_nothing_away():
    throttle = Throttle()
    assert admitted(throttle, 10, [100.0] * 10) == 10
    assert admitted(throttle, 10, [99.0, 100.0]) <= 1
