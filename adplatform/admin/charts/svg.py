"""An SVG picture with its words: what it is for those who see it and those who do not (pure).

Colours are classes of admin.css, which knows light and dark.
"""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr


def picture(width: float, height: float, title: str, desc: str, parts: Iterable[str]) -> str:
    """``desc`` says in words what the picture shows, where the title does not."""
    label = f"{title}. {desc}" if desc else title
    return (
        f'<svg class="adp-chart" viewBox="0 0 {width:g} {height:g}" role="img" '
        f"aria-label={quoteattr(label)}><title>{escape(title)}</title>"
        f"<desc>{escape(desc)}</desc>{''.join(parts)}</svg>"
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def shape(kind: str, tip: str, parts: Iterable[str]) -> str:
    """Parts that belong together; ``tip`` shows where a pointer rests."""
    return f'<g class="{kind}"><title>{escape(tip)}</title>{"".join(parts)}</g>'
