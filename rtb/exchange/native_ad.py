"""A native request and a native ad as a page reads them: Native Ads 1.2 (pure)."""

import json

import msgspec


class NotNative(ValueError):
    """It is no JSON, or no native ad."""


class Title(msgspec.Struct, gc=False):
    text: str = ""
    len: int = 0


class Image(msgspec.Struct, gc=False):
    url: str = ""
    type: int = 0
    w: int = 0
    h: int = 0
    wmin: int = 0
    hmin: int = 0
    mimes: list[str] = []


class Data(msgspec.Struct, gc=False):
    value: str = ""
    type: int = 0
    len: int = 0


class Video(msgspec.Struct, gc=False):
    vasttag: str = ""


class Link(msgspec.Struct, gc=False):
    url: str = ""
    clicktrackers: list[str] = []


class Asset(msgspec.Struct, gc=False):
    """Of a request or of an ad."""

    id: int
    required: int = 0
    title: Title | None = None
    img: Image | None = None
    data: Data | None = None
    video: Video | None = None
    link: Link | None = None

    @property
    def kind(self) -> str:
        names = (each for each in ("title", "img", "data", "video") if getattr(self, each))
        return next(names, "")


class Tracker(msgspec.Struct, gc=False):
    event: int = 0
    methods: list[int] = []
    method: int = 0
    url: str = ""


class Native(msgspec.Struct, gc=False):
    """The root of both."""

    ver: str = ""
    assets: list[Asset] = []
    link: Link | None = None
    imptrackers: list[str] = []
    eventtrackers: list[Tracker] = []


def read(text: str | dict[str, object]) -> Native:
    """Any of the three forms: string, wrapped in {"native": …}, object. Raises NotNative."""
    try:
        found = json.loads(text) if isinstance(text, str) else text
        if isinstance(found, dict) and "native" in found:
            found = found["native"]
        return msgspec.convert(found, Native)
    except (ValueError, msgspec.ValidationError) as exc:
        raise NotNative(str(exc)) from exc
