"""The bid response (OpenRTB 2.6 section 4.2; pure). What has its default is not written."""

import msgspec


class Bid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """``price`` is a CPM in units of the response's currency.

    The specification requires the first three; the validators of exchanges also ``crid``, and
    ``w`` and ``h`` of a banner. ``dealid`` must be there for a deal's bid, ``dur`` in pods.
    """

    id: str
    impid: str
    price: float
    adid: str = ""
    nurl: str = ""
    burl: str = ""
    lurl: str = ""
    adm: str = ""
    adomain: tuple[str, ...] = ()
    bundle: str = ""
    iurl: str = ""
    cid: str = ""
    crid: str = ""
    tactic: str = ""
    cattax: int = 1
    cat: tuple[str, ...] = ()
    attr: tuple[int, ...] = ()
    apis: tuple[int, ...] = ()
    api: int = 0  # 2.5, before apis
    protocol: int = 0
    qagmediarating: int = 0
    language: str = ""
    dealid: str = ""
    w: int = 0
    h: int = 0
    wratio: int = 0
    hratio: int = 0
    exp: int = 0
    dur: int = 0
    slotinpod: int = 0
    mtype: int = 0  # 1 banner, 2 video, 3 audio, 4 native


class SeatBid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    bid: tuple[Bid, ...]
    seat: str = ""
    group: int = 0


class BidResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """``cur`` is always written: exchanges read its absence as US dollars."""

    id: str
    seatbid: tuple[SeatBid, ...]
    cur: str
    bidid: str = ""


_encoder = msgspec.json.Encoder()


def encode(response: BidResponse) -> bytes:
    return _encoder.encode(response)
