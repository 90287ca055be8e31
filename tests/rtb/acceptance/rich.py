"""An advertiser with creatives of the common sizes and kinds: a typical request gets a bid."""

from typing import Any

from tests.rtb import validator
from tests.rtb.requests import SIZES
from tests.rtb.world import BidWorld, add_line_item, build_world
from tests.wsgi_client import Answer

UNITS = {"USD": 1.0, "EUR": 0.92, "JPY": 150.0}  # per US dollar, as tests.rtb.world.RATES
FILM = "https://cdn.example.com/film"


def rich_world(*, currency: str = "USD", **changes: Any) -> BidWorld:
    """Beside the line items of ``build_world`` all sizes of banners, in two languages, and more."""
    world = build_world(**changes)
    world.tenant.currency = currency
    world.tenant.save()
    for width, height in SIZES:
        for language in ("en", "de"):
            add_line_item(
                world,
                "image",
                name=f"{width}x{height} {language}",
                width=width,
                height=height,
                attributes={"cat": ["IAB3-1"], "attr": [21], "language": language},
            )
    add_line_item(world, "html", name="script", html="<script></script>")
    for seconds in (6, 15, 30):
        add_line_item(world, "video", name=f"film of {seconds} s", attributes=_film(seconds))
        add_line_item(world, "audio", name=f"song of {seconds} s", attributes=_song(seconds))
    add_line_item(world, "native", name="story", width=1200, height=627, attributes=STORY)
    world.reload()
    return world


def problems(request: dict[str, Any], answer: Answer) -> list[str]:
    """What an exchange would say against the answer; a no-bid without a body has no fault."""
    if answer.status == 204:
        return ["a body with 204"] if answer.body else []
    if answer.status != 200:
        return [f"status {answer.status}"]
    return validator.problems(request, answer.json(), UNITS)


def bids_of(answer: Answer) -> list[dict[str, Any]]:
    content = answer.json() if answer.status == 200 else {}
    return [bid for seat in content.get("seatbid", []) for bid in seat["bid"]]


def _film(seconds: int) -> dict[str, Any]:
    files = [
        {"url": f"{FILM}.mp4", "mime": "video/mp4", "bitrate": 600, "width": 640, "height": 360},
        {"url": f"{FILM}.webm", "mime": "video/webm", "bitrate": 2000, "width": 640, "height": 360},
        {"url": f"{FILM}.ogg", "mime": "video/ogg", "bitrate": 500, "width": 640, "height": 360},
    ]
    return {"cat": ["IAB3-1"], "media": files, "duration": seconds}


def _song(seconds: int) -> dict[str, Any]:
    file = {"url": "https://cdn.example.com/spot.mp3", "mime": "audio/mpeg", "bitrate": 64}
    return {"cat": ["IAB3-1"], "media": [file], "duration": seconds}


STORY: dict[str, Any] = {
    "cat": ["IAB3-1"],
    "title": "Oak floors",
    "text": "Warm underfoot, and they last.",
    "sponsored_by": "Brand",
    "call_to_action": "See them",
    "icon": {"url": "https://cdn.example.com/icon.png", "width": 80, "height": 80},
    "rating": "4.7",
    "price": "49 USD",
}
