"""The native request inside a bid request (Native Ads 1.2 section 4; pure).

It comes as JSON text, as JSON text wrapped in {"native": ...} (1.0), or as an object.
"""

from functools import lru_cache
from typing import Final

import msgspec

from rtb.openrtb.codes import Whole
from rtb.openrtb.repair import ABSENT, Unrepairable, repaired
from rtb.openrtb.request import Native

LONGEST_REMEMBERED: Final = 8_192  # characters; slots repeat themselves, and none is that long


class Title(msgspec.Struct, frozen=True, gc=False):
    len: Whole | None = None


class Image(msgspec.Struct, frozen=True, gc=False):
    """``w`` and ``h`` are exact, ``wmin`` and ``hmin`` the least; type 1 icon, 3 main image."""

    type: Whole | None = None
    w: Whole | None = None
    h: Whole | None = None
    wmin: Whole | None = None
    hmin: Whole | None = None
    mimes: tuple[str, ...] = ()


class NativeVideo(msgspec.Struct, frozen=True, gc=False):
    mimes: tuple[str, ...] = ()
    minduration: Whole = 0
    maxduration: Whole | None = None
    protocols: tuple[Whole, ...] = ()


class NativeData(msgspec.Struct, frozen=True, gc=False):
    type: Whole | None = None
    len: Whole | None = None


class Asset(msgspec.Struct, frozen=True, gc=False):
    """One of title, img, video and data; none of them: a kind that nobody can fill."""

    id: Whole
    required: Whole = 0
    title: Title | None = None
    img: Image | None = None
    video: NativeVideo | None = None
    data: NativeData | None = None


class EventTracker(msgspec.Struct, frozen=True, gc=False):
    event: Whole | None = None
    methods: tuple[Whole, ...] = ()


class NativeRequest(msgspec.Struct, frozen=True, gc=False):
    ver: str = ""
    context: Whole | None = None
    contextsubtype: Whole | None = None
    plcmttype: Whole | None = None
    plcmtcnt: Whole = 1
    seq: Whole = 0
    assets: tuple[Asset, ...] = ()
    aurlsupport: Whole = 0
    durlsupport: Whole = 0
    eventtrackers: tuple[EventTracker, ...] = ()
    privacy: Whole = 0


class _Wrapper(msgspec.Struct, frozen=True, gc=False):
    """A request, or what wraps one."""

    native: msgspec.Raw | None = None


_decode_wrapper = msgspec.json.Decoder(_Wrapper).decode
_decode_request = msgspec.json.Decoder(NativeRequest).decode
_decode_plain = msgspec.json.Decoder(float_hook=float).decode


def assets_of(native: Native) -> NativeRequest | None:
    """The request with at least one asset; None when it cannot be read, so nobody can bid."""
    if native.request is None:
        return None
    if isinstance(native.request, dict):
        return _of_plain(native.request)
    if len(native.request) > LONGEST_REMEMBERED:
        return _of_text(native.request)
    return _remembered(native.request)


def _of_text(text: str) -> NativeRequest | None:
    try:
        wrapped = _decode_wrapper(text).native
        found = _decode_request(text if wrapped is None else wrapped)
    except msgspec.ValidationError:
        return _of_unfit(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if found.assets else None


_remembered = lru_cache(maxsize=2_048)(_of_text)


def _of_unfit(text: str) -> NativeRequest | None:
    try:
        return _of_plain(_decode_plain(text))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _of_plain(value: object) -> NativeRequest | None:
    if isinstance(value, dict) and isinstance(value.get("native"), dict):
        value = value["native"]
    try:
        fitting = repaired(value, NativeRequest)
    except Unrepairable:
        return None
    if fitting is ABSENT:
        return None
    found = msgspec.convert(fitting, NativeRequest)
    return found if found.assets else None
