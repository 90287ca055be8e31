"""Which words stand for which value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.components import ComponentKind
from optimization.embeddings.values import Value, text_of


@pytest.mark.parametrize(
    ("kind", "value", "description", "words"),
    [
        ("text", "Oak from 39 a metre", "", "Oak from 39 a metre"),
        ("text", "床材 今週お届け", "", "床材 今週お届け"),
        ("html", "<b>Oak</b> &amp; <i>walnut</i>", "", "Oak & walnut"),
        ("image", "https://cdn.example.com/x.jpg", "An oak floor", "An oak floor"),
        ("image", "https://cdn.example.com/oak-floor_wide.jpg", "", "oak floor wide jpg"),
        ("url", "https://shop.example.com/oak-floors?id=1", "", "shop.example.com oak floors"),
        ("url", "http://[broken", "", "http://[broken"),
        ("length", "12px", "", "slot name: 12px"),
        ("keyword", "left", "", "slot name: left"),
        ("color", "orange", "", "slot name: orange"),
        ("color", "#0f766e", "", "slot name: dark cyan #0f766e"),
        ("color", "#fff", "", "slot name: white #fff"),
        ("color", "#b91c1cff", "", "slot name: red #b91c1cff"),
        ("color", "#808080", "", "slot name: grey #808080"),
    ],
)
def test_a_value_is_read_as_a_person_would(kind, value, description, words):
    assert text_of(kind, "slot_name", value, description) == words


@given(st.sampled_from(list(ComponentKind)), st.text(min_size=1, max_size=50), st.text(max_size=20))
def test_every_value_has_words(kind, value, description):
    assert text_of(kind.value, "slot", value, description).strip()


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_texts_share_a_hash_only_when_they_are_the_same(one, other):
    assert (Value(1, one).digest == Value(2, other).digest) == (one == other)


def test_an_image_that_is_looked_at_is_told_from_its_words():
    assert Value(1, "An oak floor").digest != Value(1, "An oak floor", "https://e.com/a").digest
