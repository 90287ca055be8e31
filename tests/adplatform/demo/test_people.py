"""Who visits."""

from random import Random

from adplatform.demo.people import DEVICES, somebody
from adserving.context import device_of


def test_nobody_is_a_robot():
    for agents in DEVICES:
        assert not any(device_of(agent).is_bot for agent in agents)


def test_devices_are_what_they_seem():
    kinds = [{device_of(agent).device_type for agent in agents} for agents in DEVICES]
    assert kinds == [{"desktop"}, {"mobile"}, {"tablet"}]


def test_some_come_back_and_say_so():
    people = [somebody(Random(seed)) for seed in range(400)]
    returning = [person for person in people if person.context.get("visit") == "returning"]
    assert 60 < len(returning) < 140
    assert len({person.user_id for person in people}) > 300
    assert len({person.session_id for person in people}) == 400
