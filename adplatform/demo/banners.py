"""The demo's banners for exchanges: one self-contained HTML ad for each common size (pure).

They load nothing: an exchange's page admits https only, and the demo's server has no certificate.
"""

from collections.abc import Mapping
from typing import Final

SIZES: Final = (
    (300, 250),
    (300, 600),
    (320, 50),
    (728, 90),
    (320, 250),
    (160, 600),
    (320, 480),
    (336, 280),
    (970, 250),
    (300, 50),
    (468, 60),
    (320, 100),
    (970, 90),
    (250, 250),
    (120, 600),
)
STRIP_HEIGHT: Final = 120  # flatter ones show picture, words and button side by side
TALL_STRIP: Final = 90
LONG_STRIP: Final = 400
NARROW: Final = 200
TALL: Final = 300

SOFA: Final = (
    '<svg viewBox="0 0 120 70" preserveAspectRatio="xMidYMax meet" role="img" '
    'aria-label="A green velvet sofa" '
    'style="display:block;width:100%;height:100%;overflow:visible">'
    '<rect x="-600" y="56" width="1320" height="14" fill="#b07f52"/>'
    '<circle cx="98" cy="16" r="9" fill="#e8b866"/>'
    '<rect x="26" y="26" width="68" height="24" rx="7" fill="#3f8468"/>'
    '<rect x="18" y="34" width="14" height="24" rx="6" fill="#356f58"/>'
    '<rect x="88" y="34" width="14" height="24" rx="6" fill="#356f58"/>'
    '<rect x="30" y="44" width="60" height="12" rx="4" fill="#4c977a"/>'
    '<rect x="38" y="32" width="13" height="13" rx="2" fill="#e8b866"/>'
    '<rect x="70" y="32" width="13" height="13" rx="2" fill="#c9502f"/></svg>'
)
PICTURE: Final = "overflow:hidden;background:#2f3b4c"
FONT: Final = "'Helvetica Neue',Helvetica,Arial,sans-serif"
BRAND: Final = (
    '<div style="font-weight:700;letter-spacing:.14em;color:#b4532a;{}">MAPLE &amp; LOOM</div>'
)


def banner(width: int, height: int) -> str:
    """The HTML of one size; ``{click_url}`` is where its link goes."""
    inside = _strip(width, height) if height <= STRIP_HEIGHT else _column(width, height)
    style = _css(
        {
            "display": "flex",
            "flex-direction": "row" if height <= STRIP_HEIGHT else "column",
            "box-sizing": "border-box",
            "width": f"{width}px",
            "height": f"{height}px",
            "overflow": "hidden",
            "background": "#fbf6ee",
            "color": "#2c241d",
            "border": "1px solid #d9cdbb",
            "font-family": FONT,
            "text-decoration": "none",
        }
    )
    link = 'href="{click_url}" target="_blank" rel="noopener sponsored"'
    return f'<a {link} style="{style}">{inside}</a>'


def _strip(width: int, height: int) -> str:
    roomy = height >= TALL_STRIP
    brand = BRAND.format("font-size:9px") if roomy or width >= LONG_STRIP else ""
    size = min(22, max(12, height // 4))
    words = (
        "See your sofa in your room first."
        if width >= LONG_STRIP or roomy
        else "Your sofa, at home first."
    )
    return (
        f'<div style="{PICTURE};flex:none;width:{round(height * 1.5)}px">{SOFA}</div>'
        '<div style="flex:1;min-width:0;align-self:center;padding:0 10px">'
        f'{brand}<div style="font:{size}px/1.15 Georgia,serif">{words}</div></div>'
        f"{_button('Try it', 'align-self:center;margin-right:10px', 14 if roomy else 11)}"
    )


def _column(width: int, height: int) -> str:
    size = 17 if width < NARROW else 22 if height <= TALL else 28
    return (
        f'<div style="{PICTURE};flex:1;min-height:0">{SOFA}</div>'
        f'<div style="flex:none;padding:{10 if width < NARROW else 14}px">'
        f"{BRAND.format('font-size:9px')}"
        f'<div style="font:{size}px/1.15 Georgia,serif;margin:6px 0 10px">'
        "See your sofa in your room first.</div>"
        f"{_button('Try it in your room' if width >= NARROW else 'Try it', '', 13)}</div>"
    )


def _button(text: str, style: str, size: int) -> str:
    return (
        '<div style="display:inline-block;flex:none;padding:.5em 1em;border-radius:2em;color:#fff;'
        f'background:#b4532a;font-weight:700;font-size:{size}px;{style}">{text}</div>'
    )


def _css(rules: Mapping[str, str]) -> str:
    return ";".join(f"{name}:{value}" for name, value in rules.items())
