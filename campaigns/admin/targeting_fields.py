"""Targeting as typed form fields: how each is read from and shown as text."""

import re
from collections.abc import Iterable, Sequence

import pycountry
from django import forms
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from campaigns.targeting import Choice, DaypartChoice, Dimension, KeyValueChoice
from campaigns.targeting.iso import country_name
from campaigns.targeting.rules import WEEKDAYS
from campaigns.targeting.vocabulary import BROWSERS, DEVICE_TYPES, OPERATING_SYSTEMS, Vocabulary

LABELS = {
    Dimension.COUNTRY: "Countries",
    Dimension.REGION: "Regions",
    Dimension.DEVICE_TYPE: "Devices",
    Dimension.OS: "Operating systems",
    Dimension.BROWSER: "Browsers",
    Dimension.LANGUAGE: "Languages",
    Dimension.SEGMENT: "Segments",
    Dimension.PLACEMENT: "Placements",
}
TYPED = {
    Dimension.REGION: "Codes such as CA-ON, US-NY; an included region narrows its country.",
    Dimension.LANGUAGE: "Codes such as en, fr-CA.",
}
_KEY_VALUE = re.compile(r"\s*([^=!]+?)\s*(!=|=)\s*(.+?)\s*")
_DAYPART = re.compile(r"\s*([a-z, -]+?)\s+(\S+?)\s*(?:-|to)\s*(\S+)\s*", re.IGNORECASE)


class LineProblem(ValueError):
    """A line that is not understood; the message says what to write."""


class ChooseSeveral(UnfoldAdminSelect2MultipleWidget):  # type: ignore[misc]
    """A searchable list, left alone by Django's autocomplete.js, which searches on the server."""

    def __init__(self) -> None:
        super().__init__()
        self.attrs["class"] = "unfold-admin-autocomplete"


class CodesField(forms.CharField):
    """Codes separated by commas; the value is a tuple."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: object) -> object:
        return ", ".join(value) if isinstance(value, tuple) else value

    def clean(self, value: object) -> tuple[str, ...]:
        text = str(super().clean(value) or "")
        return tuple(word.strip() for word in text.split(",") if word.strip())

    def has_changed(self, initial: object, data: object) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


class LinesField(forms.CharField):
    """Lines of text; the value is a tuple of them."""

    def __init__(self, *, label: str, help_text: str, placeholder: str) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "placeholder": placeholder})
        super().__init__(label=label, help_text=help_text, required=False, widget=widget)

    def prepare_value(self, value: object) -> object:
        return "\n".join(value) if isinstance(value, tuple) else value

    def clean(self, value: object) -> tuple[str, ...]:
        text = str(super().clean(value) or "")
        return tuple(line.strip() for line in text.splitlines() if line.strip())

    def has_changed(self, initial: object, data: object) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


def dimension_field(dimension: Dimension, *, include: bool) -> forms.Field:
    """The field of one list: codes where there are too many to choose from, else a choice."""
    verb = "Only" if include else "Not"
    label = f"{verb}: {LABELS[dimension].lower()}"
    if dimension in TYPED:
        return CodesField(label=label, required=False, help_text=TYPED[dimension])
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=fixed_choices(dimension),
        widget=ChooseSeveral,
    )


def fixed_choices(dimension: Dimension) -> Sequence[tuple[str, str]]:
    """The choices that are the same for everybody; segments and placements are a tenant's."""
    match dimension:
        case Dimension.COUNTRY:
            return _countries()
        case Dimension.DEVICE_TYPE:
            return _words(DEVICE_TYPES)
        case Dimension.OS:
            return _words(OPERATING_SYSTEMS)
        case Dimension.BROWSER:
            return _words(BROWSERS)
        case _:
            return ()


def _words(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    return [(word, label[0].upper() + label[1:]) for word, label in _sorted(vocabulary)]


def _sorted(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    return sorted(vocabulary.labels.items(), key=lambda each: (each[0] == "other", each[1].lower()))


def _countries() -> list[tuple[str, str]]:
    codes = [country.alpha_2 for country in pycountry.countries]
    named = [(code, f"{country_name(code)} ({code})") for code in codes]
    return sorted(named, key=lambda each: each[1])


def with_kept(choices: Iterable[tuple[str, str]], kept: Iterable[str]) -> list[tuple[str, str]]:
    """The choices and those values that a stored rule has and nobody offers any more."""
    offered = list(choices)
    known = {value for value, _ in offered}
    return [
        *offered,
        *((value, f"{value} (no longer there)") for value in kept if value not in known),
    ]


def key_value_lines(choices: Iterable[KeyValueChoice]) -> tuple[str, ...]:
    return tuple(
        f"{each.key} {'=' if each.op == 'in' else '!='} {', '.join(each.values)}"
        for each in choices
    )


def read_key_value(line: str) -> KeyValueChoice:
    """``room_type = kitchen, bathroom`` or ``plan != free``. Raises LineProblem."""
    match = _KEY_VALUE.fullmatch(line)
    if match is None:
        raise LineProblem(f"“{line[:60]}”: write it as room_type = kitchen, bathroom")
    values = tuple(value.strip() for value in match[3].split(",") if value.strip())
    return KeyValueChoice(match[1], "in" if match[2] == "=" else "not_in", values)


def daypart_lines(choices: Iterable[DaypartChoice]) -> tuple[str, ...]:
    return tuple(f"{_days_text(each.days)} {each.start}-{each.end}" for each in choices)


def _days_text(days: Sequence[str]) -> str:
    if tuple(days) == WEEKDAYS:
        return "every day"
    positions = [WEEKDAYS.index(day) for day in days]
    is_run = len(days) > 1 and positions == list(range(positions[0], positions[-1] + 1))
    return f"{days[0]}-{days[-1]}" if is_run else ",".join(days)


def read_daypart(line: str) -> DaypartChoice:
    """``mon-fri 09:00-17:00`` or ``every day 22:00-02:00``. Raises LineProblem."""
    match = _DAYPART.fullmatch(line)
    if match is None:
        raise LineProblem(f"“{line[:60]}”: write it as mon-fri 09:00-17:00")
    return DaypartChoice(_read_days(match[1].lower().strip()), match[2], match[3])


def _read_days(text: str) -> tuple[str, ...]:
    if text in {"every day", "daily"}:
        return WEEKDAYS
    days: list[str] = []
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        start, end = _weekday(first), _weekday(last or first)
        days += [WEEKDAYS[day % 7] for day in range(start, end + 1 if end >= start else end + 8)]
    return tuple(dict.fromkeys(days))


def _weekday(name: str) -> int:
    if len(name) < 3 or name[:3] not in WEEKDAYS:  # noqa: PLR2004 - mon, tue, …
        raise LineProblem(f"“{name[:20]}” is not a day: write mon, tue, wed, thu, fri, sat or sun")
    return WEEKDAYS.index(name[:3])


def choice_of(include: Iterable[str], exclude: Iterable[str]) -> Choice:
    return Choice(tuple(include), tuple(exclude))
