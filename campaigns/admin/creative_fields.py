"""OpenRTB attributes of a creative as typed form fields: codes by name, files a line each."""

import re
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from campaigns.admin.targeting_fields import ChooseSeveral, CodesField, LinesField
from campaigns.creative_attributes import CreativeAttributes, MediaFile

VIDEO: Final = "kind == 'video'"
MEDIA: Final = "kind == 'video' || kind == 'audio'"
NATIVE: Final = "kind == 'native'"
ATTRIBUTES: Final[Sequence[tuple[int, str]]] = [  # AdCOM 1.0, list: creative attributes
    (1, "Audio starts by itself"),
    (2, "Audio starts when asked"),
    (3, "Expands by itself"),
    (4, "Expands on a click"),
    (5, "Expands on rollover"),
    (6, "Video in the banner starts by itself"),
    (7, "Video in the banner starts when asked"),
    (8, "Pop-up, pop-under or exit window"),
    (9, "Provocative or suggestive pictures"),
    (10, "Shaking, flashing, flickering"),
    (11, "Survey"),
    (12, "Text only"),
    (13, "Interactive, such as a game"),
    (14, "Looks like a system dialog or alert"),
    (15, "Has a button for sound"),
    (16, "Can be skipped (shows its own button)"),
    (17, "Adobe Flash"),
    (18, "Responsive: takes any size"),
]
APIS: Final[Sequence[tuple[int, str]]] = [  # AdCOM 1.0, list: API frameworks
    (1, "VPAID 1.0"),
    (2, "VPAID 2.0"),
    (3, "MRAID 1"),
    (4, "ORMMA"),
    (5, "MRAID 2"),
    (6, "MRAID 3"),
    (7, "OMID 1"),
    (8, "SIMID 1.0"),
    (9, "SIMID 1.1"),
]
MEDIA_EXAMPLE: Final = "https://cdn.example/spot.mp4 video/mp4 1200 640x360"
_MEDIA_LINE: Final = re.compile(
    r"(?P<url>\S+)\s+(?P<mime>[a-z]+/[\w.+-]+)(?:\s+(?P<bitrate>\d{1,5}))?"
    r"(?:\s+(?P<width>\d{1,5})x(?P<height>\d{1,5}))?"
)


class LineRejected(ValueError):
    """A line that describes no file; the message shows one that does."""


def media_of(line: str) -> dict[str, object]:
    """The file that a line names, as JSON. Raises LineRejected."""
    found = _MEDIA_LINE.fullmatch(line)
    if found is None:
        raise LineRejected(f"{line[:80]!r} is not a file such as {MEDIA_EXAMPLE}")
    numbers = {name: int(found[name]) for name in ("bitrate", "width", "height") if found[name]}
    return {"url": found["url"], "mime": found["mime"], **numbers}


def media_line(file: MediaFile) -> str:
    size = f" {file.width}x{file.height}" if file.width or file.height else ""
    bitrate = f" {file.bitrate}" if file.bitrate or size else ""
    return f"{file.url} {file.mime}{bitrate}{size}"


def codes(label: str, choices: Sequence[tuple[int, str]], help_text: str) -> forms.Field:
    return forms.TypedMultipleChoiceField(
        label=label,
        required=False,
        coerce=int,
        choices=choices,
        widget=ChooseSeveral,
        help_text=help_text,
    )


def word(label: str, help_text: str = "", **options: Any) -> forms.Field:
    return forms.CharField(
        label=label,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=help_text,
        **options,
    )


def number(label: str, help_text: str = "", most: int = 10_000) -> forms.Field:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=most,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=help_text,
    )


FIELDS: Final[dict[str, forms.Field]] = {
    "cat": CodesField(
        label="IAB categories",
        required=False,
        help_text="Of what is advertised, such as IAB10, IAB10-9. Pages that block one of them "
        "do not show the ad.",
    ),
    "language": word("Language of the ad", "Such as en or fr.", max_length=64, initial="en"),
    "attr": codes("What the ad does", ATTRIBUTES, "Publishers block some of these."),
    "api": codes("Needs", APIS, "APIs without which the ad cannot be shown. Mostly none."),
    "bundle": word("Advertised app", "Its bundle, where the ad is for an app."),
    "media": LinesField(
        label="Media files",
        help_text="One a line: address, type, kbit/s, and for videos width x height. Players "
        "choose among them.",
        placeholder=MEDIA_EXAMPLE,
    ),
    "duration": number("Duration in seconds"),
    "skip_after": number("Skip button after (s)", "Empty: the ad brings no skip button."),
    "title": word("Title", "At most 25 characters fit everywhere.", max_length=500),
    "text": forms.CharField(
        label="Text",
        required=False,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="At most 90 characters fit everywhere.",
    ),
    "sponsored_by": word("Sponsored by", "The brand, as it shows beside the ad.", max_length=500),
    "call_to_action": word("Call to action", "Such as Shop now.", max_length=500),
    "icon_url": word("Icon or logo", "Its address.", max_length=2000),
    "icon_width": number("Icon's width", most=20_000),
    "icon_height": number("Icon's height", most=20_000),
    "rating": word("Rating", "Such as 4.5.", max_length=64),
    "price": word("Price", "Such as 1,299 CAD.", max_length=64),
}
WHEN: Final[dict[str, str]] = {
    "media": MEDIA,
    "duration": MEDIA,
    "skip_after": VIDEO,
    **dict.fromkeys(
        [
            *("title", "text", "sponsored_by", "call_to_action", "rating", "price"),
            *("icon_url", "icon_width", "icon_height"),
        ],
        NATIVE,
    ),
}


def initial_of(attributes: CreativeAttributes) -> dict[str, Any]:
    """What the fields show."""
    found: dict[str, Any] = {
        name: getattr(attributes, name) for name in FIELDS if hasattr(attributes, name)
    }
    found["attr"], found["api"] = list(attributes.attr), list(attributes.api)
    found["media"] = tuple(map(media_line, attributes.media))
    found["duration"] = attributes.duration or None
    if attributes.icon:
        found["icon_url"] = attributes.icon.url
        found["icon_width"], found["icon_height"] = attributes.icon.width, attributes.icon.height
    return found


def json_of(cleaned: dict[str, Any]) -> dict[str, object]:
    """The attributes as JSON, without what is empty. Raises LineRejected."""
    icon = {
        "url": cleaned.get("icon_url"),
        "width": cleaned.get("icon_width"),
        "height": cleaned.get("icon_height"),
    }
    plain = {
        name: cleaned.get(name)
        for name in FIELDS
        if name in CreativeAttributes.__struct_fields__ and name != "media"
    }
    plain |= {
        "media": [media_of(line) for line in cleaned.get("media") or ()],
        "icon": {name: value for name, value in icon.items() if value} if icon["url"] else None,
    }
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in plain.items()
        if value not in (None, "", (), [])
    }
