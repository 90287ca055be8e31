"""Two runs of a tenant wait for each other, also in other processes."""

import threading

import pytest
from django.db import connection

from reporting.attribution import schedule
from reporting.attribution.turns import Busy, turn

pytestmark = pytest.mark.django_db


def outside(result: list) -> None:
    """On a connection of its own, as another process would."""
    try:
        with turn(1):
            result.append("got it")
    except Busy as exc:
        result.append(str(exc))
    finally:
        connection.close()


def asked_by_another() -> str:
    result: list[str] = []
    thread = threading.Thread(target=outside, args=(result,))
    thread.start()
    thread.join()
    return result[0]


def test_only_one_has_the_turn():
    with turn(1):
        assert "another run is under way" in asked_by_another()
    assert asked_by_another() == "got it"


def test_another_tenants_turn_is_free():
    with turn(2):
        assert asked_by_another() == "got it"


def test_a_run_that_fails_gives_its_turn_back():
    with pytest.raises(ZeroDivisionError), turn(1):
        1 / 0  # noqa: B018
    assert asked_by_another() == "got it"


def news_outside() -> None:
    schedule.credit_news()
    connection.close()


def test_a_round_is_left_out_while_another_is_under_way(monkeypatch):
    asked: list[object] = []
    monkeypatch.setattr(schedule, "_logged", lambda tenant_id, _step: asked.append(tenant_id))
    monkeypatch.setattr(schedule, "tenant_ids", lambda: [1])
    thread = threading.Thread(target=news_outside)
    with turn(schedule.EVERY_TENANT):
        thread.start()
        thread.join()
        assert asked == []
    schedule.credit_news()
    assert asked == [1]
