"""One effect as a bar from zero with its interval; rows of a table share a scale (pure)."""

from collections.abc import Iterable, Iterator
from typing import Final

from adplatform.admin.charts import svg
from adplatform.admin.charts.measure import Measure
from adplatform.admin.charts.scale import Scale, around_zero

WIDTH: Final = 240
HEIGHT: Final = 22
MARGIN: Final = 4


def shared(effects: Iterable[Measure]) -> Scale:
    """The scale on which all of these can be compared."""
    ends = [end for each in effects for end in (each.low, each.high)]
    return around_zero(ends, MARGIN, WIDTH - MARGIN)


def draw(effect: Measure, scale: Scale, words: str) -> str:
    """A bar: sure to the right of zero, sure to the left, or not sure; ``words`` say it."""
    kind = "good" if effect.low > 0 else "bad" if effect.high < 0 else "unsure"
    bar = svg.shape(kind, words, _bar(effect, scale))
    zero = svg.line(scale.place(0.0), 0, scale.place(0.0), HEIGHT, "zero")
    return svg.picture(WIDTH, HEIGHT, words, "", [zero, bar])


def _bar(effect: Measure, scale: Scale) -> Iterator[str]:
    zero, end = scale.place(0.0), scale.place(effect.value)
    left, width, middle = min(zero, end), abs(end - zero), HEIGHT / 2
    yield f'<rect x="{left:.1f}" y="{middle - 6}" width="{width:.1f}" height="12" rx="2"/>'
    low, high = scale.place(effect.low), scale.place(effect.high)
    yield svg.line(low, middle, high, middle, "whisker")
    for place in (low, high):
        yield svg.line(place, middle - 4, place, middle + 4, "whisker")
