"""What ad templates may hold: elements, attributes, addresses, and where each kind may stand."""

import re
from urllib.parse import urlsplit

from campaigns.components import ComponentKind, is_local_host
from campaigns.templates.css import MAX_DATA_URL
from campaigns.templates.tree import HTML, SVG

CLICK_URL = "click_url"


def _names(*groups: str) -> frozenset[str]:
    return frozenset(name for group in groups for name in group.split())


_HTML_ELEMENTS = _names(
    "html head body title meta style div section article aside header footer main nav hgroup",
    "h1 h2 h3 h4 h5 h6 p pre blockquote figure figcaption address hr br wbr center",
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q s samp small span strong",
    "sub sup time u var ruby rt rp ul ol li dl dt dd menu button img map area",
    "table caption colgroup col thead tbody tfoot tr td th",
)
_SVG_ELEMENTS = _names(
    "svg g path rect circle ellipse line polyline polygon text tspan defs symbol use title",
    "linearGradient radialGradient stop clipPath mask",
)
ELEMENTS = {f"{HTML}{name}" for name in _HTML_ELEMENTS} | {f"{SVG}{name}" for name in _SVG_ELEMENTS}

_HTML_ATTRIBUTES = _names(
    "id class style title lang dir role tabindex hidden translate href target rel src alt width",
    "height loading decoding fetchpriority usemap name content charset type start reversed value",
    "datetime coords shape align valign bgcolor border cellpadding cellspacing color face size",
    "colspan rowspan scope span nowrap",
)
_SVG_ATTRIBUTES = _names(
    "id class style title role lang tabindex href width height viewBox preserveAspectRatio",
    "version focusable x y x1 x2 y1 y2 dx dy cx cy r rx ry fx fy d points pathLength rotate",
    "transform opacity fill fill-opacity fill-rule stroke stroke-width stroke-opacity",
    "stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset color",
    "clip-path clip-rule mask offset stop-color stop-opacity gradientUnits gradientTransform",
    "spreadMethod clipPathUnits maskUnits maskContentUnits font-family font-size font-weight",
    "font-style text-anchor dominant-baseline letter-spacing textLength lengthAdjust",
)
_NAMED_ATTRIBUTE = re.compile(r"(?:aria|data)-(?!adp)[a-z0-9_.-]+")

TEXT_ATTRIBUTES = _names("alt title aria-label aria-description aria-roledescription")
LINKS = frozenset({f"{HTML}a", f"{HTML}area"})
IMAGE = f"{HTML}img"
HTML_CONTAINERS = frozenset(
    f"{HTML}{name}"
    for name in _names("div section article aside header footer main figure figcaption td th")
)
# A value's <p>, <a> or <li> would end these instead of standing inside them.
NOT_AROUND_HTML = _names("p a li dt dd h1 h2 h3 h4 h5 h6 button b i em strong small font code u s")
IMAGE_PROPERTIES = _names("background-image background")
STYLE_KINDS = frozenset({ComponentKind.COLOR, ComponentKind.LENGTH, ComponentKind.KEYWORD})

_ELEMENT_ADVICE = {
    "script": "Scripts cannot be used in a template: remove this <script>.",
    "link": "<link> cannot be used: put the CSS into a <style> block.",
    "noscript": "<noscript> cannot be used: the ad works without scripts by itself.",
    "base": "<base> cannot be used: write whole addresses.",
    "frameset": "<frameset> cannot be used.",
}
_ATTRIBUTE_ADVICE = {
    "srcset": "srcset cannot be used: give one address in src.",
    "srcdoc": "srcdoc cannot be used.",
    "http-equiv": "<meta http-equiv> cannot be used: the ad server sends the headers.",
    "xlink:href": "Write href instead of xlink:href.",
    "background": 'Write style="background-image: url(…)" instead of background.',
}
_KIND_PLACES = {
    ComponentKind.TEXT: "in text, or in alt, title or aria-label",
    ComponentKind.URL: 'as the whole address of a link: <a href="{{{{ {name} }}}}">',
    ComponentKind.IMAGE: "as the whole src of an <img>, or in "
    'style="background-image: url({{{{ {name} }}}})"',
    ComponentKind.COLOR: 'in a style: style="color: {{{{ {name} }}}}"',
    ComponentKind.LENGTH: 'in a style: style="width: {{{{ {name} }}}}"',
    ComponentKind.KEYWORD: 'in a style: style="text-align: {{{{ {name} }}}}"',
    ComponentKind.HTML: "alone inside a <div>, <section> or table cell, with no link, list item, "
    "paragraph or heading around it",
}
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|avif|svg\+xml)[;,]", re.IGNORECASE)
_LOCAL_REFERENCE = re.compile(r"#[\w-]+")
_META_NAMES = _names("viewport description author ad.size color-scheme")


def element_problem(tag: str) -> str | None:
    """Why an element cannot be used, or None."""
    if tag in ELEMENTS:
        return None
    name = tag.rpartition("}")[2]
    return _ELEMENT_ADVICE.get(name.lower(), f"<{name[:40]}> cannot be used in an ad template.")


def attribute_problem(tag: str, name: str) -> str | None:
    """Why an attribute cannot be used on an element, or None."""
    short = name.rpartition("}")[2]
    if short.lower().startswith("on"):
        return f"{short[:40]} runs a script: event handlers cannot be used."
    if tag == f"{HTML}html":
        return None if name == "lang" else f"Write {short[:40]} on <body>, not on <html>."
    known = _SVG_ATTRIBUTES if tag.startswith(SVG) else _HTML_ATTRIBUTES
    if name in known or _NAMED_ATTRIBUTE.fullmatch(name):
        return None
    advice = _ATTRIBUTE_ADVICE.get("xlink:href" if "xlink" in name else name)
    return advice or f"The attribute {short[:40]} cannot be used in an ad template."


def static_value_problem(tag: str, name: str, value: str) -> str | None:
    """Why an attribute's fixed value cannot be used, or None."""
    if name in ("href", "src"):
        return _address_problem(tag, name, value)
    if name == "target" and value not in ("_blank", "_top"):
        return 'target must be "_blank" or "_top": the ad stands in a frame.'
    if name == "id" and value.lower().startswith("adp"):
        return 'An id that starts with "adp" is kept for the ad server: choose another.'
    if name == "usemap" and not _LOCAL_REFERENCE.fullmatch(value):
        return "usemap must be # and the name of a <map> in this template."
    if tag == f"{HTML}meta":
        return _meta_problem(name, value)
    return None


def misplaced(name: str, kind: ComponentKind, place: str) -> str:
    """Says that a component stands where its kind cannot, and where it can."""
    proper = _KIND_PLACES[kind].format(name=name)
    return f"{{{{ {name} }}}} holds {kind.value} and cannot stand {place}: use it {proper}."


def _address_problem(tag: str, name: str, value: str) -> str | None:
    if (name == "href" and tag not in LINKS and not tag.startswith(SVG)) or (
        name == "src" and tag != IMAGE
    ):
        return f"{name} cannot be used on <{tag.rpartition('}')[2]}>."
    if tag.startswith(SVG):
        ok = _LOCAL_REFERENCE.fullmatch(value)
        return None if ok else "href in a drawing must be # and an id in this template."
    if tag == IMAGE and _DATA_IMAGE.match(value):
        return None if len(value) <= MAX_DATA_URL else "This embedded image is over 50 KB."
    return None if _is_https(value) else _https_advice(value)


def _is_https(value: str) -> bool:
    try:
        parts = urlsplit(value)
        local = parts.scheme == "http" and is_local_host(parts.hostname or "")
    except ValueError:
        return False
    plain = not re.search(r"[\s\\\x00-\x1f]", value) and "@" not in parts.netloc
    return plain and bool(parts.hostname) and (parts.scheme == "https" or local)


def _https_advice(value: str) -> str:
    shown = value[:40]
    return f"The address {shown!r} cannot be used: give the whole address, starting with https://"


def _meta_problem(name: str, value: str) -> str | None:
    if name == "charset" and value.strip().lower() not in ("utf-8", "utf8"):
        return "Templates are always UTF-8: remove this charset."
    if name == "name" and value.strip().lower() not in _META_NAMES:
        return f"<meta name> can only be one of {', '.join(sorted(_META_NAMES))}."
    return None
