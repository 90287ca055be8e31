"""The admin's typed targeting form and the rules it stands for."""

import pytest

from campaigns.targeting import (
    Choice,
    DaypartChoice,
    Everyone,
    KeyValueChoice,
    TargetingForm,
    TargetingRejected,
    form_from_rule,
    parse,
    rule_from_form,
    to_json,
)

FULL = TargetingForm(
    country=Choice(exclude=("US",)),
    region=Choice(include=("CA-ON", "CA-QC")),
    device_type=Choice(include=("mobile",)),
    os=Choice(exclude=("android",)),
    browser=Choice(include=("safari",)),
    language=Choice(include=("fr",), exclude=("fr-FR",)),
    segment=Choice(include=("returning",), exclude=("staff",)),
    placement=Choice(include=("home_top",)),
    key_values=(
        KeyValueChoice("room_type", "in", ("bedroom", "kitchen")),
        KeyValueChoice("room_type", "not_in", ("attic",)),
    ),
    dayparts=(DaypartChoice(("mon", "tue"), "09:00", "17:30"),),
    excluded_dayparts=(DaypartChoice(("mon",), "12:00", "13:00"),),
)


def test_a_form_becomes_a_rule_and_comes_back():
    assert form_from_rule(rule_from_form(FULL)) == FULL


def test_an_empty_form_is_everyone():
    assert rule_from_form(TargetingForm()) == Everyone()
    assert form_from_rule(Everyone()) == TargetingForm()


def test_an_included_region_narrows_its_own_country():
    form = TargetingForm(country=Choice(("CA",)), region=Choice(("CA-ON",)))
    assert rule_from_form(form) == parse({"region": "CA-ON"})


def test_an_included_region_adds_to_the_other_countries():
    form = TargetingForm(country=Choice(("CA", "US")), region=Choice(("CA-ON",)))
    rule = rule_from_form(form)
    assert rule == parse({"any": [{"country": "US"}, {"region": "CA-ON"}]})
    assert form_from_rule(rule) == TargetingForm(country=Choice(("US",)), region=Choice(("CA-ON",)))


@pytest.mark.parametrize(
    "data",
    [
        {"any": [{"country": "CA"}, {"os": "ios"}]},
        {"any": [{"country": "CA"}, {"region": "CA-ON"}]},
        {"not": {"country": "CA"}},
        {"all": [{"country": "CA"}, {"all": [{"os": "ios"}]}]},
        {"all": [{"country": ["CA", "US"]}, {"country": "CA"}]},
        {"all": [{"country": "US"}, {"region": "CA-ON"}]},
    ],
)
def test_a_rule_that_the_form_cannot_say_is_left_to_json(data):
    assert form_from_rule(parse(data)) is None


def test_the_shorthand_of_the_seed_fits_the_form():
    form = form_from_rule(parse({"country": "CA", "region": "CA-ON", "room_type": "bedroom"}))
    assert form == TargetingForm(
        country=Choice(("CA",)),
        region=Choice(("CA-ON",)),
        key_values=(KeyValueChoice("room_type", "in", ("bedroom",)),),
    )


def test_problems_name_the_field_of_the_form():
    form = TargetingForm(
        country=Choice(include=("CA", "UK")),
        os=Choice(exclude=("amiga",)),
        key_values=(KeyValueChoice("room", "is", ("x",)), KeyValueChoice("", "in", ("x",))),
        dayparts=(DaypartChoice((), "09:00", "25:00"),),
    )
    with pytest.raises(TargetingRejected) as caught:
        rule_from_form(form)
    assert {problem.path for problem in caught.value.problems} == {
        "country.include[1]",
        "os.exclude[0]",
        "key_values[0].op",
        "key_values[1]",
        "dayparts[0].days",
        "dayparts[0].to",
    }


def test_the_order_of_what_was_typed_does_not_matter():
    typed = TargetingForm(country=Choice(("us", "CA", "US")))
    assert to_json(rule_from_form(typed))["values"] == ["CA", "US"]
