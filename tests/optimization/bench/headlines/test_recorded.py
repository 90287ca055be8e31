"""Files of headline tests: what counts, and what is refused."""

from pathlib import Path

import pytest

from optimization.bench.headlines.recorded import HeadlinesUnreadable, load
from tests.optimization.bench.headlines.tests import write

GIVEN = Path("/work/shared/data/upworthy_development.parquet")


def test_counts_of_a_headline_are_added_up(tmp_path):
    twice = [("a", "x", "i", 10, 1, 201301), ("a", "x", "i", 20, 2, 201301)]
    rows = [*twice, ("a", "y", "i", 5, 0, 201301)]
    found = load(write(tmp_path / "f", rows))
    assert found.texts == (("x", "y"),)
    assert found.impressions.tolist() == [[30, 5]]
    assert found.clicks.tolist() == [[3, 0]]


@pytest.mark.parametrize(
    "second",
    [
        ("b", "y", "other image", 10, 1, 201301),
        ("b", "x", "i", 10, 1, 201301),  # the same headline
        ("b", "y", "i", 0, 0, 201301),
        ("b", "y", "i", 10, 1, 201326),  # the fault's first week
        ("b", None, "i", 10, 1, 201301),
    ],
)
def test_tests_that_do_not_compare_headlines_are_left_out(tmp_path, second):
    good = [("a", "x", "i", 10, 1, 201301), ("a", "y", "i", 10, 1, 201301)]
    found = load(write(tmp_path / "f", [*good, ("b", "x", "i", 10, 1, 201301), second]))
    assert len(found.texts) == 1


def test_shorter_tests_are_padded(tmp_path):
    rows = [(t, h, "i", 10, 1, None) for t, hs in (("a", "xyz"), ("b", "xy")) for h in hs]
    assert load(write(tmp_path / "f", rows)).there.tolist() == [[True] * 3, [True, True, False]]


def test_more_clicks_than_impressions_are_refused(tmp_path):
    path = write(tmp_path / "f", [("a", "x", "i", 1, 2, 1), ("a", "y", "i", 1, 1, 1)])
    with pytest.raises(HeadlinesUnreadable, match="2 clicks of 1 impressions in test a"):
        load(path)


def test_a_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "f").write_text("headline,clicks")
    with pytest.raises(HeadlinesUnreadable, match="no file of headline tests"):
        load(tmp_path / "f")
    with pytest.raises(HeadlinesUnreadable):
        load(tmp_path / "missing")


def test_a_file_without_a_usable_test_is_refused(tmp_path):
    with pytest.raises(HeadlinesUnreadable, match="no test of one image"):
        load(write(tmp_path / "f", [("a", "x", "i", 10, 1, 1)]))


@pytest.mark.skipif(not GIVEN.exists(), reason="the archive's file is not here")
def test_the_archives_development_half():
    found = load(GIVEN)
    assert len(found.texts) == 913
    assert found.there.sum() / 913 == pytest.approx(4.53, abs=0.01)
