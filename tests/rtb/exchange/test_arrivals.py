"""When the next one comes."""

from random import Random

import pytest

from rtb.exchange.arrivals import Arrivals


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def arrivals(clock, rate=40.0):
    return Arrivals(rate, Random(1), clock)


def test_they_come_at_the_asked_rate():
    clock = Clock()
    coming = arrivals(clock)
    coming.wait_seconds()
    for _ in range(4000):
        clock.now += coming.wait_seconds()
    assert 4000 / (clock.now - 100.0) == pytest.approx(40.0, rel=0.06)


def test_those_who_are_late_do_not_pile_up():
    clock = Clock()
    coming = arrivals(clock)
    coming.wait_seconds()
    clock.now += 60.0
    at_once = 0
    while coming.wait_seconds() == 0.0:
        at_once += 1
    assert at_once < 80  # one second's worth, not sixty
