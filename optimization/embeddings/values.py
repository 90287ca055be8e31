"""Which text stands for a component value, and the hash that says whether it changed (pure)."""

import colorsys
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import unquote, urlsplit

HUES: Final = ("red", "orange", "yellow", "green", "green", "cyan", "blue", "purple", "pink", "red")
HUE_ENDS: Final = (15, 45, 70, 100, 165, 195, 255, 290, 345, 361)  # degrees, one per name
DARK, LIGHT, GREY = 0.3, 0.75, 0.12
TAG = re.compile(r"<[^>]*>")
HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE)
NO_WORD = re.compile(r"[^\w.]+|_|\.(?=\w{2,5}$)")


@dataclass(frozen=True, slots=True)
class Value:
    """A component value as an encoder sees it."""

    asset_id: int
    text: str  # never empty
    address: str = ""  # of an image that an image encoder is to look at; else empty

    @property
    def digest(self) -> str:
        """SHA-256 of what the embedding depends on, in hex."""
        seen = f"{self.address}\n{self.text}" if self.address else self.text
        return sha256(seen.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Column:
    """All values of one component, inactive ones too: they may serve again."""

    component: str
    values: tuple[Value, ...]  # in order of asset_id
    images: bool = False  # an image encoder looks at the addresses


def text_of(kind: str, component: str, value: str, description: str) -> str:
    """The words that stand for a value in any script; never empty.

    Text stands for itself, HTML without its tags, an image for its description (or the words of its
    address), a colour, a length or a keyword for itself after its component's name.
    """
    words = _SPOKEN.get(kind, _plain)(value, description).strip()
    if kind in NAMED:
        return f"{component.replace('_', ' ')}: {words}"
    return words or value.strip() or component


def _plain(value: str, _description: str) -> str:
    return value


def _without_tags(value: str, _description: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(TAG.sub(" ", value)))


def _address_in_words(value: str, _description: str) -> str:
    """Host and path; what stands after ? says nothing to a reader."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return value
    path = NO_WORD.sub(" ", unquote(parts.path)).strip()
    return f"{parts.hostname or ''} {path}".strip() or value


def _image(value: str, description: str) -> str:
    return description.strip() or _address_in_words(value, "").partition(" ")[2] or value


def _color(value: str, _description: str) -> str:
    match = HEX.fullmatch(value.strip())
    return f"{_color_name(match[1])} {value}" if match else value


def _color_name(digits: str) -> str:
    """A painter's words for rgb digits, as "dark green"."""
    pairs = [each * 2 for each in digits[:3]] if len(digits) < 6 else re.findall("..", digits)[:3]  # noqa: PLR2004
    hue, light, strength = colorsys.rgb_to_hls(*(int(pair, 16) / 255 for pair in pairs))
    if strength < GREY or light in {0.0, 1.0}:
        name = "black" if light < DARK / 2 else "white" if light > 1 - DARK / 2 else "grey"
    else:
        name = next(word for word, end in zip(HUES, HUE_ENDS, strict=True) if hue * 360 < end)
    shade = "dark " if light < DARK else "light " if light > LIGHT else ""
    return name if name in {"black", "white"} else shade + name


NAMED: Final = frozenset({"color", "length", "keyword"})
_SPOKEN: Mapping[str, Callable[[str, str], str]] = {
    "html": _without_tags,
    "url": _address_in_words,
    "image": _image,
    "color": _color,
}
