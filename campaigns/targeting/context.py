"""What one request tells targeting about the visitor, the page and the moment."""

from collections.abc import Mapping
from datetime import datetime

import msgspec


class RequestContext(msgspec.Struct, frozen=True):
    """Values in the canonical spelling of `campaigns.targeting.values`; "" means not known.

    `adserving.context.build_context` makes one from a request.
    """

    local_time: datetime  # aware, in the tenant's time zone
    country: str = ""  # ISO 3166-1 alpha-2
    region: str = ""  # ISO 3166-2, always within `country`
    device_type: str = ""
    os: str = ""
    browser: str = ""
    language: str = ""  # BCP 47: language, or language-REGION
    placement_key: str = ""
    segments: frozenset[str] = frozenset()
    key_values: Mapping[str, str | tuple[str, ...]] = msgspec.field(default_factory=dict)
