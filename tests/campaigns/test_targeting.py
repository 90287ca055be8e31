"""The targeting language: reading, writing, describing, judging and compiling rules."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaigns.targeting import (
    Everyone,
    RequestContext,
    TargetingRejected,
    Verdict,
    compile_rule,
    describe,
    dimensions,
    evaluate,
    parse,
    to_json,
)
from campaigns.targeting.rules import WEEKDAYS

TORONTO = ZoneInfo("America/Toronto")
MONDAY_10 = datetime(2026, 11, 23, 10, 0, tzinfo=TORONTO)


def make_context(local_time=MONDAY_10, **fields):
    return RequestContext(local_time=local_time, **fields)


def leaf(dimension, *values, op="in"):
    return {"dimension": dimension, "op": op, "values": list(values)}


def daypart(days, start, end, op="in"):
    return leaf("daypart", {"days": days, "from": start, "to": end}, op=op)


def matches(data, **fields):
    """Both implementations' common answer."""
    rule, context = parse(data), make_context(**fields)
    verdict = evaluate(rule, context).matched
    assert compile_rule(rule)(context) is verdict
    return verdict


def messages(data):
    with pytest.raises(TargetingRejected) as caught:
        parse(data)
    return {problem.path: problem.message for problem in caught.value.problems}


# What each dimension matches.

MATCHING = [
    (leaf("country", "CA", "US"), {"country": "US"}),
    (leaf("region", "CA-ON"), {"country": "CA", "region": "CA-ON"}),
    (leaf("device_type", "mobile"), {"device_type": "mobile"}),
    (leaf("os", "Mac OS X"), {"os": "macos"}),
    (leaf("browser", "Chrome Mobile"), {"browser": "chrome"}),
    (leaf("language", "fr"), {"language": "fr-CA"}),
    (leaf("language", "fr-ca"), {"language": "fr-CA"}),
    (leaf("segment", "returning"), {"segments": frozenset({"new", "returning"})}),
    (leaf("placement", "home_top"), {"placement_key": "home_top"}),
    ({**leaf("key_value", "bedroom"), "key": "room"}, {"key_values": {"room": "bedroom"}}),
    ({**leaf("key_value", 3), "key": "floor"}, {"key_values": {"floor": ("2", "3")}}),
    (daypart(["mon"], "09:00", "17:30"), {}),
]
MATCHING_IDS = [str(data["dimension"]) for data, _ in MATCHING]


@pytest.mark.parametrize(("data", "fields"), MATCHING, ids=MATCHING_IDS)
def test_in_matches_a_listed_value_and_not_in_does_not(data, fields):
    assert matches(data, **fields)
    assert not matches({**data, "op": "not_in"}, **fields)


@pytest.mark.parametrize(("data", "fields"), MATCHING[:-1], ids=MATCHING_IDS[:-1])
def test_in_fails_and_not_in_passes_when_the_request_says_nothing(data, fields):
    assert not matches(data)
    assert matches({**data, "op": "not_in"})


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (leaf("country", "CA"), {"country": "US"}),
        (leaf("language", "fr-CA"), {"language": "fr"}),
        (leaf("language", "fr-CA"), {"language": "fr-FR"}),
        (leaf("segment", "returning"), {"segments": frozenset({"new"})}),
        ({"room": "bedroom"}, {"key_values": {"room": "Bedroom"}}),
        ({"room": "bedroom"}, {"key_values": {"rooms": "bedroom"}}),
    ],
)
def test_other_values_do_not_match(data, fields):
    assert not matches(data, **fields)


def test_groups_combine_as_all_any_and_not():
    rule = {"all": [{"country": "CA"}, {"any": [{"os": "ios"}, {"not": {"room": "attic"}}]}]}
    attic = {"key_values": {"room": "attic"}}
    assert matches(rule, country="CA", os="ios", **attic)
    assert matches(rule, country="CA", os="android")
    assert not matches(rule, country="CA", os="android", **attic)
    assert not matches(rule, country="US", os="ios")


@pytest.mark.parametrize(
    ("data", "failed"),
    [
        ({"all": [{"country": "CA"}, {"device": "tv"}, {"room": "attic"}]}, "device_type"),
        ({"any": [{"room": "attic"}, {"device": "tv"}]}, "key_value:room"),
        ({"not": {"any": [{"device": "tv"}, {"country": "CA"}]}}, "country"),
        ({"not": {"not": {"all": [{"country": "CA"}, {"os": "ios"}]}}}, "os"),
    ],
)
def test_the_verdict_names_the_dimension_that_failed_first(data, failed):
    assert evaluate(parse(data), make_context(country="CA")) == Verdict(
        matched=False, failed=failed
    )


def test_everyone_matches_everything():
    assert parse({}) == Everyone()
    assert matches({})


# Dayparts.


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T08:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T17:29:59.999999", True),
        ("2026-11-23T17:30", False),
        ("2026-11-24T10:00", False),
    ],
)
def test_a_daypart_starts_at_from_and_ends_before_to(at, expected):
    moment = datetime.fromisoformat(at).replace(tzinfo=TORONTO)
    assert matches(daypart(["Monday"], "9:00", "17:30"), local_time=moment) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-22T21:59", False),
        ("2026-11-22T22:00", True),
        ("2026-11-22T23:59", True),
        ("2026-11-23T00:00", True),
        ("2026-11-23T01:59", True),
        ("2026-11-23T02:00", False),
        ("2026-11-23T22:30", False),
        ("2026-11-22T01:00", False),
    ],
)
def test_an_overnight_daypart_belongs_to_the_day_it_starts_on(at, expected):
    moment = datetime.fromisoformat(at).replace(tzinfo=TORONTO)
    assert matches(daypart(["sun"], "22:00", "02:00"), local_time=moment) is expected


def test_a_whole_day_ends_at_24_00():
    last_minute = datetime(2026, 11, 23, 23, 59, 59, tzinfo=TORONTO)
    assert matches(daypart(["mon"], "00:00", "24:00"), local_time=last_minute)
    assert to_json(parse(daypart(["mon"], "22:00", "00:00"))) == daypart(["mon"], "22:00", "24:00")


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        (datetime(2026, 3, 8, 6, 59, tzinfo=UTC), True),  # 01:59 EST, before the clocks go forward
        (datetime(2026, 3, 8, 7, 0, tzinfo=UTC), False),  # 03:00 EDT: 02:00 to 03:00 never is
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), True),  # 01:30 EDT
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), True),  # 01:30 EST, the hour that comes twice
        (datetime(2026, 11, 1, 8, 0, tzinfo=UTC), False),  # 03:00 EST
    ],
)
def test_dayparts_follow_the_clock_on_the_wall_when_it_changes(utc, expected):
    moment = utc.astimezone(TORONTO)
    assert matches(daypart(["sun"], "01:00", "03:00"), local_time=moment) is expected


# Reading.


def test_the_shorthand_becomes_canonical_conditions():
    data = {"country": "CA", "room_type": ["kitchen", "bedroom"], "device": "mobile"}
    assert to_json(parse(data)) == {
        "all": [
            leaf("country", "CA"),
            {**leaf("key_value", "bedroom", "kitchen"), "key": "room_type"},
            leaf("device_type", "mobile"),
        ]
    }


def test_a_shorthand_of_one_entry_is_one_condition():
    assert to_json(parse({"segments": ["b", "a", "b"]})) == leaf("segment", "a", "b")


def test_values_are_kept_in_one_spelling():
    data = {
        "country": "ca",
        "region": "ca_on",
        "language": "FR_ca",
        "device": "Phone",
        "floor": 3.0,
    }
    kept = [to_json(parse({name: value}))["values"] for name, value in data.items()]
    assert kept == [["CA"], ["CA-ON"], ["fr-CA"], ["mobile"], ["3"]]


@pytest.mark.parametrize(
    ("data", "path", "expected"),
    [
        ({"country": "UK"}, "country[0]", "did you mean 'GB'?"),
        ({"country": "Canada"}, "country[0]", "did you mean 'CA'?"),
        ({"country": "Atlantis"}, "country[0]", "codes have two letters, such as CA"),
        ({"country": ["CA", ""]}, "country[1]", "an empty value"),
        ({"country": 1}, "country[0]", "a number is not text"),
        ({"region": "Ontario"}, "region[0]", "did you mean 'CA-ON'?"),
        ({"region": "UK-ENG"}, "region[0]", "did you mean 'GB-ENG'?"),
        ({"region": "CA-XX"}, "region[0]", "codes look like CA-ON"),
        ({"device": "moble"}, "device[0]", "did you mean 'mobile'?"),
        ({"os": "zzz"}, "os[0]", "write one of android, chromeos"),
        ({"browser": "chorme"}, "browser[0]", "did you mean 'chrome'?"),
        ({"language": "French"}, "language[0]", "did you mean 'fr'?"),
        ({"language": "jp"}, "language[0]", "did you mean 'ja'?"),
        ({"language": "zh-Hant"}, "language[0]", "names a script"),
        ({"language": "en-UK"}, "language[0]", "did you mean 'GB'?"),
        ({"segment": []}, "segment", "the list is empty"),
        ({"segment": "a\x00b"}, "segment[0]", "invisible control character"),
        ({"room": "x" * 257}, "room[0]", "at most 256 fit"),
        ({"r" * 65: "x"}, "r" * 65, "at most 64 fit"),
        ({"room": {"a": 1}}, "room[0]", "an object cannot be compared"),
        ({"room": float("nan")}, "room[0]", "a number cannot be compared"),
        ({"room": 10**400}, "room[0]", "a number cannot be compared"),
        ({"segment": ["x"] * 1001}, "segment", "1,001 values are too many"),
        ({"or": [{"country": "CA"}]}, "or", "'or' does not stand alone"),
        ({"all": []}, "all", "needs a list with at least one rule"),
        ({"all": [{}]}, "all[0]", "would match everyone"),
        ({"not": {}}, "not", "would match everyone"),
        ({"all": [{"os": "ios"}], "country": "CA"}, "", "a group stands alone"),
        ({**leaf("city", "x")}, "dimension", "'city' is not a dimension"),
        ({**leaf("os", "ios"), "op": "is"}, "op", "'is' is not an operator"),
        ({**leaf("os", "ios"), "key": "x"}, "key", "'key' is not part of a condition on os"),
        (leaf("key_value", "x"), "values", "the key is unusable"),
        (daypart(["mon"], "09:00", "09:00"), "values[0]", "write 00:00 to 24:00"),
        (daypart(["mon"], "24:00", "09:00"), "values[0].from", "cannot be 24:00"),
        (daypart(["mon"], "09:00", "9.30"), "values[0].to", "'9.30' is not a time"),
        (daypart(["mon"], "09:60", "10:00"), "values[0].from", "'09:60' is not a time"),
        (daypart(["mon", "x"], "09:00", "10:00"), "values[0].days[1]", "'x' is not a day"),
        (daypart([], "09:00", "10:00"), "values[0].days", "name at least one day"),
        (leaf("daypart", "mornings"), "values[0]", "'mornings' is not understood"),
        ([], "", "a list is not a rule"),
        (None, "", "an empty value (null) is not a rule"),
    ],
)
def test_a_rejection_says_where_and_what_to_change(data, path, expected):
    assert expected in messages(data)[path]


def test_the_country_message_is_the_one_a_marketer_needs():
    message = "country: 'UK' is not an ISO 3166 country code; did you mean 'GB'?"
    assert messages({"country": "UK"}) == {"country[0]": message}


def test_every_problem_is_told_at_once():
    found = messages({"all": [{"country": ["UK", "CA", "EN"]}, {"not": {"os": "amiga"}}]})
    assert set(found) == {"all[0].country[0]", "all[0].country[2]", "all[1].not.os[0]"}


def test_many_problems_are_counted_after_the_first_hundred():
    found = messages({"country": ["??"] * 1_000})
    assert len(found) == 101
    assert found[""] == "and 900 more problems"


def test_rules_may_be_six_deep_and_no_deeper():
    data: Mapping[str, object] = {"os": "ios"}
    for _ in range(5):
        data = {"not": data}
    assert matches(data, os="android")
    assert "more than 6 deep" in next(iter(messages({"not": data}).values()))


def test_two_hundred_conditions_fit_and_no_more():
    assert parse({"all": [{"os": "ios"}] * 200})
    assert messages({"all": [{"os": "ios"}] * 5_000}).popitem()[1].startswith("more than 200")


def test_every_example_in_the_documentation_is_a_rule():
    text = Path("docs/targeting.md").read_text(encoding="utf-8")
    examples = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert [parse(json.loads(example)) for example in examples]


# Saying and listing.


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Matches everyone."),
        (
            {"country": ["US", "CA"], "room_type": "bedroom"},
            (
                "Matches when the country is Canada (CA) or United States (US), "
                "and room_type is bedroom."
            ),
        ),
        (
            {"any": [{"language": "fr"}, {"all": [{"os": "ios"}, {"not": {"segment": "x"}}]}]},
            (
                "Matches when the language is French (fr), "
                "or (the operating system is iOS, and the visitor is not in segment x)."
            ),
        ),
        (
            daypart(["mon", "tue", "wed", "sat"], "22:00", "02:00", op="not_in"),
            "Matches when the local time is not Mon/Tue/Wed/Sat from 22:00 to 02:00 the next day.",
        ),
        (
            {"not": {"any": [{"country": "XK"}, daypart(list(WEEKDAYS), "09:00", "12:00")]}},
            (
                "Matches when it is not so that (the country is Kosovo (XK), "
                "or the local time is every day from 09:00 to 12:00)."
            ),
        ),
        (
            {"segment": list("abcdefghi")},
            "Matches when the visitor is in segment a, b, c, d, e, f or 3 others.",
        ),
    ],
)
def test_a_rule_is_described_in_one_sentence(data, sentence):
    assert describe(parse(data)) == sentence


def test_dimensions_are_listed_once_in_reading_order():
    rule = parse({"all": [{"room": "a"}, {"not": {"os": "ios"}}, {"os": "android"}]})
    assert dimensions(rule) == ("key_value:room", "os")
