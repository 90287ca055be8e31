"""Every model and every kind of view has its words."""

from campaigns.attribution import (
    BETWEEN_SHARE,
    DESCRIPTIONS,
    FIRST_SHARE,
    LABELS,
    LAST_SHARE,
    VIEW_LABELS,
    Model,
    ViewEvent,
)


def test_every_model_has_a_label_and_a_description():
    assert set(LABELS) == set(DESCRIPTIONS) == set(Model)


def test_every_kind_of_view_has_a_label():
    assert set(VIEW_LABELS) == set(ViewEvent)


def test_the_shares_of_the_positions_are_the_whole():
    assert FIRST_SHARE + BETWEEN_SHARE + LAST_SHARE == 100
