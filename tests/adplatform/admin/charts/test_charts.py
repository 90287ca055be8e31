"""Charts are pictures that parse, escape what people wrote, and say in words what they show."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.admin.charts import curve, scatter, whiskers
from adplatform.admin.charts.measure import Measure, more, percent, signed
from adplatform.admin.charts.scale import Scale, around_zero, from_zero

RATE = Measure(0.03, 0.02, 0.05)
rates = st.floats(0, 1).map(lambda value: Measure(value, value * 0.9, min(1.0, value * 1.2)))


def parsed(picture):
    return ET.fromstring(picture)  # noqa: S314 - our own


def shapes(picture, kind):
    return [each for each in parsed(picture).iter("g") if each.get("class") == kind]


@given(st.lists(rates, max_size=40), st.none() | rates, st.none() | st.floats(0, 1))
def test_a_curve_has_a_dot_for_each_round(found, uniform, best):
    rounds = [curve.Round(str(n), each, "<b>&") for n, each in enumerate(found)]
    picture = curve.draw(curve.Curve(rounds, uniform, best))
    assert len(shapes(picture, "served")) == len(found)
    assert len(shapes(picture, "chance")) == (uniform is not None)
    assert len(shapes(picture, "best")) == (best is not None)


def test_a_curve_says_what_it_shows():
    picture = curve.draw(curve.Curve([curve.Round("1", RATE, "")], RATE, 0.08))
    desc = parsed(picture).findtext("desc")
    assert desc is not None
    assert "1: 3.00% (2.00% to 5.00%)" in desc
    assert "predicted at 8.00%" in desc


@pytest.mark.parametrize(
    ("effect", "kind"),
    [
        (Measure(0.2, 0.1, 0.3), "good"),
        (Measure(-0.2, -0.3, -0.1), "bad"),
        (Measure(0.1, -0.1, 0.3), "unsure"),
        (Measure(0.0, 0.0, 0.0), "unsure"),
    ],
)
def test_a_bar_tells_how_sure_it_is(effect, kind):
    picture = whiskers.draw(effect, whiskers.shared([effect]), 'a "quoted" <value>')
    assert len(shapes(picture, kind)) == 1
    assert parsed(picture).get("aria-label") == 'a "quoted" <value>'


def test_what_agrees_with_its_prediction_looks_different_from_what_does_not():
    far = Measure(0.2, 0.15, 0.25)
    pairs = [scatter.Pair(RATE, RATE, ""), scatter.Pair(RATE, far, "")]
    picture = scatter.draw(pairs)
    assert (len(shapes(picture, "served")), len(shapes(picture, "missed"))) == (1, 1)
    assert "In 1 of 2" in (parsed(picture).findtext("desc") or "")


@given(st.lists(st.floats(0, 1e6), max_size=5))
def test_places_lie_on_the_chart_and_ticks_are_few(values):
    for scale in (from_zero(values, 100, 0), around_zero(values, 0, 100)):
        assert all(0 <= scale.place(value) <= 100 for value in values)
        assert 1 <= len(scale.ticks()) <= 11


@pytest.mark.parametrize(
    ("high", "labels"),
    [
        (0.1, ["0", "2%", "4%", "6%", "8%", "10%"]),
        (0.01, ["0", "0.2%", "0.4%", "0.6%", "0.8%", "1.0%"]),
    ],
)
def test_the_labels_of_an_axis_have_the_same_digits(high, labels):
    assert [words for _, words in Scale(0, high, 0, 100).labels()] == labels


def test_a_number_outside_lies_at_the_end():
    assert Scale(0, 1, 10, 20).place(7) == 20


@pytest.mark.parametrize(
    ("rate", "words"), [(0.125, "12.5%"), (0.0352, "3.52%"), (0.0018, "0.180%"), (0.0, "0.000%")]
)
def test_a_rate_has_as_many_digits_as_it_needs(rate, words):
    assert percent(rate) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0.123, "+12%"), (-0.031, "-3.1%"), (-0.0001, "0.0%")]
)
def test_a_change_has_its_sign(share, words):
    assert signed(share) == words


def test_a_change_is_more_or_fewer():
    assert (more(0.123), more(-0.031)) == ("12% more", "3.1% fewer")
