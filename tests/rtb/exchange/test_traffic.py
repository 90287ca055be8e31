"""Requests that are valid, of all kinds, and the same again."""

import json
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.exchange.slots import SIZES
from rtb.exchange.traffic import Mix, Traffic
from rtb.openrtb.parse import parse

RATES = {"USD": 1.0, "EUR": 0.9, "JPY": 150.0, "CHF": 0.85, "RUB": 80.0}


def traffic(seed=1, **mix):
    return Traffic(Random(seed), RATES, Mix(**mix))


def sent(count=1_500, seed=1, **mix):
    drawn = traffic(seed, **mix)
    return [drawn.next(12) for _ in range(count)]


@pytest.fixture(scope="module")
def calls():
    return sent()


@pytest.fixture(scope="module")
def bodies(calls):
    return [json.loads(call.body) for call in calls]


def share(bodies, condition):
    return sum(1 for each in bodies if condition(each)) / len(bodies)


def test_the_same_seed_sends_the_same(calls):
    assert [call.body for call in sent(200)] == [call.body for call in calls[:200]]
    assert sent(1, seed=2)[0].body != calls[0].body


def test_every_request_has_ids_of_its_own_and_one_place(bodies):
    assert len({each["id"] for each in bodies}) == len(bodies)
    for each in bodies:
        ids = [imp["id"] for imp in each["imp"]]
        assert len(set(ids)) == len(ids) > 0
        assert ("site" in each) != ("app" in each)
        assert all({"banner", "video", "audio", "native"} & imp.keys() for imp in each["imp"])


@given(st.integers(0, 2**32))
def test_the_bidder_reads_all_of_it(seed):
    call = sent(1, seed=seed)[0]
    request, asked = parse(call.body), call.asked
    assert request.id == asked.id
    assert [imp.id for imp in request.imp] == [imp.id for imp in asked.imp]
    for theirs, ours in zip(request.imp, asked.imp, strict=True):
        assert (theirs.bidfloor or 0.0) == ours.bidfloor
        assert {n for n in ("banner", "video", "audio", "native") if getattr(theirs, n)} == {
            n for n in ("banner", "video", "audio", "native") if getattr(ours, n)
        }


def test_banner_sizes_come_in_the_order_in_which_they_are_offered_most(calls):
    seen = Counter(imp.size for call in calls for imp in call.asked.imp if imp.banner)
    assert set(seen) == set(SIZES)
    assert seen.most_common(1)[0][0] == (300, 250)
    assert seen[300, 600] > seen[160, 600]


def test_all_formats_channels_and_devices_occur(calls, bodies):
    kinds = Counter(imp.kind for call in calls for imp in call.asked.imp)
    assert kinds["banner"] > kinds["video"] > kinds["audio"] > 0
    assert kinds["native"] > kinds["audio"]
    assert {each["device"]["devicetype"] for each in bodies} >= {1, 2, 3, 4, 5, 6}
    assert 0.3 < share(bodies, lambda each: "app" in each) < 0.55


def test_native_requests_come_in_three_forms(bodies):
    forms: Counter[tuple[str, bool]] = Counter()
    for each in bodies:
        for imp in each["imp"]:
            asked = imp.get("native", {}).get("request")
            if asked is not None:
                wrapped = isinstance(asked, str) and "native" in json.loads(asked)
                forms[type(asked).__name__, wrapped] += 1
    assert {("str", False), ("str", True), ("dict", False)} == set(forms)


def test_most_privacy_signals_are_where_2_5_has_them(bodies):
    old = share(
        bodies, lambda each: {"gdpr", "us_privacy"} & each.get("regs", {}).get("ext", {}).keys()
    )
    new = share(bodies, lambda each: {"gdpr", "us_privacy"} & each.get("regs", {}).keys())
    assert old > 2 * new > 0


def test_auctions_are_of_both_kinds(bodies):
    assert share(bodies, lambda each: each.get("at") == 1) == pytest.approx(0.7, abs=0.04)
    assert share(bodies, lambda each: "at" not in each) > 0.03
    none = [json.loads(call.body) for call in sent(300, first_price_share=0.0)]
    assert all(each.get("at", 2) == 2 for each in none)


def test_currencies_are_those_that_can_be_converted(calls):
    seen = Counter(call.asked.currencies[0] for call in calls)
    assert seen["USD"] / len(calls) > 0.85
    assert {"EUR", "JPY"} < set(seen)
    drawn = Traffic(Random(1), {"USD": 1.0})
    assert {drawn.next(1).asked.currencies[0] for _ in range(300)} == {"USD"}


def test_deals_are_some_that_the_bidder_knows():
    found = Counter(d for c in sent(2_000, deals=("ours",)) for i in c.asked.imp for d in i.deals)
    assert found["ours"] > 0.5 * found.total() > 20


def test_a_few_are_tests_private_secure_gzipped_or_26(calls):
    assert 0 < sum(call.asked.test for call in calls) < 60
    assert any(imp.is_private for call in calls for imp in call.asked.imp)
    assert 0.6 < sum(call.asked.imp[0].secure for call in calls) / len(calls) < 0.8
    assert 0.2 < sum(call.is_gzipped for call in calls) / len(calls) < 0.4
    assert {call.version for call in calls} == {"2.5", "2.6"}


def test_nobody_has_the_addresses(bodies):
    from ipaddress import ip_address  # noqa: PLC0415

    for each in bodies:
        machine = each["device"]
        assert not ip_address(machine.get("ip") or machine["ipv6"]).is_global
