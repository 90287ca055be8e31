"""Turning settings into doors: the one place where the ad server meets Django's settings."""

from random import Random

from django.conf import settings

from adplatform.doors import Limits, WsgiApp, serve
from adplatform.tokens import Keyring
from adserving.endpoint import beacon, click, decision, decision_api, loader, template
from adserving.endpoint.site import Site, authenticate
from adserving.endpoint.tracked import observe
from adserving.traffic.rules import Limit, Policy
from events import endpoint as events_endpoint
from events.accept import accept_beacon
from events.types import EventType
from tenants.scopes import Scope


def site_from_settings() -> Site:
    return Site(
        keyring=Keyring(settings.TOKEN_KEYS),
        base_url=settings.BASE_URL,
        allowed_hosts=tuple(settings.ALLOWED_HOSTS),
        allow_http=settings.ALLOW_HTTP_URLS,
        decision_seconds=settings.DECISION_TOKEN_SECONDS,
        impression_seconds=settings.IMPRESSION_TOKEN_SECONDS,
        click_seconds=settings.CLICK_TOKEN_SECONDS,
        accept=accept_beacon,
        rng=Random(),  # noqa: S311 - seeded by the system; choices among ads need no secrecy
        policy=policy_from_settings(),
    )


def policy_from_settings() -> Policy:
    return Policy(
        http_libraries=settings.IVT_HTTP_LIBRARIES,
        click_needs_impression=settings.IVT_CLICK_NEEDS_IMPRESSION,
        duplicate_click_seconds=settings.IVT_DUPLICATE_CLICK_SECONDS,
        min_click_ms=settings.IVT_MIN_CLICK_MS,
        click_limits=tuple(Limit(*limit) for limit in settings.IVT_CLICK_LIMITS),
        impression_limits=tuple(Limit(*limit) for limit in settings.IVT_IMPRESSION_LIMITS),
    )


def ad_doors(site: Site, limits: Limits) -> dict[str, WsgiApp]:
    """The ad server's paths."""
    clicks = serve("click", click.build(site), limits)
    return {
        "/ad_server/template": serve("template", template.build(site), limits),
        "/ad_server/decision_api": serve("decision_api", decision_api.build(site), limits),
        "/ad_server/click_counter": clicks,
        "/ad_server/ad_server/click_counter": clicks,  # the seed's doubled path
        "/ad_server/impression": serve(
            "impression", beacon.build(site, EventType.IMPRESSION), limits
        ),
        "/ad_server/viewable": serve("viewable", beacon.build(site, EventType.VIEW), limits),
        "/ad_server/loader.js": serve("loader", loader.door, limits),
        "/api/decision": serve("decision", decision.build(site), limits),
    }


def event_doors(limits: Limits) -> dict[str, WsgiApp]:
    """The ingest path."""
    door = events_endpoint.build_door(
        authenticate=lambda request: authenticate(request, Scope.EVENTS), observe=observe
    )
    return {"/api/events": serve("events", door, limits)}


def limits_from_settings() -> Limits:
    return Limits(settings.MAX_BODY_BYTES, settings.TRUSTED_PROXIES)
