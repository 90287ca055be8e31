"""Handing over a task: said within seconds when Redis refuses, or is silent."""

import socket
from contextlib import closing

import pytest
from celery import Celery
from django.conf import settings

from adplatform import celery


def queue(monkeypatch, port, seconds=0.3):
    app = Celery("test", broker=f"redis://127.0.0.1:{port}/0")
    app.conf.broker_transport_options = dict.fromkeys(
        settings.CELERY_BROKER_TRANSPORT_OPTIONS, seconds
    )
    monkeypatch.setattr(celery, "app", app)


@pytest.fixture
def silent():
    """The port of a server that takes connections and answers nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def test_a_silent_redis_is_given_up(monkeypatch, silent):
    queue(monkeypatch, silent)
    with pytest.raises(celery.QueueAway):
        celery.send("tests.nothing", 1)


def test_a_redis_that_refuses_is_given_up(monkeypatch, silent):
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        free = server.getsockname()[1]
    queue(monkeypatch, free)
    with pytest.raises(celery.QueueAway):
        celery.send("tests.nothing", 1)


def test_the_settings_say_how_long_that_takes():
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    assert 0 < options["socket_connect_timeout"] <= options["socket_timeout"] <= 10
