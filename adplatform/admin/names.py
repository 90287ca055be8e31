"""What to call the rows that reports know by their id."""

from collections.abc import Iterable, Mapping
from typing import Any


def names_in(model: Any, tenant_id: int, keys: Iterable[str]) -> Mapping[str, str]:
    """The name of each key's row in the account; a deleted one keeps its id."""
    wanted = list(keys)
    rows = model.objects.for_tenant(tenant_id).filter(pk__in=wanted)
    named = {str(row.pk): str(row) for row in rows}
    return {key: named.get(key, "None" if key == "0" else f"Deleted ({key})") for key in wanted}
