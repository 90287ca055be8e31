"""Every policy on the same headline tests: captured share by impressions per arm."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

import numpy as np

from optimization.bench.encode import Encoder
from optimization.bench.headlines import content
from optimization.bench.headlines.policies import POLICIES
from optimization.bench.headlines.recorded import Recorded
from optimization.bench.headlines.replay import Audience, Setting, deck, fresh, replay
from optimization.bench.paired import paired_ratio, ratio
from optimization.bench.run import REFERENCE, Figures, Say, Table
from optimization.problem import Floats

PER_ARM = (200, 600, 1500)  # impressions

Results = dict[str, dict[str, Table]]  # evaluator -> impressions per arm -> method
Audiences = dict[str, Callable[[np.random.Generator], Audience]]


def run(recorded: Recorded, encoder: Encoder, passes: int, say: Say) -> Results:
    """``headlines``: truth drawn from the counts; ``headlines-recorded``: the counts themselves.

    Each policy plays all tests ``passes`` times.
    """
    expected = expectations(recorded, encoder)
    say(f"headlines: content prior explains {content.explained(recorded, expected):.3f}")
    audiences: Audiences = {
        "headlines": partial(fresh, recorded),
        "headlines-recorded": lambda _: deck(recorded),
    }
    found: Results = {}
    for name, audience in audiences.items():
        found[name] = {}
        for per_arm in PER_ARM:
            setting = Setting(recorded, audience, per_arm, expected)
            found[name][str(per_arm)] = table(setting, passes)
            say(f"{name}: {per_arm} impressions per arm")
    return found


def expectations(recorded: Recorded, encoder: Encoder) -> Floats:
    """The content prior of every headline, from other tests only: ``(T, A)``."""
    texts = recorded.all_texts
    vectors = dict(zip(texts, encoder.vectors(texts), strict=True))
    return content.expected(recorded, vectors)


def table(setting: Setting, passes: int) -> Table:
    """Figures by policy; standard errors are over tests."""
    gains: dict[str, Floats] = {}
    for name, policy in POLICIES.items():
        played = [replay(setting, policy, seed) for seed in range(passes)]
        gains[name] = np.mean([each.gains for each in played], axis=0)
        best = np.mean([each.best for each in played], axis=0)
        uniform = np.mean([each.uniform for each in played], axis=0)
    return {name: _figures(name, gains, best, uniform) for name in gains}


def _figures(name: str, gains: dict[str, Floats], best: Floats, uniform: Floats) -> Figures:
    share = ratio(gains[name], best)
    found: Figures = {
        "captured": share.mean,
        "se": share.se,
        "n": len(best),
        "lift": float(gains[name].sum() / uniform.sum()),
    }
    if name != REFERENCE:
        against = paired_ratio(gains[name], gains[REFERENCE], best)
        found["against_tab"] = asdict(against)
    return found
