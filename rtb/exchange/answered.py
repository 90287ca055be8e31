"""The bidder's answer as the exchange reads it: strictly, in OpenRTB's types (pure)."""

import msgspec


class Bid(msgspec.Struct, gc=False):
    id: str
    impid: str
    price: float
    adm: str = ""
    nurl: str = ""
    burl: str = ""
    lurl: str = ""
    adid: str = ""
    adomain: list[str] = []
    bundle: str = ""
    cid: str = ""
    crid: str = ""
    cat: list[str] = []
    cattax: int = 1
    attr: list[int] = []
    apis: list[int] = []
    api: int = 0
    protocol: int = 0
    language: str = ""
    dealid: str = ""
    w: int = 0
    h: int = 0
    dur: int = 0
    exp: int = 0
    mtype: int = 0
    ext: dict[str, object] = {}


class SeatBid(msgspec.Struct, gc=False):
    bid: list[Bid]
    seat: str = ""
    group: int = 0


class Answer(msgspec.Struct, gc=False):
    id: str = ""
    seatbid: list[SeatBid] = []
    bidid: str = ""
    cur: str = "USD"
    nbr: int | None = None

    @property
    def bids(self) -> list[tuple[SeatBid, Bid]]:
        return [(seat, bid) for seat in self.seatbid for bid in seat.bid]


read = msgspec.json.Decoder(Answer).decode
