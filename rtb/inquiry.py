"""Asking why a line item does not bid, in any process: nothing is held, nothing is counted."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from random import Random

from django.conf import settings

from adserving import refresh
from rtb.call import Call
from rtb.desk import Desk
from rtb.explain import Verdict, explain
from rtb.openrtb.currency import Rates
from rtb.openrtb.parse import parse
from rtb.policies.accounts import Accounts
from rtb.state import read_state


class NothingToBid(LookupError):
    """No account has an SSP of that key."""


def inquire(body: bytes, ssp_key: str, line_item_id: int) -> list[Verdict]:
    """Every rule's verdict on the line item, were this request to come now.

    Raises:
        BadRequest: the body is no bid request; its words say why.
        NothingToBid: there is no such SSP.
        RedisError: pacing and budgets cannot be asked.
        NotLoaded: this process still loads the configuration.
    """
    asked = parse(body)
    snapshot = refresh.current()
    desk = _desk(snapshot.compiled_at)
    desk.tick()
    ssp = desk.ssp(ssp_key)
    trading = desk.trading(ssp.tenant_id) if ssp else None
    if ssp is None or trading is None:
        raise NothingToBid(ssp_key)
    now = datetime.now(UTC)
    call = Call(
        request=asked,
        ssp=ssp,
        trading=trading,
        now=now,
        deadline=float("inf"),
        clock=time.monotonic,
        rng=Random(),  # noqa: S311 - nothing secret is drawn
        rates=Rates(settings.EXCHANGE_RATES),
        spend=refresh.current_spend(),
        listed_sources=snapshot.listed_sources,
        vendor_id=settings.RTB_TCF_VENDOR_ID,
        hashed=lambda _, user_id: user_id,
    )
    rates = read_state([ssp.tenant_id])[ssp.tenant_id].rates
    return explain(call, line_item_id, rates)


@lru_cache(maxsize=1)
def _desk(_compiled_at: datetime) -> Desk:
    """One for each version of the configuration; it bids on nothing."""
    desk = Desk(tell=lambda _: None, policies=Accounts())
    desk.load(refresh.current())
    return desk
