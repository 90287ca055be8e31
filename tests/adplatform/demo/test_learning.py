"""The demo's visitors against the engine: it learns their taste within a few rounds."""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from adplatform.demo import catalogue
from adplatform.demo.learning import simulate, world


@pytest.fixture(scope="module")
def demo():
    return world()


def test_the_world_is_the_demos(demo):
    sizes = [len(part.assets) for part in catalogue.COMPONENTS]
    forbidden = (sizes[1] - 1) * int(np.prod(sizes[2:]))  # one headline asks for one scene
    assert len(demo.combinations) == int(np.prod(sizes)) - forbidden
    assert demo.traffic.sum() == pytest.approx(1)
    assert 0.03 < demo.uniform < 0.05 < demo.best < 0.25


def test_a_few_rounds_lead_most_of_the_way(demo):
    curve = simulate(demo, rounds=6, repetitions=1)
    assert curve.captured[0] == pytest.approx(0)
    assert curve.captured[-1] > 0.5


def test_the_command_draws_and_prints(tmp_path, capsys):
    svg = tmp_path / "curve.svg"
    options = ["--rounds", "2", "--repetitions", "1", "--json"]
    call_command("simulate_learning", *options, "--svg", str(svg))
    assert len(json.loads(capsys.readouterr().out)["served"]) == 2
    assert "all combinations alike" in svg.read_text("utf-8")


def test_no_round_is_refused():
    with pytest.raises(CommandError, match="at least 1"):
        call_command("simulate_learning", "--rounds", "0")
