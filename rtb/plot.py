"""Line charts as SVG, for the documentation (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 720
HEIGHT: Final = 230
LEFT: Final = 56
RIGHT: Final = 16
TOP: Final = 34
BOTTOM: Final = 34
COLOURS: Final = ("#1f5fa8", "#c4541c", "#3d8a4e", "#7a4da0", "#8a8a8a")
TICKS: Final = 5
FONT: Final = 'font-family="sans-serif" font-size="12"'


@dataclass(frozen=True, slots=True)
class Series:
    """Points in the order of x; a dashed line is what was planned or is for comparison."""

    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart; x and y begin at ``left`` and 0."""

    title: str
    series: Sequence[Series]
    x_name: str
    y_name: str = ""

    @property
    def span(self) -> tuple[float, float, float]:
        """The least and greatest x, and the greatest y."""
        xs = [x for each in self.series for x, _ in each.points]
        ys = [y for each in self.series for _, y in each.points]
        return min(xs), max(xs), max([*ys, 1e-9]) * 1.08


def draw(panels: Sequence[Panel]) -> str:
    """The panels below each other."""
    height = HEIGHT * len(panels)
    parts = [part for n, panel in enumerate(panels) for part in _panel(panel, HEIGHT * n)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {FONT}>',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _panel(panel: Panel, top: int) -> Iterator[str]:
    first, last, highest = panel.span
    yield f'<g transform="translate(0 {top})" fill="#333">'
    yield f'<text x="{LEFT}" y="16" font-weight="bold">{escape(panel.title)}</text>'
    for value in _round_values(0.0, highest):
        y = _y(value, highest)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e4e4e4"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    for value in _round_values(first, last):
        place = _x(value, first, last)
        yield f'<text x="{place:.1f}" y="{HEIGHT - 18}" text-anchor="middle">{value:g}</text>'
    names = escape(f"{panel.x_name}   ·   {panel.y_name}" if panel.y_name else panel.x_name)
    yield f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">{names}</text>'
    yield from _lines(panel, first, last, highest)
    yield "</g>"


def _lines(panel: Panel, first: float, last: float, highest: float) -> Iterator[str]:
    legend = WIDTH - RIGHT
    for n, series in reversed(list(enumerate(panel.series))):
        colour, dash = COLOURS[n % len(COLOURS)], ' stroke-dasharray="5 4"' * series.dashed
        path = " ".join(f"{_x(x, first, last):.1f},{_y(y, highest):.1f}" for x, y in series.points)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>'
        name, place = escape(series.name), f'x="{legend}" y="16" text-anchor="end"'
        yield f'<text {place} fill="{colour}">{name}</text>'
        legend -= 7 * len(series.name) + 18


def _x(x: float, first: float, last: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (x - first) / ((last - first) or 1)


def _y(y: float, highest: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * y / highest


def _round_values(first: float, last: float) -> list[float]:
    """About TICKS values in between that people count in: 1, 2, 5 and their tens."""
    rough = (last - first) / TICKS or 1.0
    power = 10.0 ** floor(log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough * 0.999)
    counts = range(ceil(first / step - 1e-9), floor(last / step + 1e-9) + 1)
    return [round(count * step, 12) for count in counts]
