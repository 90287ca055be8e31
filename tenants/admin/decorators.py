"""unfold's admin decorators with types, so that methods stay checked."""

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import unfold.decorators

AnyMethod = TypeVar("AnyMethod", bound=Callable[..., object])


def display(
    *,
    description: str,
    ordering: str | None = None,
    label: dict[str, str] | bool | None = None,
    boolean: bool | None = None,
) -> Callable[[AnyMethod], AnyMethod]:
    """A column or read-only value; ``label`` maps values to badge colours."""
    decorate = unfold.decorators.display(
        description=description, ordering=ordering, label=label, boolean=boolean
    )
    return cast("Callable[[AnyMethod], AnyMethod]", decorate)


def action(
    *,
    description: str,
    permissions: Sequence[str] | None = None,
    icon: str | None = None,
    url_path: str | None = None,
    attrs: dict[str, str] | None = None,
) -> Callable[[AnyMethod], AnyMethod]:
    """A button or list action; ``permissions`` are those of the model admin."""
    decorate = unfold.decorators.action(
        description=description, permissions=permissions, icon=icon, url_path=url_path, attrs=attrs
    )
    return cast("Callable[[AnyMethod], AnyMethod]", decorate)
