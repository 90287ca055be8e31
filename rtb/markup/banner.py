"""Display markup (pure): a template's sandboxed frame, an image with its link, or HTML."""

from typing import Final
from urllib.parse import quote

from rtb.markup.escape import html_link, kept_html_text, printable
from rtb.markup.tokens import page_url, tracking_of
from rtb.offer import Offer
from rtb.site import RtbSite

# Placeholders in the HTML of a creative; docs/bid-responses.md.
CLICK_URL: Final = "{click_url}"
CLICK_URL_ENCODED: Final = "{click_url_encoded}"
CACHE_BUSTER: Final = "{cachebuster}"

_SANDBOX: Final = (  # as in the publishers' loader.js
    "allow-scripts allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)
_HIDDEN: Final = (
    'width="1" height="1" alt="" style="position:absolute;opacity:0;pointer-events:none"'
)


def banner(offer: Offer, site: RtbSite, now: int) -> str:
    """The ``adm`` of a banner."""
    kind = offer.ad.creative.kind
    if kind == "template":
        return _frame(offer, page_url(offer, site, now))
    links = tracking_of(offer, site, now)
    shown = _html if kind == "html" else _image
    pixel = f'<img src="{html_link(links.impression_url)}" {_HIDDEN}>'
    return shown(offer, links.click_url) + pixel


def _frame(offer: Offer, url: str) -> str:
    return (
        f'<iframe src="{html_link(url)}" width="{offer.width}" height="{offer.height}" '
        f'sandbox="{_SANDBOX}" referrerpolicy="origin" title="Advertisement" scrolling="no" '
        'frameborder="0" marginwidth="0" marginheight="0" style="border:0;display:block"></iframe>'
    )


def _image(offer: Offer, click_url: str) -> str:
    creative = offer.ad.creative
    return (
        f'<a href="{html_link(click_url)}" target="_blank" rel="noopener nofollow sponsored">'
        f'<img src="{kept_html_text(creative.image_url)}" width="{offer.width}" '
        f'height="{offer.height}" alt="{kept_html_text(creative.attributes.title)}" '
        'style="border:0;display:block"></a>'
    )


def _html(offer: Offer, click_url: str) -> str:
    """The advertiser's own HTML; what it does in the exchange's frame is not for us to limit."""
    return (
        printable(offer.ad.creative.html)
        .replace(CLICK_URL, html_link(click_url))
        .replace(CLICK_URL_ENCODED, quote(click_url, safe=""))
        .replace(CACHE_BUSTER, offer.rtb_id)
    )
