"""What moved between the versions (pure): the place of OpenRTB 2.6 first, else that of 2.5 and 2.4.

On public samples the older places are the usual ones, so whoever reads a privacy signal reads it
through this module.
"""

from rtb.openrtb.request import BidRequest, Dsa, Eid, RegsExt, SupplyChain


def schain(request: BidRequest) -> SupplyChain | None:
    """2.6 source.schain, 2.5 source.ext.schain, 2.4 ext.schain."""
    source = request.source
    if source is not None:
        if source.schain is not None:
            return source.schain
        if source.ext is not None and source.ext.schain is not None:
            return source.ext.schain
    return request.ext.schain if request.ext is not None else None


def consent(request: BidRequest) -> str:
    """The TCF string; "" when there is none."""
    user = request.user
    if user is None:
        return ""
    return user.consent or (user.ext.consent if user.ext is not None else "")


def eids(request: BidRequest) -> tuple[Eid, ...]:
    user = request.user
    if user is None:
        return ()
    return user.eids or (user.ext.eids if user.ext is not None else ())


def gdpr(request: BidRequest) -> int | None:
    """1: the GDPR applies; 0: it does not; None: the exchange does not say."""
    regs = request.regs
    if regs is None:
        return None
    return regs.gdpr if regs.gdpr is not None else _ext(request).gdpr


def us_privacy(request: BidRequest) -> str:
    """The CCPA string such as 1YNN; "" when there is none."""
    return (request.regs.us_privacy if request.regs else "") or _ext(request).us_privacy


def gpp(request: BidRequest) -> str:
    """The string of the Global Privacy Platform; "" when there is none."""
    return (request.regs.gpp if request.regs else "") or _ext(request).gpp


def gpp_sid(request: BidRequest) -> tuple[int, ...]:
    """The sections of ``gpp`` that apply."""
    return (request.regs.gpp_sid if request.regs else ()) or _ext(request).gpp_sid


def gpc(request: BidRequest) -> bool:
    """Whether the browser sent Global Privacy Control; exchanges write "1" and 1."""
    return _ext(request).gpc in {"1", 1}


def dsa(request: BidRequest) -> Dsa | None:
    return _ext(request).dsa


_NOTHING = RegsExt()


def _ext(request: BidRequest) -> RegsExt:
    regs = request.regs
    return regs.ext if regs is not None and regs.ext is not None else _NOTHING
