"""Building a request's context, and recognising robots and prefetches."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserving.context import (
    build_context,
    device_of,
    is_bot,
    is_prefetch,
    preferred_language,
    resolve_segments,
)
from campaigns.targeting import compile_rule, evaluate, parse

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/126.0.0.0 Safari/537.36"
PIXEL = f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPHONE = (
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {APPLE} "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


def make_context(now=datetime(2026, 11, 23, 4, 30, tzinfo=UTC), user_agent="", **context):
    return build_context(
        now=now,
        timezone=ZoneInfo("America/Toronto"),
        placement_key="home_top",
        context=context,
        user_agent=user_agent,
        accept_language="fr-CA,en;q=0.5",
        segments=frozenset({"known"}),
    )


def test_it_reads_the_request_of_the_seed():
    context = make_context(room_type="bedroom", country="CA")
    assert (context.country, context.key_values) == ("CA", {"room_type": "bedroom"})
    assert (context.placement_key, context.segments) == ("home_top", frozenset({"known"}))


def test_local_time_is_the_tenants():
    local = make_context().local_time
    assert (local.isoformat(), local.weekday()) == ("2026-11-22T23:30:00-05:00", 6)


def test_it_reads_the_headers():
    context = make_context(user_agent=IPHONE)
    assert (context.device_type, context.os, context.browser) == ("mobile", "ios", "safari")
    assert context.language == "fr-CA"


def test_what_the_request_says_wins_over_the_headers():
    context = make_context(
        user_agent=IPHONE, device="Smart TV", os="Mac OS X", browser="Firefox iOS", language="de_at"
    )
    assert (context.device_type, context.os, context.browser) == ("tv", "macos", "firefox")
    assert context.language == "de-AT"


def test_a_user_agent_in_the_context_wins_over_the_header():
    assert make_context(user_agent=WINDOWS, user_agent_=1).os == "windows"
    context = build_context(
        now=datetime.now(UTC),
        timezone=UTC,
        placement_key="",
        context={"user_agent": PIXEL},
        user_agent=WINDOWS,
    )
    assert context.os == "android"


def test_words_outside_the_vocabulary_are_other_and_junk_is_not_known():
    assert make_context(os="AmigaOS").os == "other"
    assert make_context(os=7, device={"type": "phone"}, language="??").os == ""


@pytest.mark.parametrize(
    ("given_place", "expected"),
    [
        ({"country": "ca"}, ("CA", "")),
        ({"country": "CA", "region": "on"}, ("CA", "CA-ON")),
        ({"region": "ca_on"}, ("CA", "CA-ON")),
        ({"country": "CA", "region": "CA-ON"}, ("CA", "CA-ON")),
        ({"country": "US", "region": "CA-ON"}, ("US", "")),
        ({"region": "ON"}, ("", "")),
        ({"country": None, "region": 3}, ("", "")),
    ],
)
def test_country_and_region_always_agree(given_place, expected):
    context = make_context(**given_place)
    assert (context.country, context.region) == expected


def test_the_rest_becomes_key_values_in_the_spelling_of_rules():
    context = make_context(
        floor=3, ratio=1.5, vip=True, tags=["a", 2, None], nil=None, deep={"a": 1}
    )
    assert context.key_values == {"floor": "3", "ratio": "1.5", "vip": "true", "tags": ("a", "2")}
    assert compile_rule(parse({"floor": 3, "vip": True, "tags": 2}))(context)


def test_key_values_longer_than_any_rule_are_not_kept():
    assert make_context(**{"k" * 65: "x", "room": "x" * 257}).key_values == {}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
named = st.sampled_from(["country", "region", "device", "os", "language", "user_agent", "room"])


@given(st.dictionaries(named | st.text(), json_values), st.text(), st.text())
def test_no_request_breaks_it(context, user_agent, accept_language):
    built = build_context(
        now=datetime.now(UTC),
        timezone=UTC,
        placement_key="p",
        context=context,
        user_agent=user_agent,
        accept_language=accept_language,
    )
    assert evaluate(parse({}), built).matched
    assert built.region.startswith(built.country)


def test_segments_are_the_known_ones_and_those_whose_rule_matches():
    rules = {"canada": {"country": "CA"}, "us": {"country": "US"}, "chained": {"segment": "canada"}}
    compiled = [(key, compile_rule(parse(rule))) for key, rule in rules.items()]
    assert resolve_segments(make_context(country="CA"), compiled) == {"known", "canada"}


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (WINDOWS, ("desktop", "windows", "chrome")),
        (f"{WINDOWS} Edg/126.0.0.0", ("desktop", "windows", "edge")),
        (PIXEL, ("mobile", "android", "chrome")),
        (PIXEL.replace("Mobile ", ""), ("tablet", "android", "chrome")),
        (IPHONE, ("mobile", "ios", "safari")),
        (IPHONE.replace("iPhone", "iPad", 1), ("tablet", "ios", "safari")),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
            ("desktop", "linux", "firefox"),
        ),
        (
            f"Mozilla/5.0 (Linux; Android 9; AFTKA) {WEBKIT} Chrome/90.0 Mobile Safari/537.36",
            ("tv", "android", "chrome"),
        ),
        (
            f"Mozilla/5.0 (Web0S; Linux/SmartTV) {WEBKIT} Chrome/79.0.3945.79 Safari/537.36",
            ("tv", "webos", "chrome"),
        ),
        ("something/1.0", ("other", "other", "other")),
        ("", ("", "", "")),
    ],
)
def test_a_user_agent_gives_device_system_and_browser(user_agent, expected):
    device = device_of(user_agent)
    assert (device.device_type, device.os, device.browser) == expected


def test_only_the_start_of_a_user_agent_is_read():
    assert device_of(WINDOWS + "x" * 100_000) is device_of(WINDOWS + "x" * 200_000)


@pytest.mark.parametrize(
    "user_agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 AppleWebKit/537.36; compatible; GPTBot/1.2; +https://openai.com/gptbot",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    ],
)
def test_robots_are_known(user_agent):
    assert is_bot(user_agent)


@pytest.mark.parametrize(
    "user_agent",
    [
        WINDOWS,
        PIXEL,
        IPHONE,
        PIXEL.replace("Pixel 8", "CUBOT_X18_Plus"),
        PIXEL.replace("Pixel 8", "CUBOT NOTE 20"),
        f"{IPHONE} [FBAN/FBIOS;FBAV/466.0]",
        WINDOWS.replace("Chrome", "HeadlessChrome"),
        "curl/8.1.2",
        "python-requests/2.31.0",
        "Python-urllib/3.11",
        "Go-http-client/2.0",
        "",
    ],
)
def test_people_and_the_programs_that_report_for_them_are_not_robots(user_agent):
    assert not is_bot(user_agent)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"Sec-Purpose": "prefetch;prerender"}, True),
        ({"Purpose": "prefetch"}, True),
        ({"X-Moz": "prefetch"}, True),
        ({"X-Purpose": "preview"}, True),
        ({"Sec-Purpose": ""}, False),
        ({}, False),
    ],
)
def test_a_prefetch_is_recognised_by_its_headers(header, expected):
    assert is_prefetch(header.get) is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr-CA"),
        ("en;q=0.5, de;q=0.9", "de"),
        ("zh-Hant-TW", "zh-TW"),
        ("*, fr;q=0", ""),
        ("en;q=nonsense, fr;q=0.1", "fr"),
        ("", ""),
    ],
)
def test_the_language_with_the_highest_weight_is_preferred(header, expected):
    assert preferred_language(header) == expected
