"""Builds what targeting knows about one request, and recognises robots and prefetches."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache, lru_cache
from typing import Protocol

import msgspec
from ua_parser import BestAvailableResolver, Parser, load_lazy_builtins

from adserving.crawlers import is_library, is_robot
from campaigns.targeting.compile import Predicate
from campaigns.targeting.context import RequestContext
from campaigns.targeting.values import (
    MAX_KEY_CHARS,
    MAX_VALUE_CHARS,
    key_value_text,
    language_tag,
)
from campaigns.targeting.vocabulary import (
    BROWSERS,
    DEVICE_TYPES,
    OPERATING_SYSTEMS,
    OTHER,
    Vocabulary,
)

MAX_USER_AGENT_CHARS = 512
MAX_ACCEPT_LANGUAGE_CHARS = 256
USER_AGENT_CACHE_SIZE = 10_000

NAMED_KEYS = frozenset(
    {
        "country",
        "region",
        "device",
        "device_type",
        "os",
        "browser",
        "language",
        "user_agent",
    }
)

_TV = re.compile(
    r"smart-?tv|hbbtv|googletv|android ?tv|apple ?tv|bravia|crkey|roku|web0s|viera|netcast"
    r"|\baft[a-z0-9]{1,6}\b",
    re.IGNORECASE,
)
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_REGION = re.compile(r"(?:(?P<country>[A-Za-z]{2})[-_])?(?P<part>[A-Za-z0-9]{1,3})")
_DESKTOP_SYSTEMS = frozenset({"windows", "macos", "linux", "chromeos"})
_TV_SYSTEMS = frozenset({"tvos", "roku", "webos", "tizen"})


class Audience(Protocol):
    """A segment, compiled."""

    @property
    def id(self) -> int: ...

    @property
    def key(self) -> str: ...

    @property
    def matches(self) -> Predicate: ...


@dataclass(frozen=True, slots=True)
class Device:
    """What a User-Agent header says, in targeting's words; "" where it says nothing."""

    device_type: str = ""
    os: str = ""
    browser: str = ""
    is_bot: bool = False
    is_library: bool = False


def build_context(
    *,
    now: datetime,
    timezone: tzinfo,
    placement_key: str,
    context: Mapping[str, object],
    user_agent: str = "",
    accept_language: str = "",
    segments: frozenset[str] = frozenset(),
) -> RequestContext:
    """The request as targeting sees it, at `now` (aware) in the tenant's `timezone`.

    Values given in `context` win over what the headers say; entries with no meaning of their own
    become key-values. Nothing in `context` is an error: what cannot be read is not known.
    """
    device = device_of(_text(context, "user_agent") or user_agent)
    device_type = _word(DEVICE_TYPES, context, "device_type") or _word(
        DEVICE_TYPES, context, "device"
    )
    country, region = _read_place(_text(context, "country"), _text(context, "region"))
    return RequestContext(
        local_time=now.astimezone(timezone),
        country=country,
        region=region,
        device_type=device_type or device.device_type,
        os=_word(OPERATING_SYSTEMS, context, "os") or device.os,
        browser=_word(BROWSERS, context, "browser") or device.browser,
        language=language_tag(_text(context, "language")) or preferred_language(accept_language),
        placement_key=placement_key,
        segments=segments,
        key_values=_key_values(context),
    )


def resolve_segments(
    context: RequestContext, rules: Iterable[tuple[str, Predicate]]
) -> frozenset[str]:
    """The segments that `context` names already and those (key, compiled rule) that it matches.

    A rule about segments sees only the ones that the context came with, so order never matters.
    """
    return context.segments.union(key for key, matches in rules if matches(context))


def with_segments(
    context: RequestContext, segments: Sequence[Audience]
) -> tuple[RequestContext, int]:
    """The context with the segments that it matches, and the id of the first of them (0: none)."""
    keys = resolve_segments(context, [(segment.key, segment.matches) for segment in segments])
    first = next((segment.id for segment in segments if segment.key in keys), 0)
    return msgspec.structs.replace(context, segments=keys), first


def device_of(user_agent: str) -> Device:
    """The device, system and browser that a User-Agent header claims. Never raises.

    An iPad that asks for desktop pages says it is a Mac, and is taken for one.
    """
    return _parse_user_agent(user_agent[:MAX_USER_AGENT_CHARS])


def is_bot(user_agent: str) -> bool:
    """Whether the header names a robot, a monitor or a link preview.

    An absent header is not a known robot.
    """
    return device_of(user_agent).is_bot


def is_prefetch(header: Callable[[str], str | None]) -> bool:
    """Whether a browser fetches ahead of any visitor; `header` looks a request header up by name.

    Sec-Purpose (Fetch standard), and the older Purpose, X-Purpose and X-Moz.
    """
    for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"):
        purpose = (header(name) or "").lower()
        if "prefetch" in purpose or "prerender" in purpose or "preview" in purpose:
            return True
    return False


def preferred_language(accept_language: str) -> str:
    """The language with the highest weight in an Accept-Language header (RFC 9110, 12.5.4)."""
    return _preferred_language(accept_language[:MAX_ACCEPT_LANGUAGE_CHARS])


@lru_cache(maxsize=1_024)
def _preferred_language(header: str) -> str:
    best, best_weight = "", 0.0
    for entry in header.split(","):
        name, _, parameter = entry.partition(";")
        tag, weight = language_tag(name.strip()), _weight(parameter)
        if tag and weight > best_weight:
            best, best_weight = tag, weight
    return best


def _weight(parameter: str) -> float:
    """The q of "q=0.8"; 1 when absent, 0 (never) when it is no weight."""
    if not parameter.strip():
        return 1.0
    found = re.fullmatch(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", parameter)
    return float(found[1]) if found else 0.0


@cache
def _parser() -> Parser:
    return Parser(BestAvailableResolver(load_lazy_builtins()))


@lru_cache(maxsize=USER_AGENT_CACHE_SIZE)
def _parse_user_agent(claimed: str) -> Device:
    if not claimed.strip():
        return Device(is_library=is_library(claimed))
    parsed = _parser().parse(claimed)
    os = _family(OPERATING_SYSTEMS, parsed.os.family if parsed.os else "")
    is_spider = parsed.device is not None and parsed.device.family == "Spider"
    return Device(
        device_type=OTHER if is_spider else _device_type(claimed, os),
        os=os,
        browser=_family(BROWSERS, parsed.user_agent.family if parsed.user_agent else ""),
        is_bot=is_robot(claimed),  # ua-parser calls every HTTP library a spider
        is_library=is_library(claimed),
    )


def _family(vocabulary: Vocabulary, family: str) -> str:
    return vocabulary.canonical(family) or OTHER


def _device_type(claimed: str, os: str) -> str:
    """The kind of device: Android tablets are the ones that do not say Mobile."""
    if os in _TV_SYSTEMS or _TV.search(claimed):
        return "tv"
    if "iPad" in claimed or "Tablet" in claimed:
        return "tablet"
    if "Mobi" in claimed or "iPhone" in claimed:
        return "mobile"
    if os == "android":
        return "tablet"
    return "desktop" if os in _DESKTOP_SYSTEMS else OTHER


def _text(context: Mapping[str, object], key: str) -> str:
    value = context.get(key)
    return value.strip() if isinstance(value, str) else ""


def _word(vocabulary: Vocabulary, context: Mapping[str, object], key: str) -> str:
    text = _text(context, key)
    return _family(vocabulary, text) if text else ""


def _read_place(country: str, region: str) -> tuple[str, str]:
    """Country and region as ISO codes that agree: CA with ON is CA-ON; CA-ON alone is in CA."""
    country = country.upper() if _COUNTRY.fullmatch(country) else ""
    found = _REGION.fullmatch(region)
    if not found:
        return country, ""
    within = (found["country"] or country).upper()
    if not within or (country and within != country):
        return country, ""
    return within, f"{within}-{found['part'].upper()}"


def _key_values(context: Mapping[str, object]) -> dict[str, str | tuple[str, ...]]:
    """What is left of the context; longer than any rule may say can match none, so is not kept."""
    found = {
        key: _key_value(value)
        for key, value in context.items()
        if key not in NAMED_KEYS and len(key) <= MAX_KEY_CHARS
    }
    return {key: value for key, value in found.items() if value}


def _key_value(value: object) -> str | tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(text for item in value if (text := _short_text(item)))
    return _short_text(value)


def _short_text(value: object) -> str:
    text = key_value_text(value) or ""
    return text if len(text) <= MAX_VALUE_CHARS else ""
