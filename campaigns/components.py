"""Component values: the kinds a component can have, its limits, the check each value passes."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Self
from urllib.parse import quote, urlsplit

import nh3

MAX_VALUE_LENGTH = 10_000
MAX_URL_LENGTH = 2_048
MAX_PATTERN_LENGTH = 200
MAX_PATTERN_REPEATS = 3
MAX_PATTERN_VALUE_LENGTH = 1_000
LENGTH_UNITS = ("px", "em", "rem", "%", "vw", "vh", "vmin", "vmax", "ch", "ex", "pt", "fr")
LANDING_MACROS = ("campaign_id", "template_id", "ad_id", "segment_id", "click_id")


class ComponentKind(StrEnum):
    TEXT = "text"
    URL = "url"
    IMAGE = "image"
    COLOR = "color"
    LENGTH = "length"
    KEYWORD = "keyword"
    HTML = "html"


class LimitsRejected(ValueError):
    """The limits of a component make no sense; the message says which one and why."""


class ValueRejected(ValueError):
    """A component value is not acceptable; the message tells a marketer what to change."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Limits:
    """What a component's values may be, beyond the rules of its kind."""

    max_length: int | None = None
    pattern: str | None = None
    allowed_values: tuple[str, ...] = ()
    min_value: float | None = None
    max_value: float | None = None
    units: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.max_length is not None and not 1 <= self.max_length <= MAX_VALUE_LENGTH:
            raise LimitsRejected(f"max_length must be between 1 and {MAX_VALUE_LENGTH}.")
        if self.pattern is not None:
            _check_pattern(self.pattern)
        _check_bounds(self.min_value, self.max_value)
        if unknown := [unit for unit in self.units if unit not in LENGTH_UNITS]:
            raise LimitsRejected(f"units: {unknown[0]!r} is not one of {', '.join(LENGTH_UNITS)}.")
        if bad := [host for host in self.hosts if not _HOST_PATTERN.fullmatch(host)]:
            raise LimitsRejected(f"hosts: {bad[0]!r} is not example.com or *.example.com.")

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Self:
        """The limits in a JSON object; raises LimitsRejected naming the first wrong entry."""
        if not isinstance(data, Mapping):
            raise LimitsRejected("Limits must be a JSON object.")
        if unknown := sorted(set(data) - set(_READERS)):
            known = ", ".join(_READERS)
            raise LimitsRejected(f"There is no limit called {unknown[0]!r}; known: {known}.")
        return cls(**{name: _READERS[name](name, value) for name, value in data.items()})  # type: ignore[arg-type]

    def to_json(self) -> dict[str, object]:
        """A JSON object with the limits that are set; from_json reads it back."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        listed = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
        return {name: value for name, value in listed.items() if value not in (None, [])}


def clean_value(kind: ComponentKind, limits: Limits, raw: str, *, allow_http: bool = False) -> str:
    """The normalised value; raises ValueRejected with advice for the person who typed it.

    `allow_http` admits http addresses of any host: for landing pages; the browser tag shows only
    https and local ones.
    """
    _check_characters(raw)
    value = raw.strip()
    if not value:
        raise ValueRejected("This value is empty: type something, or remove it.")
    if kind in (ComponentKind.URL, ComponentKind.IMAGE):
        value = _clean_url(value, hosts=limits.hosts, allow_http=allow_http, keep="")
    else:
        value = _CLEANERS[kind](value, limits)
    _check_limits(value, limits)
    return value


def clean_landing_url(raw: str, *, allow_http: bool = False) -> str:
    """A normalised landing page address, its {macros} kept; raises ValueRejected."""
    _check_characters(raw)
    unknown = [name for name in re.findall(r"\{([^{}]*)\}", raw) if name not in LANDING_MACROS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in LANDING_MACROS)
        raise ValueRejected(f"{{{unknown[0]}}} is not a placeholder we can fill; known: {known}.")
    return _clean_url(raw.strip(), hosts=(), allow_http=allow_http, keep="{}")


def fill_landing_macros(url: str, macros: Mapping[str, str]) -> str:
    """The landing address with each known {macro} percent-encoded into it; unset ones are empty."""
    return _MACRO.sub(lambda match: quote(macros.get(match[1], ""), safe=""), url)


def is_local_host(host: str) -> bool:
    """Whether a host name always means this machine, so that http is as safe as https."""
    return host in ("localhost", "127.0.0.1") or host.endswith(".localhost")


def _check_characters(raw: str) -> None:
    if len(raw) > MAX_VALUE_LENGTH:
        raise ValueRejected(f"{len(raw)} characters are too many: the most is {MAX_VALUE_LENGTH}.")
    if bad := _FORBIDDEN_CHARACTER.search(raw):
        code = f"U+{ord(bad[0]):04X}"
        raise ValueRejected(f"An invisible control character ({code}) is in here: retype the text.")


def _check_limits(value: str, limits: Limits) -> None:
    if limits.max_length is not None and len(value) > limits.max_length:
        raise ValueRejected(f"{len(value)} characters: shorten it to {limits.max_length}.")
    if limits.allowed_values and value not in limits.allowed_values:
        raise ValueRejected(f"Choose one of: {', '.join(limits.allowed_values)}.")
    if limits.pattern is None:
        return
    if len(value) > MAX_PATTERN_VALUE_LENGTH:
        raise ValueRejected(f"Shorten it to {MAX_PATTERN_VALUE_LENGTH} characters.")
    if not re.fullmatch(limits.pattern, value):
        raise ValueRejected(f"This does not have the required form ({limits.pattern}).")


def _clean_text(value: str, _limits: Limits) -> str:
    return re.sub(r"[ \t\r\n]+", " ", unicodedata.normalize("NFC", value))


def _clean_color(value: str, _limits: Limits) -> str:
    color = re.sub(r"\s+", " ", value.lower())
    if color in CSS_COLORS or _HEX_COLOR.fullmatch(color) or _COLOR_FUNCTION.fullmatch(color):
        return color
    raise ValueRejected(f"{value[:40]!r} is not a colour: use #ff8800, rgb(255, 136, 0) or orange.")


def _clean_length(value: str, limits: Limits) -> str:
    units = limits.units or LENGTH_UNITS
    match = _LENGTH.fullmatch(value.lower())
    if match is None or not (match[2] or float(match[1]) == 0):
        raise ValueRejected(f"{value[:40]!r} is not a length: write a number and a unit, as 12px.")
    if match[2] and match[2] not in units:
        raise ValueRejected(f"Use one of the units {', '.join(units)}, not {match[2]!r}.")
    number = float(match[1]) + 0.0  # -0 becomes 0
    _check_range(number, limits)
    return f"{number:.10g}{match[2]}"


def _check_range(number: float, limits: Limits) -> None:
    if limits.min_value is not None and number < limits.min_value:
        raise ValueRejected(f"{number:g} is too small: the least is {limits.min_value:g}.")
    if limits.max_value is not None and number > limits.max_value:
        raise ValueRejected(f"{number:g} is too large: the most is {limits.max_value:g}.")


def _clean_keyword(value: str, limits: Limits) -> str:
    if not limits.allowed_values:
        raise ValueRejected("This component lists no allowed values yet: add them to its limits.")
    if not _CSS_IDENT.fullmatch(value):
        raise ValueRejected(f"{value[:40]!r} is not a CSS keyword: use letters, digits, hyphens.")
    return value


def _clean_html(value: str, _limits: Limits) -> str:
    cleaned = nh3.clean(
        value,
        tags=HTML_TAGS,
        attributes={"a": {"href", "title"}},
        attribute_filter=_filter_html_attribute,
        clean_content_tags={"script", "style"},
        link_rel="nofollow noopener sponsored",
        url_schemes={"https"},
    ).strip()
    if not re.sub(r"<[^>]*>", "", cleaned).strip():
        raise ValueRejected(f"Nothing is left of this HTML. Text and these tags stay: {_TAG_LIST}.")
    return cleaned


def _filter_html_attribute(_tag: str, name: str, value: str) -> str | None:
    if name != "href":
        return value
    try:
        return _clean_url(value, hosts=(), allow_http=False, keep="")
    except ValueRejected:
        return None


def _clean_url(value: str, *, hosts: tuple[str, ...], allow_http: bool, keep: str) -> str:
    if len(value) > MAX_URL_LENGTH:
        raise ValueRejected(f"This address is longer than {MAX_URL_LENGTH} characters.")
    if re.search(r"[\s\\]", value):
        raise ValueRejected("An address cannot contain spaces, line breaks or backslashes.")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueRejected(f"This is not a web address ({error}).") from error
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise ValueRejected("Give the whole address, starting with https://")
    if "@" in parts.netloc:
        raise ValueRejected("Remove the user name and password before the @ in this address.")
    host = _clean_host(parts.hostname or "")
    if parts.scheme == "http" and not (allow_http or is_local_host(host)):
        raise ValueRejected("Use https:// instead of http://: browsers block insecure addresses.")
    if hosts and not any(_host_matches(host, allowed) for allowed in hosts):
        raise ValueRejected(f"{host} is not one of the allowed hosts: {', '.join(hosts)}.")
    tail = parts._replace(scheme="", netloc="").geturl()
    netloc = host if port is None else f"{host}:{port}"
    return f"{parts.scheme}://{netloc}{quote(tail, safe=_URL_SAFE + keep)}"


def _clean_host(host: str) -> str:
    try:
        ascii_host = host.encode("idna").decode() if host else ""
    except UnicodeError:
        ascii_host = ""
    if not _HOST.fullmatch(ascii_host):
        raise ValueRejected(f"{host[:60]!r} is not a host name: check the part after https://")
    return ascii_host.lower()


def _host_matches(host: str, allowed: str) -> bool:
    return host.endswith(allowed[1:]) if allowed.startswith("*.") else host == allowed


def _check_bounds(low: float | None, high: float | None) -> None:
    if low is not None and high is not None and low > high:
        raise LimitsRejected(f"min_value {low:g} is above max_value {high:g}.")


def _check_pattern(pattern: str) -> None:
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise LimitsRejected(f"pattern: at most {MAX_PATTERN_LENGTH} characters.")
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise LimitsRejected(f"pattern: not a regular expression ({error}).") from error
    bare = re.sub(r"\\[1-9]", r"(?P=", pattern)
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", bare, flags=re.DOTALL)
    if re.search(r"\)(?:[*+]|\{)|\(\?(?!:)", bare):
        raise LimitsRejected("pattern: repeated groups, back references and (?…) can hang.")
    if len(re.findall(r"[*+]|\{\d*,\d*\}", bare)) > MAX_PATTERN_REPEATS:
        raise LimitsRejected(f"pattern: at most {MAX_PATTERN_REPEATS} of * + {{m,n}}: more hang.")


def _read_integer(name: str, value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise LimitsRejected(f"{name} must be a whole number, not {value!r}.")


def _read_number(name: str, value: object) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        number = None if value is None else float(value)
        if number is None or abs(number) < float("inf"):
            return number
    raise LimitsRejected(f"{name} must be a number, not {value!r}.")


def _read_string(name: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise LimitsRejected(f"{name} must be text, not {value!r}.")


def _read_strings(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise LimitsRejected(f"{name} must be a list of texts, not {value!r}.")


_READERS = {
    "max_length": _read_integer,
    "pattern": _read_string,
    "allowed_values": _read_strings,
    "min_value": _read_number,
    "max_value": _read_number,
    "units": _read_strings,
    "hosts": _read_strings,
}
_CLEANERS = {
    ComponentKind.TEXT: _clean_text,
    ComponentKind.COLOR: _clean_color,
    ComponentKind.LENGTH: _clean_length,
    ComponentKind.KEYWORD: _clean_keyword,
    ComponentKind.HTML: _clean_html,
}

# C0 and C1 controls but tab and line ends, line separators, direction overrides, surrogates and
# characters that are none.
_FORBIDDEN_CHARACTER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff\ufffe\uffff]"
)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
_HOST_PATTERN = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
_URL_SAFE = "/%:@!$&()*+,;=~-._?#[]"
_MACRO = re.compile(r"\{(" + "|".join(LANDING_MACROS) + r")\}")
_LENGTH = re.compile(r"([+-]?(?:\d{1,6}(?:\.\d{1,4})?|\.\d{1,4}))([a-z]{0,4}|%)")
_CSS_IDENT = re.compile(r"-{0,2}[a-zA-Z_][a-zA-Z0-9_-]{0,63}")
_HEX_COLOR = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_NUMBER = r"[+-]?(?:\d{1,3}(?:\.\d{1,4})?|\.\d{1,4})(?:%|deg)?"
_COLOR_FUNCTION = re.compile(
    rf"(?:rgb|hsl)a?\( ?{_NUMBER}"
    rf"(?:(?: ?, ?{_NUMBER}){{2,3}}|(?: {_NUMBER}){{2}}(?: ?/ ?{_NUMBER})?) ?\)"
)
HTML_TAGS = {
    *("a", "b", "br", "em", "i", "li", "mark", "ol", "p", "s", "small"),
    *("span", "strong", "sub", "sup", "u", "ul"),
}
_TAG_LIST = ", ".join(sorted(HTML_TAGS))
# https://www.w3.org/TR/css-color-4/#named-colors, with transparent and currentcolor.
_COLOR_NAMES = """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet
    brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan
    darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta
    darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue
    darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey
    dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray
    green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush
    lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen
    lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey
    lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue
    mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise
    mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive
    olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred
    papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue
    saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray
    slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white
    whitesmoke yellow yellowgreen transparent currentcolor
"""
CSS_COLORS = frozenset(_COLOR_NAMES.split())
