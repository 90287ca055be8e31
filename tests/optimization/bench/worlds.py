"""Builders: scenarios and worlds small enough for a test, without texts."""

from dataclasses import replace

from optimization.bench.encode import Encoder
from optimization.bench.scenarios import SCENARIOS, Scenario
from optimization.bench.texts import bundled
from optimization.bench.worlds import World, make_world

ENCODER = Encoder()


def scenario(name="S8-1e3", **changes) -> Scenario:
    """Random embeddings unless asked otherwise: nothing has to be encoded."""
    return replace(SCENARIOS[name], with_texts=False, **changes)


def world(seed=0, name="S8-1e3", **changes) -> World:
    return make_world(scenario(name, **changes), seed, bundled(), ENCODER)
