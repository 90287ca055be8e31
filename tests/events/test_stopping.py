"""Signals and time set the event; afterwards signals mean what they did."""

import os
import signal

import pytest

from events.stopping import stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_the_event_and_ends_nothing_else(number):
    before = signal.getsignal(number)
    with stopping(None) as stop:
        os.kill(os.getpid(), number)
        assert stop.wait(5)
    assert signal.getsignal(number) is before


def test_time_sets_the_event():
    with stopping(0.05) as stop:
        assert stop.wait(5)


def test_signals_mean_what_they_did_also_after_an_error():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(RuntimeError), stopping(60):
        raise RuntimeError
    assert signal.getsignal(signal.SIGTERM) is before
