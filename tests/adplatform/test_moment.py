"""Tests of the times that commands take."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from adplatform.moment import moment


@pytest.mark.parametrize(
    "text", ["2026-11-21T05:00:00", "2026-11-21T00:00:00-05:00", "2026-11-21T05:00:00Z"]
)
def test_a_time_is_utc_unless_it_says_another_zone(text):
    assert moment(text) == datetime(2026, 11, 21, 5, tzinfo=UTC)


def test_a_date_is_its_midnight():
    assert moment("2026-11-21") == datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01"])
def test_anything_else_is_named(text):
    with pytest.raises(ArgumentTypeError, match=f"'{text}' is no date"):
        moment(text)


@pytest.mark.parametrize("command", ["attribute_conversions", "reconcile", "replay_dlq"])
def test_commands_say_what_a_time_looks_like(command):
    with pytest.raises(CommandError, match="'yesterday' is no date"):
        call_command(command, "--since", "yesterday")
