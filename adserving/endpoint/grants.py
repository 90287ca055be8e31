"""Opening the credentials of template and decision URLs: 404, 410, or what they grant."""

from collections.abc import Callable

from adplatform import metrics
from adplatform.doors import Problem, Request
from adplatform.tokens import BadToken, Purpose
from adserving.credentials import Grant, open_grant
from adserving.endpoint.site import Site, not_found, text

Ids = tuple[int, ...]


def granted(
    site: Site, request: Request, purpose: Purpose, asked: Ids, ids_of: Callable[[Grant], Ids]
) -> Grant:
    """What the request's credentials grant, when they were made for the ids that it asks for."""
    credentials = text(request, "credentials")
    now = int(site.now().timestamp())
    try:
        grant, expired = open_grant(purpose, credentials, now=now, keyring=site.keyring)
    except BadToken as exc:
        metrics.REASONS.labels(purpose.value, "bad_token").inc()
        raise not_found() from exc
    if asked != ids_of(grant):
        metrics.REASONS.labels(purpose.value, "ids_do_not_fit_token").inc()
        raise not_found()
    if expired:
        metrics.REASONS.labels(purpose.value, "expired_token").inc()
        raise Problem(410, "Expired", "these credentials have expired: copy the tag again")
    return grant
