"""Objects of embeddings: what is written is read, and damage is noticed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization.embeddings import store
from optimization.embeddings.store import Kept, Place, Unreadable, pack, unpack

PLACE = Place(tenant_id=7, template_id=3, model="org/mini", revision="mini-0123")


def kept(n=3, dim=4):
    rows = np.random.default_rng(n).normal(size=(n, dim)).astype(np.float16)
    return Kept(np.arange(n, dtype=np.int64) + 10, rows, tuple(f"digest {i}" for i in range(n)))


def test_its_key_says_whose_it_is_and_by_which_model():
    assert PLACE.key("headline") == "creatives/7/3/emb/mini-0123/headline.safetensors"


@pytest.mark.parametrize("n", [0, 1, 300])
def test_what_is_written_is_read(n):
    store.write(PLACE, "headline", kept(n))
    found = store.read(PLACE, "headline")
    assert found is not None
    assert found.ids.tolist() == kept(n).ids.tolist()
    assert found.rows.tobytes() == kept(n).rows.tobytes()
    assert found.digests == kept(n).digests


def test_nothing_is_read_where_nothing_was_written():
    assert store.read(PLACE, "headline") is None


def test_a_damaged_object_counts_as_none(object_store):
    object_store.put(PLACE.key("headline"), pack(kept(), PLACE)[:-3])
    assert store.read(PLACE, "headline") is None


def test_an_object_of_another_model_counts_as_none(object_store):
    other = Place(7, 3, "org/other", "other-9")
    object_store.put(PLACE.key("headline"), pack(kept(), other))
    assert store.read(PLACE, "headline") is None


@given(st.data())
def test_one_flipped_byte_is_noticed_or_harmless(data):
    content = bytearray(pack(kept(), PLACE))
    where = data.draw(st.integers(0, len(content) - 1))
    content[where] ^= data.draw(st.integers(1, 255))
    try:
        found = unpack(bytes(content), PLACE.revision)
    except Unreadable:
        return
    assert found.rows.tobytes() == kept().rows.tobytes()


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_our_own_words(content):
    with pytest.raises(Unreadable):
        unpack(content, PLACE.revision)
