"""What was predicted against what came: near the line the predictions hold (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from adplatform.admin.charts import svg
from adplatform.admin.charts.measure import Measure
from adplatform.admin.charts.scale import Scale, from_zero

WIDTH: Final = 480
HEIGHT: Final = 300
LEFT: Final = 58
RIGHT: Final = 14
TOP: Final = 12
BOTTOM: Final = 44
TITLE: Final = "Predicted and realised click rate"


@dataclass(frozen=True, slots=True)
class Pair:
    """One combination in one batch."""

    predicted: Measure
    realised: Measure
    tip: str

    @property
    def agrees(self) -> bool:
        """Whether the intervals meet."""
        return self.predicted.low <= self.realised.high and self.realised.low <= self.predicted.high


def draw(pairs: Sequence[Pair]) -> str:
    """An SVG picture with the same scale on both axes."""
    values = [each.predicted.value for each in pairs] + [each.realised.high for each in pairs]
    along = from_zero(values, LEFT, WIDTH - RIGHT)
    up = Scale(along.low, along.high, HEIGHT - BOTTOM, TOP)
    agreeing = sum(each.agrees for each in pairs)
    desc = f"In {agreeing} of {len(pairs)} the realised rate agrees with the predicted one"
    parts = [*_axes(along, up), *(_dot(each, along, up) for each in pairs)]
    return svg.picture(WIDTH, HEIGHT, TITLE, desc, parts)


def _axes(along: Scale, up: Scale) -> Iterator[str]:
    for value, words in up.labels():
        y, x = up.place(value), along.place(value)
        yield svg.line(LEFT, y, WIDTH - RIGHT, y, "grid")
        yield svg.text(LEFT - 6, y + 4, words, "end")
        yield svg.text(x, HEIGHT - BOTTOM + 16, words, "middle")
    yield svg.line(along.place(along.low), up.place(up.low), along.end, up.end, "same")
    yield svg.text((LEFT + WIDTH) / 2, HEIGHT - 8, "Predicted", "middle")
    middle = (HEIGHT - BOTTOM + TOP) / 2
    yield (
        f'<text class="middle" transform="translate(13 {middle:g}) rotate(-90)" x="0" y="0">'
        "Realised</text>"
    )


def _dot(pair: Pair, along: Scale, up: Scale) -> str:
    x, real = along.place(pair.predicted.value), pair.realised
    parts = [
        svg.line(x, up.place(real.low), x, up.place(real.high), ""),
        f'<circle cx="{x:.1f}" cy="{up.place(real.value):.1f}" r="3.5"/>',
    ]
    return svg.shape("served" if pair.agrees else "missed", pair.tip, parts)
