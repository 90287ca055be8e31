"""The WSGI entry point: hot doors by exact path, everything else Django."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.dev")
django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - Django's apps must be loaded first

from adplatform.doors import Problem, WsgiApp, problem_response  # noqa: E402
from adserving import refresh  # noqa: E402
from adserving.context import device_of  # noqa: E402
from adserving.endpoint.wiring import (  # noqa: E402
    ad_doors,
    event_doors,
    limits_from_settings,
    site_from_settings,
)
from adserving.traffic import memory  # noqa: E402
from rtb import wiring as bidding  # noqa: E402
from rtb.endpoint import PATH as BID_PATH  # noqa: E402


def open_doors() -> dict[str, WsgiApp]:
    """The doors that WEB_DOORS opens in this process, by path without its trailing slash."""
    doors: dict[str, WsgiApp] = {}
    if "ads" in settings.WEB_DOORS:
        doors |= ad_doors(site_from_settings(), limits_from_settings())
    if "events" in settings.WEB_DOORS:
        doors |= event_doors(limits_from_settings())
    if "rtb" in settings.WEB_DOORS:
        bidder = bidding.bidder_from_settings()
        bidding.start(bidder)
        doors |= bidding.bid_doors(bidder, limits_from_settings())
    return doors


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    path = environ.get("PATH_INFO", "")
    if path.startswith(BID_PATH):
        path = BID_PATH  # an SSP's key follows
    door = DOORS.get(path) or DOORS.get(path.rstrip("/"))
    if door is not None:
        return door(environ, start_response)
    if DJANGO_OPEN or path in OPERATOR_PATHS:
        return django_application(environ, start_response)
    response = problem_response(Problem(404, "Not found", "this process does not open that door"))
    start_response("404 Not Found", list(response.headers))
    return [response.body]


OPERATOR_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
DJANGO_OPEN = "django" in settings.WEB_DOORS
DOORS = open_doors()
device_of("warm up")  # the parser's tables take 150 ms to build: not in somebody's first request
memory.begin()
refresh.start()
