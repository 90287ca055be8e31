"""Errands, each at its time."""

import threading

from rtb.exchange.agenda import Agenda
from rtb.exchange.wire import Home


def agenda(threads=2):
    made = Agenda(Home("http://127.0.0.1:9/bid"))
    made.start(threads)
    return made


def test_errands_are_done_in_the_order_of_their_times():
    done: list[str] = []
    later = agenda(threads=1)
    later.later(0.2, lambda _wire: done.append("second"))
    later.later(0.05, lambda _wire: done.append("first"))
    assert later.drain(5.0) == 0
    assert done == ["first", "second"]


def test_what_is_due_after_the_end_is_left():
    done: list[str] = []
    later = agenda()
    later.later(60.0, lambda _wire: done.append("never"))
    later.later(0.1, lambda _wire: done.append("now"))
    assert later.drain(1.0) == 1
    assert done == ["now"]


def test_it_waits_for_errands_that_are_under_way():
    started, done = threading.Event(), []
    later = agenda()

    def slow(_wire):
        started.set()
        threading.Event().wait(0.3)
        done.append(1)

    later.later(0.0, slow)
    started.wait(5.0)
    assert later.drain(5.0) == 0
    assert done == [1]


def test_an_errand_may_add_another():
    done: list[str] = []
    later = agenda(threads=1)
    later.later(0.0, lambda _wire: later.later(0.05, lambda _other: done.append("added")))
    assert later.drain(5.0) == 0
    assert done == ["added"]
