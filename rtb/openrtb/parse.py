"""A bid request from its bytes (pure): strict about ids and impressions, lenient about the rest.

Nearly every request decodes straight into its types. One whose types are wrong somewhere is read
as plain data, repaired (``rtb.openrtb.repair``) and converted: measured at 12 times the time.
"""

import codecs
import re
from typing import Final

import msgspec

from rtb.openrtb.repair import Unrepairable, repaired
from rtb.openrtb.request import BidRequest, Imp

# A JSON text may name half of a surrogate pair, as writers do that cut a text in its middle.
LONE_SURROGATE: Final = re.compile(
    rb"\\u[dD][89aAbB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89aAbB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
REPLACEMENT: Final = rb"\\ufffd"

_decode = msgspec.json.Decoder(BidRequest).decode
_decode_plain = msgspec.json.Decoder(float_hook=float).decode  # 1e400 is infinite, not an error


class BadRequest(ValueError):
    """The body is no bid request: status 400. ``reason`` says why, for logs and counters."""

    @property
    def reason(self) -> str:
        return str(self.args[0])


def parse(body: bytes) -> BidRequest:
    """Raises BadRequest, and nothing else whatever the bytes are."""
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        request = _read(body)
    except RecursionError:
        raise BadRequest("nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeError) as exc:
        raise BadRequest(f"not JSON: {exc}") from exc
    except Unrepairable as exc:
        raise BadRequest(str(exc)) from exc
    _check_structure(request)
    return request


def _read(body: bytes) -> BidRequest:
    try:
        return _decode(body)
    except msgspec.ValidationError:
        return _read_repaired(body)
    except msgspec.DecodeError:
        whole = LONE_SURROGATE.sub(REPLACEMENT, body)
        if whole == body:
            raise
        return _read(whole)


def _read_repaired(body: bytes) -> BidRequest:
    plain = _decode_plain(body)
    _check_ids(plain)
    return msgspec.convert(repaired(plain, BidRequest), BidRequest)


def _check_ids(plain: object) -> None:
    """What must not be repaired: the ids that we would have to echo, and the impressions."""
    if not isinstance(plain, dict):
        raise Unrepairable("not an object")
    if not isinstance(plain.get("id"), str):
        raise Unrepairable("the id is not a string")
    impressions = plain.get("imp")
    if not isinstance(impressions, list):
        raise Unrepairable("imp is not a list")
    for impression in impressions:
        if not isinstance(impression, dict) or not isinstance(impression.get("id"), str):
            raise Unrepairable("an impression without an id that is a string")


def _check_structure(request: BidRequest) -> None:
    if not request.id:
        raise BadRequest("the id is empty")
    if not request.imp:
        raise BadRequest("no impression")
    if len(request.imp) > 1 and len({imp.id for imp in request.imp}) < len(request.imp):
        raise BadRequest("two impressions have one id")
    for imp in request.imp:
        _check_impression(imp)
    if ((request.site is not None) + (request.app is not None) + (request.dooh is not None)) > 1:
        raise BadRequest("more than one of site, app and dooh")


def _check_impression(imp: Imp) -> None:
    if not imp.id:
        raise BadRequest("an impression's id is empty")
    if not (imp.banner or imp.video or imp.audio or imp.native):
        raise BadRequest("an impression without banner, video, audio or native")
    if imp.pmp is not None and not all(deal.id for deal in imp.pmp.deals):
        raise BadRequest("a deal without an id")
