"""Readers of environment variables."""

import os
import subprocess
import sys
from decimal import Decimal

import pytest

from adplatform.settings import env
from adplatform.supervise.options import PROJECT


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", ()),
        ("off", ()),
        ("3/1m", ((3, 60),)),
        (" 3/30s, 25/2h ,100/1d", ((3, 30), (25, 7200), (100, 86_400))),
    ],
)
def test_rates_are_read(monkeypatch, raw, expected):
    monkeypatch.setenv("RATES", raw)
    assert env.limits("RATES", "1/1s") == expected


def test_an_unset_rate_is_the_default(monkeypatch):
    monkeypatch.delenv("RATES", raising=False)
    assert env.limits("RATES", "1/1s") == ((1, 1),)


@pytest.mark.parametrize("raw", ["3", "0/1m", "3/m", "3/0m", "-3/1m", "3/1w", "3/1m;4/1h"])
def test_a_rate_that_makes_no_sense_is_refused(monkeypatch, raw):
    monkeypatch.setenv("RATES", raw)
    with pytest.raises(env.BadSetting, match="write 3/1m,25/1h"):
        env.limits("RATES", "off")


def test_the_command_line_answers_a_bad_setting_in_one_line():
    command = [sys.executable, "manage.py", "check"]
    environment = {**os.environ, "CLICK_TOKEN_SECONDS": "8"}
    ended = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (1, "CLICK_TOKEN_SECONDS=8 is below 60\n")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", "https://ads.example:8443"),
        ("https://secure.example/", "https://secure.example"),
    ],
)
def test_the_https_address_is_ours_or_the_fallback_with_https(monkeypatch, raw, expected):
    monkeypatch.setenv("SECURE", raw)
    assert env.https_address("SECURE", "http://ads.example:8443") == expected


def test_an_https_address_without_https_is_refused(monkeypatch):
    monkeypatch.setenv("SECURE", "http://ads.example")
    with pytest.raises(env.BadSetting, match="https://"):
        env.https_address("SECURE", "http://ads.example")


def test_exchange_rates_are_read_and_hold_the_dollar(monkeypatch):
    monkeypatch.setenv("RATES", "EUR:0.92, JPY:150")
    assert env.exchange_rates("RATES", "USD:1") == {"USD": 1, "EUR": Decimal("0.92"), "JPY": 150}


@pytest.mark.parametrize(
    "raw", ["EUR", "EUR:", "EUR:0", "EUR:-1", "eur:1", "EURO:1", "EUR:1e3", "USD:2", "EUR:1,EUR:2"]
)
def test_an_exchange_rate_that_makes_no_sense_is_refused(monkeypatch, raw):
    monkeypatch.setenv("RATES", raw)
    with pytest.raises(env.BadSetting, match="RATES: '"):
        env.exchange_rates("RATES", "USD:1")
