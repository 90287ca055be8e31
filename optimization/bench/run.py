"""Every method in the same worlds: what each earned, as figures of a table."""

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path

from optimization.bench.encode import Encoder
from optimization.bench.methods import find as find_method
from optimization.bench.paired import mean, paired
from optimization.bench.play import Campaign, play
from optimization.bench.policy import Method
from optimization.bench.scenarios import Scenario
from optimization.bench.scenarios import find as find_scenario
from optimization.bench.texts import Wording
from optimization.bench.worlds import make_world

REFERENCE = "tab"  # the method that all others are compared with

Say = Callable[[str], None]
Figures = dict[str, object]  # JSON
Table = dict[str, Figures]  # by method


@dataclass(frozen=True, slots=True)
class Order:
    """What to play."""

    scenarios: tuple[str, ...]
    methods: tuple[str, ...]
    seeds: int
    wording: Wording = field(repr=False)
    kept: Path | None = None  # folder of embeddings
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Game:
    """One world with all methods; what a process is given."""

    scenario: str
    seed: int
    methods: tuple[str, ...]
    wording: Wording = field(repr=False)
    kept: Path | None


def run(order: Order, say: Say) -> dict[str, Table]:
    """Figures by scenario and method. Raises UnknownScenario and UnknownMethod before any work."""
    scenarios = [find_scenario(name) for name in order.scenarios]
    methods = [find_method(name) for name in order.methods]
    return {each.name: _table(each, _able(each, methods), order, say) for each in scenarios}


def _able(scenario: Scenario, methods: Sequence[Method]) -> tuple[str, ...]:
    """The methods that a space of this size leaves possible."""
    size = math.prod(scenario.sizes)
    return tuple(each.name for each in methods if each.limit is None or size <= each.limit)


def _table(scenario: Scenario, methods: tuple[str, ...], order: Order, say: Say) -> Table:
    games = [
        Game(scenario.name, seed, methods, order.wording, order.kept) for seed in range(order.seeds)
    ]
    played: list[dict[str, Campaign]] = []
    for found in _in_turn(games, order.jobs):
        played.append(found)
        say(f"{scenario.name}: world {len(played)} of {order.seeds}")
    return figures({name: [each[name] for each in played] for name in methods})


def _in_turn(games: Sequence[Game], jobs: int) -> Iterator[dict[str, Campaign]]:
    if jobs == 1:
        yield from map(_play, games)
        return
    # torch has threads, which forked processes would lack
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_play, games)


def _play(game: Game) -> dict[str, Campaign]:
    encoder = Encoder(game.kept)
    world = make_world(find_scenario(game.scenario), game.seed, game.wording, encoder)
    return {
        name: play(world, find_method(name).make(), game.seed, encoder) for name in game.methods
    }


def figures(played: dict[str, list[Campaign]]) -> Table:
    """Means over worlds, and each method's lead over ``tab`` where that was played."""
    return {name: _figures(name, each, played.get(REFERENCE)) for name, each in played.items()}


def _figures(name: str, ours: list[Campaign], theirs: list[Campaign] | None) -> Figures:
    captured = mean([each.captured for each in ours])
    found: Figures = {"captured": captured.mean, "se": captured.se, "n": len(ours)}
    for key in ("last5", "rec", "lift", "seconds"):
        found[key] = mean([getattr(each, key) for each in ours]).mean
    for key, parts in (
        ("coverage", [each.whole for each in ours]),
        ("coverage_ads", [each.arms for each in ours]),
    ):
        if intervals := sum(each.intervals for each in parts):
            found[key] = sum(each.covered for each in parts) / intervals
    if theirs is not None and name != REFERENCE:
        found["against_tab"] = asdict(
            paired([each.captured for each in ours], [each.captured for each in theirs])
        )
    return found
