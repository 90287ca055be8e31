"""The URLs that the ad server hands out (pure): the seed's paths and parameter names.

Ids are digits and dashes, tokens are base64url and dots: nothing in them needs quoting.
"""

import msgspec

from adplatform.tokens import Keyring, Purpose
from adserving.credentials import Grant, Served, seal_grant, seal_served


class Tracking(msgspec.Struct, frozen=True, gc=False):
    """Where an ad reports what happened to it."""

    impression_url: str
    viewable_url: str
    click_url: str


def template_url(base_url: str, grant: Grant, *, expires_at: int, keyring: Keyring) -> str:
    credentials = seal_grant(Purpose.TEMPLATE, grant, expires_at=expires_at, keyring=keyring)
    return (
        f"{base_url}/ad_server/template?customer_id={grant.tenant_id}"
        f"&campaign_id={grant.campaign_id}&template_id={grant.template_id}"
        f"&credentials={credentials}"
    )


def decision_url(base_url: str, grant: Grant, *, expires_at: int, keyring: Keyring) -> str:
    credentials = seal_grant(Purpose.DECISION, grant, expires_at=expires_at, keyring=keyring)
    return (
        f"{base_url}/ad_server/decision_api?campaign={grant.campaign_id}"
        f"&segment_id={grant.segment_id}&template_id={grant.template_id}"
        f"&credentials={credentials}"
    )


def tracking(base_url: str, served: Served, *, expires_at: int, keyring: Keyring) -> Tracking:
    """Impression, viewable and click URLs; one token serves all three (one HMAC)."""
    credentials = seal_served(served, expires_at=expires_at, keyring=keyring)
    click = (
        f"campaign_id={served.campaign_id}&segment_id={served.segment_id}"
        f"&template={served.template_id}&ad_id={served.ad_id}&credentials={credentials}"
    )
    beacon = f"?credentials={credentials}"
    return Tracking(
        impression_url=f"{base_url}/ad_server/impression{beacon}",
        viewable_url=f"{base_url}/ad_server/viewable{beacon}",
        click_url=f"{base_url}/ad_server/click_counter?{click}",
    )
