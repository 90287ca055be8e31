"""What exchanges must know about a creative, typed (pure): ``Creative.attributes`` as JSON.

Field names and code lists are those of OpenRTB 2.6 section 4.2 and AdCOM 1.0.
"""

from typing import Annotated, Final

import msgspec

Code = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Side = Annotated[int, msgspec.Meta(ge=1, le=20_000)]
Word = Annotated[str, msgspec.Meta(max_length=64)]
Url = Annotated[str, msgspec.Meta(max_length=2000)]
Sentence = Annotated[str, msgspec.Meta(max_length=500)]

CONTENT_TAXONOMY_1: Final = 1


class MediaFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A video or audio file; ``bitrate`` in kbit/s, width and height are 0 for audio."""

    url: Url
    mime: Word
    bitrate: Code = 0
    width: Annotated[int, msgspec.Meta(ge=0, le=20_000)] = 0
    height: Annotated[int, msgspec.Meta(ge=0, le=20_000)] = 0


class Picture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An icon or logo of a native ad."""

    url: Url
    width: Side
    height: Side


class CreativeAttributes(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """All but size, landing page and advertiser domain, which have fields of their own."""

    cat: tuple[Word, ...] = ()
    cattax: Code = CONTENT_TAXONOMY_1
    attr: tuple[Code, ...] = ()  # AdCOM creative attributes
    api: tuple[Code, ...] = ()  # API frameworks that the creative cannot do without
    language: Word = "en"
    bundle: Word = ""  # of the advertised app
    media: tuple[MediaFile, ...] = ()
    duration: Code = 0  # seconds
    skip_after: Code | None = None  # the creative's own skip button appears after so many seconds
    title: Sentence = ""  # native, from here on
    text: Sentence = ""
    sponsored_by: Sentence = ""
    call_to_action: Sentence = ""
    icon: Picture | None = None
    rating: Word = ""
    price: Word = ""


class AttributesRejected(ValueError):
    """The JSON is not a creative's attributes; the message says which field and why."""


def read(raw: object) -> CreativeAttributes:
    """Raises AttributesRejected."""
    try:
        return msgspec.convert(raw or {}, CreativeAttributes)
    except msgspec.ValidationError as exc:
        raise AttributesRejected(str(exc)) from exc
