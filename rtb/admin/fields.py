"""Form fields for what exchanges are told: lists a line each, choices among many."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns.admin.targeting_fields import ChooseSeveral
from rtb.multipliers import DIMENSIONS, MultipliersRejected, read, to_json

MULTIPLIERS_EXAMPLE: Final = "device_type mobile 1.2\nsize 300x600 1.5\ndomain news.example 0.5"


class EntriesField(forms.CharField):
    """Entries one a line, or pasted with commas between; the value is a list."""

    def __init__(self, *, rows: int = 12, placeholder: str = "", **kwargs: Any) -> None:
        shown = {"rows": rows, "placeholder": placeholder, "class": "font-mono"}
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs=shown), **kwargs)

    def prepare_value(self, value: object) -> object:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: object) -> list[str]:
        text = str(super().clean(value) or "")
        lines = text.replace(",", "\n").replace(";", "\n").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def has_changed(self, initial: object, data: object) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


class MultipliersField(EntriesField):
    """One multiplier a line: what, which, times how much; the value is their JSON."""

    def __init__(self) -> None:
        super().__init__(
            rows=4,
            label="Bid more or less",
            placeholder=MULTIPLIERS_EXAMPLE,
            help_text="One a line, such as device_type mobile 1.2: bid 1.2 times as much there. "
            f"What there is: {', '.join(DIMENSIONS)}. Those that match are multiplied.",
        )

    def prepare_value(self, value: object) -> object:
        if not isinstance(value, list):
            return value
        rows = [row for row in value if isinstance(row, dict)]
        return "\n".join(f"{row['dimension']} {row['value']} {row['factor']:g}" for row in rows)

    def clean(self, value: object) -> Any:
        lines = super().clean(value)
        try:
            return to_json(read([_multiplier(line) for line in lines]))
        except MultipliersRejected as exc:
            raise ValidationError(str(exc)) from exc


def _multiplier(line: str) -> dict[str, object]:
    """Raises MultipliersRejected."""
    dimension, _, rest = line.partition(" ")
    value, _, factor = rest.strip().rpartition(" ")
    try:
        times = float(factor.lstrip("x×"))  # noqa: RUF001 - what people type
    except ValueError:
        example = MULTIPLIERS_EXAMPLE.partition("\n")[0]
        raise MultipliersRejected(f"{line[:80]!r} is not written as {example}.") from None
    return {"dimension": dimension, "value": value.strip(), "factor": times}


class NumbersField(forms.TypedMultipleChoiceField):
    """Several of a list of codes."""

    def __init__(self, choices: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(
            choices=choices, coerce=int, required=False, widget=ChooseSeveral, **kwargs
        )


class SearchableChoices:
    """Many-to-many fields as searchable lists; a mixin of model admins and inlines."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None:
            field.widget = ChooseSeveral()
            field.widget.choices = field.choices
            field.help_text = db_field.help_text  # without Django's advice for plain lists
        return field
