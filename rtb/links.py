"""The notice URLs of a bid (pure): one token, three paths, macros as the exchange wants them."""

import msgspec

WIN_PATH = "/rtb/win"
BILL_PATH = "/rtb/bill"
LOSS_PATH = "/rtb/loss"

# OpenRTB 2.6 section 4.4: an exchange looks for `${NAME}` as it stands, so nothing is encoded.
_WIN = "&price=${AUCTION_PRICE}&mtw=${AUCTION_MIN_TO_WIN}"
_BILL = "&price=${AUCTION_PRICE}&cur=${AUCTION_CURRENCY}&mult=${AUCTION_MULTIPLIER}"
_LOSS = "&reason=${AUCTION_LOSS}&price=${AUCTION_PRICE}&mtw=${AUCTION_MIN_TO_WIN}"


class NoticeUrls(msgspec.Struct, frozen=True, gc=False):
    win: str
    bill: str
    loss: str


def notice_urls(base_url: str, token: str) -> NoticeUrls:
    """``token`` is base64url and dots: nothing in it needs quoting."""
    return NoticeUrls(
        win=f"{base_url}{WIN_PATH}?t={token}{_WIN}",
        bill=f"{base_url}{BILL_PATH}?t={token}{_BILL}",
        loss=f"{base_url}{LOSS_PATH}?t={token}{_LOSS}",
    )
