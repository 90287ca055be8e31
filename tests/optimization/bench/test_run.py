"""All methods in the same worlds, and what the optimiser has to reach there."""

import math
from typing import cast

import pytest

from optimization.bench import methods, scenarios, tables
from optimization.bench.run import Order, run
from optimization.bench.texts import bundled

QUICK = ("uniform", "eps-greedy", "seed", "tab", "tab+prior")


def _order(*names, scenario="S8-27", seeds=2) -> Order:
    return Order((scenario,), names, seeds, bundled())


def _quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def small():
    return run(_order(*QUICK), _quiet)["S8-27"]


def test_every_method_has_its_figures(small):
    assert set(small) == set(QUICK)
    for row in small.values():
        assert {"captured", "se", "n", "last5", "rec", "lift", "seconds"} <= set(row)
        assert all(math.isfinite(row[key]) for key in ("captured", "se", "rec"))


def test_methods_are_compared_with_tab_in_pairs(small):
    assert "against_tab" not in small["tab"]
    assert set(small["seed"]["against_tab"]) == {"difference", "se", "low", "high", "n"}


def test_engines_say_how_often_their_intervals_hold(small):
    assert 0 <= small["tab"]["coverage"] <= 1
    assert "coverage" not in small["uniform"]


def test_a_table_has_a_line_per_method_best_first(small):
    lines = list(tables.lines("S8-27", small))
    assert lines[0] == "### S8-27"
    assert len([line for line in lines if line.startswith("| ")]) == len(QUICK) + 2


def test_the_optimiser_finds_far_more_than_the_seed():
    """Thresholds of the quick benchmark, with room for chance: two worlds of 1,000."""
    found = run(_order("seed", "tab", scenario="S8-1e3"), _quiet)["S8-1e3"]
    tab, seed = (cast("float", found[name]["captured"]) for name in ("tab", "seed"))
    assert tab >= 0.40
    assert tab >= 4 * seed


def test_two_processes_find_what_one_finds():
    order = _order("eps-greedy")
    both = run(Order(order.scenarios, order.methods, 2, order.wording, jobs=2), _quiet)
    one = run(order, _quiet)
    assert both["S8-27"]["eps-greedy"]["captured"] == one["S8-27"]["eps-greedy"]["captured"]


def test_unknown_names_are_refused_with_those_that_exist():
    with pytest.raises(scenarios.UnknownScenario, match=r"S9.*S1, "):
        run(_order("tab", scenario="S9"), _quiet)
    with pytest.raises(methods.UnknownMethod, match=r"best.*uniform, "):
        run(_order("best"), _quiet)


def test_a_method_stays_away_from_spaces_it_cannot_hold():
    found = run(_order("uniform", "botorch-nei", scenario="S8-1e5", seeds=1), _quiet)
    assert set(found["S8-1e5"]) == {"uniform"}
