"""What a process counted of its bids, and hands over now and then."""

from collections import Counter

from rtb.counted import records
from rtb.reasons import ELIGIBLE
from rtb.records import RecordKind
from rtb.tally import Tally
from tests.rtb.line_items import book_of
from tests.rtb.offers import NOW


def test_requests_and_ads_are_told_by_exchange_and_reason():
    book, tally = book_of(11, 12, 12), Tally()
    tally.add(3, "", [("size", 0b001), (ELIGIBLE, 0b110)])
    tally.add(3, "floor", [("floor", 0b111)])
    tally.add(4, "floor", [("floor", 0b100)])
    told = list(records(book, tally, NOW))
    requests = {(r.ssp_id, r.reason): r.count for r in told if r.kind is RecordKind.REQUEST}
    assert requests == {(3, ""): 1, (3, "floor"): 1, (4, "floor"): 1}
    by_creative = {
        (r.ssp_id, r.kind, r.reason, r.creative_id): r.count
        for r in told
        if r.kind is not RecordKind.REQUEST
    }
    ids = [ad.creative.id for ad in book.ads]
    assert by_creative == {
        (3, RecordKind.NO_BID, "size", ids[0]): 1,
        (3, RecordKind.ELIGIBLE, "", ids[1]): 1,
        (3, RecordKind.ELIGIBLE, "", ids[2]): 1,
        **{(3, RecordKind.NO_BID, "floor", each): 1 for each in ids},
        (4, RecordKind.NO_BID, "floor", ids[2]): 1,
    }
    assert len({record.event_id for record in told}) == len(told)


def test_line_items_of_a_record_are_those_of_its_creative():
    book, tally = book_of(11, 12), Tally()
    tally.add(3, "size", [("size", 0b11)])
    owners = {ad.creative.id: ad.line_item.id for ad in book.ads}
    told = Counter(
        (r.creative_id, r.line_item_id)
        for r in records(book, tally, NOW)
        if r.kind is RecordKind.NO_BID
    )
    assert set(told) == set(owners.items())


def test_what_was_told_is_not_told_again():
    book, tally = book_of(11), Tally()
    tally.add(3, "size", [("size", 1)])
    assert len(list(records(book, tally, NOW))) == 2
    assert list(records(book, tally, NOW)) == []
