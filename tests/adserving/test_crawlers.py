"""Robots, libraries and the browsers that must be taken for neither."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from adplatform.demo.people import DESKTOP, PHONE, TABLET
from adserving.crawlers import LIBRARY_TAGS, is_library, is_robot

LISTED = [
    (entry["tags"], text) for entry in CRAWLER_USER_AGENTS_DATA for text in entry["instances"]
]
LIBRARIES = [
    "curl/8.5.0",
    "Wget/1.21.4",
    "python-requests/2.32.3",
    "Python-urllib/3.11",
    "Go-http-client/2.0",
    "okhttp/4.12.0",
    "Java/17.0.2",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0.0.0 Safari/537.36",
    "",
    "  ",
]


@pytest.mark.parametrize("browser", [*DESKTOP, *PHONE, *TABLET])
def test_a_persons_browser_is_neither(browser):
    assert not is_robot(browser)
    assert not is_library(browser)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_no_robot(library):
    assert is_library(library)
    assert not is_robot(library)


def test_the_whole_list_is_recognised():
    missed = [text for _, text in LISTED if not (is_robot(text) or is_library(text))]
    assert missed == []


def test_robots_of_the_list_are_robots_by_their_tags():
    robots = [text for tags, text in LISTED if not LIBRARY_TAGS & set(tags)]
    assert [text for text in robots if not is_robot(text)] == []
    assert len(robots) > 1000
