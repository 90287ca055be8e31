"""What a bid request's privacy signals let us do with the person's data (pure).

The signals, in the order in which they are asked: COPPA, GDPR with TCF 2 (regs.gdpr, or a GPP
section of Europe), the US privacy string, GPP, "limit ad tracking", "do not track" and Global
Privacy Control. Each may only forbid; without any of them personal data may be used.
"""

import re
from typing import Final

import msgspec

from rtb.consent import gpp, tcf
from rtb.openrtb import moved
from rtb.openrtb.request import BidRequest, Device

NO_ADVERTISING_ID: Final = re.compile(r"[0-]*")
MAX_ID_CHARS: Final = 200  # what events and counters keep, with room for the source before it


class Privacy(msgspec.Struct, frozen=True, gc=False):
    """``personal``: ids, segments and other behaviour may be used; ``why`` not: the first signal.

    ``why`` is one of coppa, gdpr_no_consent, us_privacy_opt_out, gpp, lmt, dnt, gpc, or empty.
    """

    personal: bool
    precise_geo: bool
    coppa: bool = False
    why: str = ""


FREE: Final = Privacy(personal=True, precise_geo=True)
COARSE: Final = Privacy(personal=True, precise_geo=False)  # Europe, without the special feature


def read(request: BidRequest, vendor_id: int, purposes: tuple[int, ...] = tcf.PURPOSES) -> Privacy:
    """``vendor_id`` is ours on the IAB's Global Vendor List; 0: none, so nobody consented to us."""
    regs = request.regs
    if regs is not None and regs.coppa == 1:
        return Privacy(personal=False, precise_geo=False, coppa=True, why="coppa")
    platform = _platform(request)
    applies, consent = _europe(request, platform, vendor_id, purposes)
    why = _forbidden_by(request, platform, gdpr=applies and not consent.given)
    if why:
        return Privacy(personal=False, precise_geo=False, why=why)
    return COARSE if applies and not consent.precise_geo else FREE


def best_id(request: BidRequest, privacy: Privacy, ssp: str = "") -> str:
    """The id that knows the person best, or "" where there is none or none may be used.

    Ours as the exchange matched it, the device's, one of an id provider, the exchange's own. The
    last two say who gave them: two exchanges may give one id to two people.
    """
    if not privacy.personal:
        return ""
    user = request.user
    candidates = (
        user.buyeruid if user else "",
        _advertising_id(request.device),
        _provided_id(request),
        f"{ssp}:{user.id}" if user and user.id else "",
    )
    return next((each for each in candidates if 0 < len(each) <= MAX_ID_CHARS), "")


def _forbidden_by(request: BidRequest, platform: gpp.Platform, *, gdpr: bool) -> str:
    device = request.device
    signals = (
        ("gdpr_no_consent", gdpr),
        ("us_privacy_opt_out", gpp.us_privacy_opts_out(moved.us_privacy(request))),
        ("gpp", platform.opted_out),
        ("lmt", device is not None and (device.lmt == 1 or _is_withheld(device))),
        ("dnt", device is not None and device.dnt == 1),
        ("gpc", moved.gpc(request)),
    )
    return next((name for name, forbids in signals if forbids), "")


def _europe(
    request: BidRequest, platform: gpp.Platform, vendor_id: int, purposes: tuple[int, ...]
) -> tuple[bool, tcf.Consent]:
    """Whether the GDPR applies, and what the person consented to."""
    applies = moved.gdpr(request) == 1 or platform.europe is not None
    if not applies:
        return False, tcf.NONE
    text = moved.consent(request) or platform.europe or ""
    return True, tcf.consent(text, vendor_id, purposes)


def _platform(request: BidRequest) -> gpp.Platform:
    text, section_ids = moved.gpp(request), moved.gpp_sid(request)
    return gpp.read(text, section_ids) if text or section_ids else gpp.NOTHING


def _is_withheld(device: Device) -> bool:
    """All zeros: the person has switched the advertising id off."""
    return bool(device.ifa) and NO_ADVERTISING_ID.fullmatch(device.ifa) is not None


def _advertising_id(device: Device | None) -> str:
    return device.ifa.lower() if device and not _is_withheld(device) else ""


def _provided_id(request: BidRequest) -> str:
    for eid in moved.eids(request):
        for uid in eid.uids:
            if eid.source and uid.id:
                return f"{eid.source}:{uid.id}"
    return ""
