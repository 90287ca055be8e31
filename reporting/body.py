"""JSON bodies of report requests as typed values; every refusal names its field; pure."""

import json
import re
from collections.abc import Iterable
from typing import Any, Final, TypeVar

import msgspec

from reporting.params import BadParameters

MAX_BODY_BYTES: Final = 262_144
_PATH: Final = re.compile(r"(?s)(.*?)(?: - at `\$\.?(.*)`)?")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`")
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")

Shape = TypeVar("Shape")


class PeriodBody(msgspec.Struct, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    """Bounds; ``start`` alone may be a word such as last_7_days."""

    start: str | None = None
    end: str | None = None


class HavingBody(msgspec.Struct, forbid_unknown_fields=True):
    """A threshold of a metric."""

    metric: str
    operator: str
    value: float


class QueryBody(
    msgspec.Struct,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"start": "from", "end": "to"},
):
    """The body of POST /api/report/query/."""

    metrics: list[str]
    dimensions: list[str] = []
    filters: object = None
    having: list[HavingBody] = []
    order_by: list[str] = []
    limit: int = 1000
    offset: int = 0
    start: str | None = None
    end: str | None = None
    timezone: str | None = None
    granularity: str = "none"
    fill: bool = False
    compare: str | PeriodBody | None = None
    top_n: int | None = None
    top_by: str | None = None
    min_sample: int = 100
    attribution_model: str | None = None
    tenant_id: int | None = None


class FunnelBody(
    msgspec.Struct,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"start": "from", "end": "to"},
):
    """The body of POST /api/report/funnel/."""

    steps: list[str] | None = None
    dimension: str | None = None
    filters: object = None
    start: str | None = None
    end: str | None = None
    timezone: str | None = None
    window_seconds: int = 7 * 86_400
    strict_order: bool = False
    min_sample: int = 100
    limit: int = 100
    tenant_id: int | None = None


def decode(raw: bytes, shape: type[Shape]) -> Shape:
    """The body as that shape.

    Raises:
        BadParameters: it is too large, no JSON, or not of that shape.
    """
    if len(raw) > MAX_BODY_BYTES:
        raise BadParameters({"body": f"at most {MAX_BODY_BYTES:,} bytes"})
    try:
        decoded = msgspec.json.decode(raw, type=shape)
        json.loads(raw, object_pairs_hook=_once)
    except msgspec.ValidationError as exc:
        raise BadParameters(dict([place(str(exc))])) from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise BadParameters({"body": f"must be one JSON object: {exc}"}) from exc
    except RecursionError as exc:
        raise BadParameters({"body": "nested too deeply"}) from exc
    return decoded


def convert(value: object, shape: type[Shape], path: str) -> Shape:
    """A part of a body as that shape; ``path`` is where it stands.

    Raises:
        BadParameters: it is not of that shape.
    """
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as exc:
        raise BadParameters(dict([place(str(exc), path)])) from exc


def place(message: str, path: str = "") -> tuple[str, str]:
    """The field that msgspec's message is about, and what it says."""
    found = _PATH.fullmatch(message)
    text, below = (found[1], found[2] or "") if found else (message, "")
    for pattern in (_UNKNOWN, _MISSING):
        if named := pattern.fullmatch(text):
            below = f"{below}.{named[1][:64]}".strip(".")
            text = "unknown field" if pattern is _UNKNOWN else "is missing"
    below = below.replace("[...]", "[]")
    return f"{path}.{below}".strip(".") or "body", text.replace("`", "")


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadParameters({name[:64]: "given twice"})
        found[name] = value
    return found
