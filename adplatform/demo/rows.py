"""Finding a demo row by its natural key, or making it: what runs twice changes nothing."""

from typing import TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def ensure(model: type[Row], key: dict[str, object], **fields: object) -> Row:
    """The row of that key as it is, edits included; a missing one is made, checked and saved.

    Raises:
        ValidationError: the demo's own values are wrong.
    """
    row = model._default_manager.filter(**key).first()  # noqa: SLF001 - across_tenants
    if row is not None:
        return row
    made = model(**key, **fields)
    made.full_clean()
    made.save()
    return made
