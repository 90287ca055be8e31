"""A model form whose targeting rule is edited as typed fields, or as JSON when it is too nested."""

import json
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from campaigns.admin import targeting_fields as fields
from campaigns.models import Placement, Segment
from campaigns.targeting import (
    Dimension,
    Everyone,
    Problem,
    Rule,
    TargetingForm,
    TargetingRejected,
    describe,
    form_from_rule,
    parse,
    rule_from_form,
    to_json,
)
from tenants.admin.decorators import display
from tenants.admin.forms import TenantModelForm

AnyChoice = TypeVar("AnyChoice")

FORM, JSON = "form", "json"
DIMENSIONS = tuple(fields.LABELS)
TYPED_LINES = ("key_values", "dayparts", "excluded_dayparts")
MAX_JSON_CHARS = 100_000


def names(dimension: Dimension) -> tuple[str, str]:
    """The form's field names of a dimension: included, excluded."""
    return f"{dimension}_include", f"{dimension}_exclude"


class RuleForm(TenantModelForm):
    """``rule_field`` names the JSON field of the model that keeps the rule."""

    rule_field: ClassVar[str] = "targeting_json"
    tenant_ids: ClassVar[frozenset[int]] = frozenset()  # set by the model admin on its subclass

    targeting_mode = forms.ChoiceField(
        label="How to edit",
        choices=[
            (FORM, "Fill in fields: all of them must match"),
            (JSON, "Write JSON: and, or, not"),
        ],
        initial=FORM,
        widget=UnfoldAdminRadioSelectWidget,
    )
    key_values = fields.LinesField(
        label="Facts that the page or app sends",
        help_text="One a line: room_type = kitchen, bathroom. Or what must not be: plan != free.",
        placeholder="room_type = kitchen, bathroom",
    )
    dayparts = fields.LinesField(
        label="Only: days and hours",
        help_text="One window a line, in the account's time zone.",
        placeholder="mon-fri 09:00-17:00",
    )
    excluded_dayparts = fields.LinesField(
        label="Not: days and hours", help_text="As above.", placeholder="every day 22:00-06:00"
    )
    rule_json = forms.CharField(
        label="Rule as JSON",
        required=False,
        max_length=MAX_JSON_CHARS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 14, "class": "font-mono"}),
        help_text='Such as {"any": [{"dimension": "country", "op": "in", "values": ["CA"]}, …]}. '
        "docs/targeting.md has the whole language.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "targeting_mode" not in self.fields:
            return  # shown to somebody who may only read
        rule = _stored_rule(getattr(self.instance, self.rule_field))
        form = form_from_rule(rule) if rule is not None else None
        self.initial.setdefault("targeting_mode", FORM if form else JSON)
        self.initial["rule_json"] = self._json_text()
        self.initial.update(_initial(form or TargetingForm()))
        self._offer(Dimension.SEGMENT, Segment)
        self._offer(Dimension.PLACEMENT, Placement)

    def _json_text(self) -> str:
        stored = getattr(self.instance, self.rule_field)
        return json.dumps(stored, indent=2, ensure_ascii=False) if stored else "{}"

    def _offer(self, dimension: Dimension, model: type[Segment | Placement]) -> None:
        """The tenant's own segments or placements as choices."""
        rows = model.objects.for_tenants(self.tenant_ids).order_by("name")
        choices = [(row.key, f"{row.name} ({row.key})") for row in rows]
        for name in names(dimension):
            field = self.fields[name]
            if isinstance(field, forms.MultipleChoiceField):
                field.choices = fields.with_kept(choices, self.initial.get(name, ()))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "targeting_mode" not in self.fields:
            return cleaned
        rule = self._rule(cleaned)
        if rule is not None:
            setattr(self.instance, self.rule_field, to_json(rule))
        return cleaned

    def _rule(self, cleaned: dict[str, Any]) -> Rule | None:
        try:
            if cleaned.get("targeting_mode") == JSON:
                return parse(json.loads(cleaned.get("rule_json") or "{}"))
            typed = self._typed(cleaned)
            return None if self.errors else rule_from_form(typed)
        except (json.JSONDecodeError, RecursionError) as exc:
            self.add_error("rule_json", f"This is not JSON: {exc}")
        except TargetingRejected as exc:
            for problem in exc.problems:
                self.add_error(self._field_of(problem), _said(problem))
        return None

    def _typed(self, cleaned: dict[str, Any]) -> TargetingForm:
        listed = {
            dimension.value: fields.choice_of(*(cleaned.get(name, ()) for name in names(dimension)))
            for dimension in DIMENSIONS
        }
        return TargetingForm(
            **listed,
            key_values=self._lines("key_values", fields.read_key_value),
            dayparts=self._lines("dayparts", fields.read_daypart),
            excluded_dayparts=self._lines("excluded_dayparts", fields.read_daypart),
        )

    def _lines(self, name: str, read: Callable[[str], AnyChoice]) -> tuple[AnyChoice, ...]:
        choices: list[AnyChoice] = []
        for line in self.cleaned_data.get(name, ()):
            try:
                choices.append(read(line))
            except fields.LineProblem as exc:
                self.add_error(name, ValidationError(str(exc)))
                return ()
        return tuple(choices)

    def _field_of(self, problem: Problem) -> str:
        """The field of a problem: country.include[0] is about country_include."""
        if self.cleaned_data.get("targeting_mode") == JSON:
            return "rule_json"
        head = problem.path.partition("[")[0].replace(".", "_")
        return head if head in self.fields else "targeting_mode"


RuleForm.declared_fields.update(
    {
        name: fields.dimension_field(dimension, include=name.endswith("include"))
        for dimension in DIMENSIONS
        for name in names(dimension)
    }
)


def _said(problem: Problem) -> str:
    inside = problem.path if problem.path and not problem.path.startswith("key_values") else ""
    return f"{inside}: {problem.message}" if inside and "[" in inside else problem.message


def _stored_rule(stored: object) -> Rule | None:
    try:
        return parse(stored) if stored else Everyone()
    except TargetingRejected:
        return None


def _initial(form: TargetingForm) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for dimension in DIMENSIONS:
        choice = getattr(form, dimension.value)
        for name, values in zip(names(dimension), (choice.include, choice.exclude), strict=True):
            found[name] = tuple(values) if dimension in fields.TYPED else list(values)
    found["key_values"] = fields.key_value_lines(form.key_values)
    found["dayparts"] = fields.daypart_lines(form.dayparts)
    found["excluded_dayparts"] = fields.daypart_lines(form.excluded_dayparts)
    return found


class RuleFields:
    """The model admin's side: the form knows the tenant, and who may only read sees a sentence."""

    conditional_fields: ClassVar[dict[str, str]] = {
        "rule_json": f"targeting_mode == '{JSON}'",
        **dict.fromkeys(
            [*(name for dimension in DIMENSIONS for name in names(dimension)), *TYPED_LINES],
            f"targeting_mode == '{FORM}'",
        ),
    }

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)  # type: ignore[misc]
        form.tenant_ids = self._tenants_in_reach(request)  # type: ignore[attr-defined]
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = list(super().get_fieldsets(request, obj))  # type: ignore[misc]
        may_edit = obj is None or self.has_change_permission(request, obj)  # type: ignore[attr-defined]
        if may_edit:
            return [*fieldsets, targeting_fieldset()]
        return [*fieldsets, ("Targeting", {"fields": ["targeting_summary"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "targeting_summary"]  # type: ignore[misc]

    @display(description="In words")
    def targeting_summary(self, row: Any) -> str:
        rule_field: str = self.form.rule_field  # type: ignore[attr-defined]
        return summary(getattr(row, rule_field))


def summary(stored: object) -> str:
    """The stored rule in one sentence."""
    rule = _stored_rule(stored)
    return "This rule cannot be read: write it again." if rule is None else describe(rule)


def targeting_fieldset() -> tuple[str, dict[str, Any]]:
    """Included and excluded lists side by side, then facts and hours, then the JSON."""
    listed = ["targeting_summary", "targeting_mode", *(names(each) for each in DIMENSIONS)]
    hours = ["key_values", ("dayparts", "excluded_dayparts"), "rule_json"]
    return ("Targeting", {"fields": [*listed, *hours]})
