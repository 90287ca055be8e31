"""Turning one constraint of a request against the creative makes a bid a no-bid, and is counted."""

from typing import Any

import pytest

from rtb.reasons import NoBid
from tests.rtb import requests, validator
from tests.rtb.acceptance.asked import assert_flips, counted, outcomes
from tests.rtb.acceptance.rich import UNITS

NO_SIZE: dict[str, Any] = {"format": None, "w": None, "h": None}
TITLE = {"id": 1, "required": 1, "title": {"len": 90}}
ROBOT = {"ua": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
CASINO = {"id": "deal-7", "bidfloor": 1}


def needs(asset: dict[str, Any]) -> dict[str, Any]:
    return {"assets": {"assets": [TITLE, {"id": 2, "required": 1, **asset}]}}


AGAINST: list[tuple[str, str, dict[str, Any], NoBid]] = [
    ("the advertiser", "banner", {"badv": ["brand.example.com"]}, NoBid.ADVERTISER_BLOCKED),
    ("its parent domain", "banner", {"badv": ["a.b", "example.com"]}, NoBid.ADVERTISER_BLOCKED),
    ("in upper case", "banner", {"badv": ["BRAND.Example.COM"]}, NoBid.ADVERTISER_BLOCKED),
    ("with www", "banner", {"badv": ["www.brand.example.com"]}, NoBid.ADVERTISER_BLOCKED),
    ("advertiser of a video", "video", {"badv": ["example.com"]}, NoBid.ADVERTISER_BLOCKED),
    ("the category", "banner", {"bcat": ["IAB10-3"]}, NoBid.CATEGORY_BLOCKED),
    ("its parent category", "native", {"bcat": ["IAB1", "IAB10"]}, NoBid.CATEGORY_BLOCKED),
    ("category in lower case", "banner", {"bcat": ["iab10"]}, NoBid.CATEGORY_BLOCKED),
    ("only other categories", "banner", {"acat": ["IAB1", "IAB10-4"]}, NoBid.CATEGORY_BLOCKED),
    ("categories of another kind", "banner", {"acat": ["IAB10"], "cattax": 2},
     NoBid.CATEGORY_BLOCKED),
    ("only other languages", "banner", {"wlang": ["de", "fr"]}, NoBid.LANGUAGE),
    ("by language tag", "banner", {"wlangb": ["de-AT"]}, NoBid.LANGUAGE),
    ("a buyer's seat that is not ours", "banner", {"wseat": ["other"]}, NoBid.SEAT_BLOCKED),
    ("transparency by law", "banner", {"regs": {"ext": {"dsa": {"dsarequired": 2}}}},
     NoBid.TRANSPARENCY),
    ("of large platforms", "banner", {"regs": {"ext": {"dsa": {"dsarequired": 3}}}},
     NoBid.TRANSPARENCY),
    ("a robot", "banner", {"device": ROBOT}, NoBid.KNOWN_ROBOT),
    ("no known currency", "banner", {"cur": ["XYZ"]}, NoBid.CURRENCY),
    ("a floor in an unknown currency", "banner", {"bidfloorcur": "XYZ"}, NoBid.CURRENCY),
    ("a floor in dollars", "banner", {"bidfloor": 5.000001}, NoBid.FLOOR),
    ("a floor in euros", "banner", {"bidfloor": 4.61, "bidfloorcur": "EUR"}, NoBid.FLOOR),
    ("a video's floor by duration", "video",
     {"video": {"durfloors": [{"mindur": 10, "maxdur": 20, "bidfloor": 5.01}]}}, NoBid.FLOOR),
    ("a video's floor by second", "video", {"video": {"mincpmpersec": 0.34}}, NoBid.FLOOR),
    ("a private auction", "banner", {"pmp": {"private_auction": 1, "deals": [CASINO]}},
     NoBid.DEAL_NOT_OURS),
    ("a private auction without deals", "banner", {"pmp": {"private_auction": 1}},
     NoBid.DEAL_NOT_OURS),
    ("too little time", "banner", {"tmax": 20}, NoBid.TOO_LATE),
    ("another size", "banner", {"banner": {"format": [{"w": 728, "h": 90}], "w": 728, "h": 90}},
     NoBid.SIZE),
    ("another ratio", "banner", {"banner": NO_SIZE | {"format": [{"wratio": 16, "hratio": 9}]}},
     NoBid.SIZE),
    ("a wider ad", "banner",
     {"banner": NO_SIZE | {"format": [{"wratio": 6, "hratio": 5, "wmin": 301}]}}, NoBid.SIZE),
    ("the attribute", "banner", {"banner": {"battr": [1, 4]}}, NoBid.ATTRIBUTE_BLOCKED),
    ("the attribute of a video", "video", {"video": {"battr": [6]}}, NoBid.ATTRIBUTE_BLOCKED),
    ("the attribute of a song", "audio", {"audio": {"battr": [1]}}, NoBid.ATTRIBUTE_BLOCKED),
    ("the attribute of a story", "native", {"native": {"battr": [4]}}, NoBid.ATTRIBUTE_BLOCKED),
    ("images", "banner", {"banner": {"btype": [2]}}, NoBid.AD_TYPE_BLOCKED),
    ("the image's type", "banner", {"banner": {"mimes": ["image/gif"]}}, NoBid.MIME),
    ("the video's type", "video", {"video": {"mimes": ["video/ogg"]}}, NoBid.MIME),
    ("the song's type", "audio", {"audio": {"mimes": ["audio/ogg"]}}, NoBid.MIME),
    ("wrappers only", "video", {"video": {"protocols": [4, 5, 6, 8]}}, NoBid.PROTOCOL),
    ("DAAST is for songs", "video", {"video": {"protocols": [9, 10]}}, NoBid.PROTOCOL),
    ("wrapped songs only", "audio", {"audio": {"protocols": [5, 10]}}, NoBid.PROTOCOL),
    ("longer videos", "video", {"video": {"minduration": 16}}, NoBid.DURATION),
    ("shorter videos", "video", {"video": {"maxduration": 14}}, NoBid.DURATION),
    ("an exact length", "video", {"video": {"rqddurs": [6, 30]}}, NoBid.DURATION),
    ("a shorter pod", "video",
     {"video": {"maxduration": None, "poddur": 10, "podid": "p", "maxseq": 2}}, NoBid.DURATION),
    ("shorter songs", "audio", {"audio": {"maxduration": 29}}, NoBid.DURATION),
    ("overlays", "video", {"video": {"linearity": 2}}, NoBid.LINEARITY),
    ("a higher bitrate", "video", {"video": {"minbitrate": 900}}, NoBid.BITRATE),
    ("a lower bitrate", "video", {"video": {"maxbitrate": 700}}, NoBid.BITRATE),
    ("a lower bitrate of songs", "audio", {"audio": {"maxbitrate": 64}}, NoBid.BITRATE),
    ("likes", "native", needs({"data": {"type": 4}}), NoBid.NATIVE_ASSETS),
    ("a rating", "native", needs({"data": {"type": 3}}), NoBid.NATIVE_ASSETS),
    ("a larger image", "native", needs({"img": {"type": 3, "wmin": 301}}), NoBid.NATIVE_ASSETS),
    ("an image of an exact size", "native", needs({"img": {"type": 3, "w": 1200, "h": 627}}),
     NoBid.NATIVE_ASSETS),
    ("a larger icon", "native", needs({"img": {"type": 1, "wmin": 81}}), NoBid.NATIVE_ASSETS),
    ("a film in a story", "native", needs({"video": {"mimes": ["video/mp4"]}}),
     NoBid.NATIVE_ASSETS),
]  # fmt: skip
INDIFFERENT: list[tuple[str, str, dict[str, Any]]] = [
    ("a subdomain of the advertiser", "banner", {"badv": ["shop.brand.example.com"]}),
    ("a domain that ends alike", "banner", {"badv": ["rand.example.com", "brand.example.co"]}),
    ("a sibling category", "banner", {"bcat": ["IAB10-30", "IAB1", "IAB10-3-1"]}),
    ("the category of another taxonomy", "banner", {"bcat": ["IAB10"], "cattax": 2}),
    ("our category allowed", "banner", {"acat": ["iab10"]}),
    ("our language", "banner", {"wlang": ["EN"]}),
    ("the floor that we are worth", "banner", {"bidfloor": 5}),
    ("the same in euros", "banner", {"bidfloor": 4.6, "bidfloorcur": "EUR"}),
    ("the same in a lower case", "banner", {"bidfloor": 4.6, "bidfloorcur": "eur"}),
    ("a floor of nothing in no currency", "banner", {"bidfloor": None, "bidfloorcur": ""}),
    ("a floor for other durations", "video",
     {"video": {"durfloors": [{"mindur": 16, "bidfloor": 9}, {"maxdur": 14, "bidfloor": 9}]}}),
    ("a foreign deal beside an open auction", "banner", {"pmp": {"deals": [CASINO]}}),
    ("transparency that is welcome", "banner", {"regs": {"ext": {"dsa": {"dsarequired": 1}}}}),
    ("no size at all", "banner", {"banner": NO_SIZE}),
    ("our ratio", "banner",
     {"banner": NO_SIZE | {"format": [{"wratio": 6, "hratio": 5, "wmin": 300}]}}),
    ("our size only beside the formats", "banner", {"banner": {"format": [{"w": 1, "h": 1}]}}),
    ("our size only among the formats", "banner", {"banner": {"w": 728, "h": 90}}),
    ("our attribute in another slot", "banner", {"banner": {"battr": [6]}}),
    ("iframes", "banner", {"banner": {"btype": [1, 3, 4]}}),
    ("both ends of a duration", "video", {"video": {"minduration": 15, "maxduration": 15}}),
    ("both ends of a bitrate", "video", {"video": {"minbitrate": 800, "maxbitrate": 800}}),
    ("our exact length, whatever the range", "video",
     {"video": {"rqddurs": [15], "minduration": 20}}),
    ("unknown types", "video", {"video": {"mimes": None}}),
    ("unknown protocols", "audio", {"audio": {"protocols": None}}),
    ("an optional asset that we lack", "native",
     {"assets": {"assets": [TITLE, {"id": 2, "data": {"type": 4}}]}}),
    ("a title that must be cut", "native", needs({"title": {"len": 5}})),
]  # fmt: skip


def named(table):
    return [pytest.param(*row[1:], id=f"{row[1]}: {row[0]}") for row in table]


def ask(world, kind, changes):
    request = requests.BUILDERS[kind](**changes)
    return request, world.ask(request)


NAMES = {"banner": "image"}


@pytest.mark.parametrize(("kind", "changes", "reason"), named(AGAINST))
def test_one_constraint_against_us_is_no_bid(open_to_all, kind, changes, reason):
    before = outcomes(reason)
    assert ask(open_to_all, kind, {})[1].status == 200
    open_to_all.desk.trading(open_to_all.tenant.pk).tally.take()
    _, answer = ask(open_to_all, kind, changes)
    assert_flips(open_to_all, NAMES.get(kind, kind), answer, reason)
    assert outcomes(reason) == before + 1


@pytest.mark.parametrize(("kind", "changes"), named(INDIFFERENT))
def test_what_does_not_concern_us_leaves_the_bid(open_to_all, kind, changes):
    request, answer = ask(open_to_all, kind, changes)
    assert answer.status == 200
    assert validator.problems(request, answer.json(), UNITS | {"eur": 0.92}) == []


@pytest.mark.parametrize("kind", ["banner", "video", "audio", "native"])
def test_an_ad_of_another_format_is_turned_away(open_to_all, kind):
    others = {"banner": "audio", "video": "banner", "audio": "native", "native": "video"}
    _, answer = ask(open_to_all, others[kind], {})
    assert answer.status == 200
    _, of_ads = counted(open_to_all, NAMES.get(kind, kind))
    assert of_ads == {NoBid.FORMAT}
