"""When visitors arrive."""

from random import Random

import pytest

from adplatform.demo.play import positive
from adplatform.demo.traffic import Arrivals


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def arrivals(clock, rate=40.0):
    return Arrivals(rate, Random(1), clock)


def test_visitors_come_at_the_asked_rate():
    clock = Clock()
    coming = arrivals(clock)
    coming.wait_seconds()
    for _ in range(4000):
        clock.now += coming.wait_seconds()
    assert 4000 / (clock.now - 100.0) == pytest.approx(40.0, rel=0.06)


def test_visitors_who_are_late_do_not_pile_up():
    clock = Clock()
    coming = arrivals(clock)
    coming.wait_seconds()
    clock.now += 60.0
    at_once = 0
    while coming.wait_seconds() == 0.0:
        at_once += 1
    assert at_once < 80  # one second's worth, not sixty


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "soon"])
def test_a_rate_or_duration_must_be_above_zero(text):
    with pytest.raises(ValueError, match=r".+"):
        positive(text)
