"""The ad's HTML page: a compiled template with one combination's values, and the tag."""

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from campaigns.components import (
    ComponentKind,
    Limits,
    ValueRejected,
    clean_value,
    is_local_host,
)
from campaigns.templates import CLICK_URL, CompiledTemplate, Encoding, Hole, Parts

_REVEAL_MARGIN_MS = 1_000
_SANDBOX = (
    "allow-scripts allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)


@dataclass(frozen=True, slots=True)
class Fallback:
    """The combination rendered by the server: shown and counted when no decision arrives."""

    ad_id: str
    impression_url: str
    viewable_url: str
    click_url: str


@dataclass(frozen=True, slots=True)
class TagConfig:
    """What the tag needs beside the template's bindings. URLs may be relative to the page."""

    decision_url: str
    fallback: Fallback
    timeout_ms: int = 2_000


def render_page(
    compiled: CompiledTemplate,
    values: Mapping[str, str],
    *,
    click_url: str,
    tag: TagConfig | None,
    nonce: str,
    lang: str = "en",
) -> str:
    """The whole HTML document of an ad.

    `values` are cleaned component values by name, shown without JavaScript and when no decision
    arrives. Without `tag` the page runs and counts nothing. Raises KeyError where a value is
    missing and ValueError for a nonce that is not one.
    """
    _check_nonce(nonce)
    filled = {**values, CLICK_URL: click_url}
    hide = "" if tag is None else _script(_hide_until_revealed(tag.timeout_ms), nonce)
    tail = "" if tag is None else _tag(compiled, tag, nonce)
    return (
        f'<!doctype html><html lang="{html.escape(compiled.lang or lang)}"><head>'
        '<meta charset="utf-8"><base target="_blank">'
        f"{hide}{_styles(compiled, nonce)}{_fill(compiled.head, filled)}</head>"
        f"{_fill(compiled.body, filled)}{tail}</body></html>"
    )


def preview_page(
    compiled: CompiledTemplate,
    values: Mapping[str, str],
    *,
    click_url: str,
    nonce: str,
    lang: str = "en",
) -> str:
    """The same page without the tag, for admin previews: nothing is counted."""
    return render_page(compiled, values, click_url=click_url, tag=None, nonce=nonce, lang=lang)


def content_security_policy(
    nonce: str, *, frame_ancestors: Sequence[str], local_images: bool = False
) -> str:
    """The Content-Security-Policy header of an ad page (reference/ad-server.md 3.4, item 2).

    `frame_ancestors` are the sites that may embed the ad; none means nobody. `local_images` admits
    http images of this machine, for demos. Raises ValueError for a wrong site or nonce.
    """
    _check_nonce(nonce)
    local = " http://localhost:* http://127.0.0.1:* http://*.localhost:*" if local_images else ""
    ancestors = " ".join(_checked_ancestor(site) for site in frame_ancestors) or "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            f"style-src 'nonce-{nonce}'",
            "style-src-attr 'unsafe-inline'",  # component values in style="…" without JavaScript
            f"img-src https: 'self' data:{local}",
            "font-src https: data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors}",
            f"sandbox {_SANDBOX}",
        )
    )


# The parts of the page


def _styles(compiled: CompiledTemplate, nonce: str) -> str:
    base = "html{height:100%}body{margin:0}.adp-wait body{visibility:hidden}"
    return "".join(f'<style nonce="{nonce}">{css}</style>' for css in (base, *compiled.styles))


def _tag(compiled: CompiledTemplate, tag: TagConfig, nonce: str) -> str:
    pixel = html.escape(tag.fallback.impression_url)
    return (
        f'<script type="application/json" id="adp-config" nonce="{nonce}">'
        f"{_config(compiled, tag)}</script>"
        f"{_script(_tag_source(), nonce)}"
        f'<noscript><img src="{pixel}" width="1" height="1" alt="" '
        'style="position: absolute; opacity: 0"></noscript>'
    )


def _config(compiled: CompiledTemplate, tag: TagConfig) -> str:
    bindings = [
        [each.node, each.kind.value, each.name, _pieces(each.pieces)] for each in compiled.bindings
    ]
    text = json.dumps({**asdict(tag), "bindings": bindings}, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _pieces(parts: Parts) -> list[str | list[str]]:
    return [part if isinstance(part, str) else [part.name, part.encoding.value] for part in parts]


def _hide_until_revealed(timeout_ms: int) -> str:
    """Hides the page while the tag decides; shows it even where the tag dies."""
    return (
        "(function(c){c.add('adp-wait');setTimeout(function(){c.remove('adp-wait')},"
        f"{int(timeout_ms) + _REVEAL_MARGIN_MS})}})(document.documentElement.classList)"
    )


def _script(source: str, nonce: str) -> str:
    return f'<script nonce="{nonce}">{source}</script>'


@cache
def _tag_source() -> str:
    return Path(__file__).with_name("tag.js").read_text(encoding="utf-8")


# Values


def _fill(parts: Parts, values: Mapping[str, str]) -> str:
    return "".join(part if isinstance(part, str) else _encode(part, values) for part in parts)


def _encode(hole: Hole, values: Mapping[str, str]) -> str:
    value = values[hole.name]
    if hole.name == CLICK_URL and value.startswith("http://"):
        return html.escape(value)  # our own server, which may be without TLS inside a network
    return _ENCODERS[hole.encoding](value)


def _encode_url(value: str) -> str:
    return html.escape(_shown_url(value))


def _encode_css(value: str) -> str:
    """A colour, length or keyword; anything else is left out."""
    return value if _CSS_VALUE.fullmatch(value) else ""


def _encode_css_url(value: str) -> str:
    return html.escape(re.sub(r"[\"\\\s]", lambda m: f"%{ord(m[0]):02X}", _shown_url(value)))


def _encode_html(value: str) -> str:
    """Sanitised once more: a value saved by older code is no way in."""
    try:
        return clean_value(ComponentKind.HTML, Limits(), value)
    except ValueRejected:
        return ""


def _shown_url(value: str) -> str:
    """The address, or none where a browser could run it or take it for another host."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    is_ours = value.startswith("/") and value[1:2] not in ("/", "\\")
    is_local = parts.scheme == "http" and is_local_host(parts.hostname or "")
    return value if is_ours or is_local or (parts.scheme == "https" and parts.hostname) else ""


_ENCODERS: dict[Encoding, Callable[[str], str]] = {
    Encoding.TEXT: html.escape,
    Encoding.URL: _encode_url,
    Encoding.CSS: _encode_css,
    Encoding.CSS_URL: _encode_css_url,
    Encoding.HTML: _encode_html,
}
_CSS_VALUE = re.compile(r"[A-Za-z0-9#%.,()/+ _-]{1,100}")
_NONCE = re.compile(r"[A-Za-z0-9+/_-]{16,64}={0,2}")
_ANCESTOR = re.compile(
    r"\*|'self'|(?:https?://)?(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::(?:\d{1,5}|\*))?",
    re.IGNORECASE,
)


def _check_nonce(nonce: str) -> None:
    if not _NONCE.fullmatch(nonce):
        raise ValueError(f"{nonce!r} is not a nonce: give 16 to 64 base64 characters.")


def _checked_ancestor(site: str) -> str:
    if not _ANCESTOR.fullmatch(site):
        raise ValueError(f"{site!r} is not a site: write https://example.com or *.example.com.")
    return site
