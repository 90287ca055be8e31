"""Where a request is from, in the platform's own words."""

import json

import pytest

from rtb.openrtb import places
from rtb.openrtb.parse import parse
from tests.rtb.requests import APP, DESKTOP, app_request, banner_request


def read(request=None, **fields):
    return parse(json.dumps(request or banner_request(**fields)).encode())


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ({"domain": "WWW.News.Example"}, "news.example"),
        ({"domain": "https://news.example/path"}, "news.example"),
        ({"domain": None}, "news.example"),  # of the page
        ({"domain": None, "page": "http://Sub.news.example:8080/a?b"}, "sub.news.example"),
        ({"domain": "", "page": "[broken"}, ""),
        ({"domain": "not a domain", "page": None}, ""),
        ({"domain": "news.example.", "page": None}, "news.example"),
    ],
)
def test_a_sites_domain_has_one_spelling(site, expected):
    assert places.domain(read(site=site)) == expected


def test_an_app_is_known_by_its_bundle():
    request = read(app_request())
    assert (places.domain(request), places.bundle(request)) == ("", APP["bundle"])
    assert places.inventory(request) == APP["bundle"]


def test_a_screen_is_known_by_its_domain():
    request = read(site=None, dooh={"id": "screen", "domain": "screens.example"})
    assert places.inventory(request) == "screens.example"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("USA", "US"),
        ("US", "US"),
        ("deu", "DE"),
        ("GBR", "GB"),
        ("UK", "GB"),
        ("XKX", "XK"),
        ("XX", ""),
        ("", ""),
        ("United States", ""),
    ],
)
def test_a_country_is_alpha_2(sent, expected):
    assert places.country(read(device={"geo": {"country": sent}})) == expected


def test_without_the_device_the_user_says_where():
    request = read(device={"geo": {"country": None}}, user={"geo": {"country": "FRA"}})
    assert places.country(request) == "FR"


def test_the_device_comes_before_the_user():
    assert places.country(read(user={"geo": {"country": "FRA"}})) == "US"


def test_without_geo_there_is_no_country():
    assert places.country(read(device=None, user=None)) == ""
    assert places.region(read(device=None, user=None)) == ""


@pytest.mark.parametrize(
    ("country", "region", "expected"),
    [
        ("USA", "CA", "US-CA"),
        ("USA", "us-ca", "US-CA"),
        ("USA", "DE-BY", ""),
        ("DEU", "BY", "DE-BY"),
        (None, "CA", ""),
        ("USA", "California", ""),
        ("USA", None, ""),
    ],
)
def test_a_region_is_of_its_country(country, region, expected):
    assert places.region(read(device={"geo": {"country": country, "region": region}})) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [(2, "desktop"), (3, "tv"), (4, "mobile"), (5, "tablet"), (7, "tv"), (8, "other"), (99, "")],
)
def test_a_device_type_is_a_word(code, expected):
    assert places.device_type(read(device={"devicetype": code})) == expected


def test_a_phone_or_tablet_is_told_by_its_user_agent():
    assert places.device_type(read(device={"devicetype": 1})) == ""
    assert places.device_type(read(device={"devicetype": 1, "ua": None})) == "mobile"
    assert places.device_type(read(device=None)) == ""


@pytest.mark.parametrize(
    ("sent", "expected"),
    [("iOS", "ios"), ("ios", "ios"), ("iPhone OS", "ios"), ("Android", "android"), ("BeOS", "")],
)
def test_an_operating_system_has_one_spelling(sent, expected):
    assert places.os(read(device={"os": sent})) == expected


def test_the_structured_user_agent_names_an_operating_system_too():
    sua = {"platform": {"brand": "macOS", "version": ["14", "1"]}}
    assert places.os(read(device={**DESKTOP, "os": None, "sua": sua})) == "macos"
    assert places.os(read(device=None)) == ""
