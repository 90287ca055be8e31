"""The learning curve: the click rate of each round beside chance and the best (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from adplatform.admin.charts import svg
from adplatform.admin.charts.measure import Measure, percent
from adplatform.admin.charts.scale import Scale, from_zero

WIDTH: Final = 480
HEIGHT: Final = 230
LEFT: Final = 46
RIGHT: Final = 14
TOP: Final = 14
BOTTOM: Final = 40
MAX_X_WORDS: Final = 12
TITLE: Final = "Click rate by round"


@dataclass(frozen=True, slots=True)
class Round:
    """What one set of batches earned; ``name`` is short, ``tip`` says more."""

    name: str
    rate: Measure
    tip: str


@dataclass(frozen=True, slots=True)
class Curve:
    rounds: Sequence[Round]
    uniform: Measure | None = None  # all combinations equally often
    best: float | None = None  # predicted of the best


def draw(curve: Curve) -> str:
    """An SVG picture; of one round a single dot."""
    highs = [each.rate.high for each in curve.rounds]
    highs += [curve.uniform.high] if curve.uniform else []
    up = from_zero([*highs, curve.best or 0.0], HEIGHT - BOTTOM, TOP)
    last = max(len(curve.rounds) - 1, 1)
    along = Scale(-0.3, last + 0.3, LEFT, WIDTH - RIGHT)
    parts = [*_axes(curve, up, along), *_levels(curve, up), *_rounds(curve, up, along)]
    return svg.picture(WIDTH, HEIGHT, TITLE, in_words(curve), parts)


def in_words(curve: Curve) -> str:
    said = ["; ".join(f"{each.name}: {each.rate}" for each in curve.rounds)]
    if curve.uniform:
        said.append(f"All combinations equally often: {curve.uniform}")
    if curve.best is not None:
        said.append(f"The best combination is predicted at {percent(curve.best)}")
    return ". ".join(each for each in said if each)


def _axes(curve: Curve, up: Scale, along: Scale) -> Iterator[str]:
    for value, words in up.labels():
        y = up.place(value)
        yield svg.line(LEFT, y, WIDTH - RIGHT, y, "grid")
        yield svg.text(LEFT - 6, y + 4, words, "end")
    every = -(-len(curve.rounds) // MAX_X_WORDS) or 1
    for n, each in enumerate(curve.rounds):
        if n % every == 0:
            yield svg.text(along.place(n), HEIGHT - BOTTOM + 16, each.name, "middle")
    yield svg.text((LEFT + WIDTH) / 2, HEIGHT - 6, "Round", "middle")


def _levels(curve: Curve, up: Scale) -> Iterator[str]:
    right = WIDTH - RIGHT
    if curve.uniform:
        top, bottom = up.place(curve.uniform.high), up.place(curve.uniform.low)
        box = f'<rect class="chance-area" x="{LEFT}" y="{top:.1f}" width="{right - LEFT}"'
        rest = [
            f'{box} height="{bottom - top:.1f}"/>',
            svg.line(LEFT, up.place(curve.uniform.value), right, up.place(curve.uniform.value), ""),
        ]
        yield svg.shape("chance", f"All combinations equally often: {curve.uniform}", rest)
    if curve.best is not None:
        y = up.place(curve.best)
        tip = f"The best combination, as predicted: {percent(curve.best)}"
        yield svg.shape("best", tip, [svg.line(LEFT, y, right, y, "")])


def _rounds(curve: Curve, up: Scale, along: Scale) -> Iterator[str]:
    places = [(along.place(n), up.place(each.rate.value)) for n, each in enumerate(curve.rounds)]
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline class="served-line" points="{joined}"/>'
    for each, (x, y) in zip(curve.rounds, places, strict=True):
        whisker = svg.line(x, up.place(each.rate.low), x, up.place(each.rate.high), "")
        dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
        yield svg.shape("served", each.tip, [whisker, dot])
