"""Tokens: what we signed verifies, anything else does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.tokens import BadToken, Keyring, Purpose, sign, verify

KEYS = Keyring({"new": b"n" * 32, "old": b"o" * 32})
payloads = st.binary(max_size=200)


@given(payload=payloads, expires_at=st.integers(0, 2**32 - 1), purpose=st.sampled_from(Purpose))
def test_what_was_signed_verifies_with_the_same_payload(payload, expires_at, purpose):
    token = sign(purpose, payload, expires_at=expires_at, keyring=KEYS)
    verified = verify(purpose, token, now=expires_at, keyring=KEYS)
    assert (verified.payload, verified.expires_at, verified.expired) == (payload, expires_at, True)
    assert not verify(purpose, token, now=expires_at - 1, keyring=KEYS).expired


@given(payload=payloads, position=st.integers(0), change=st.characters(codec="ascii"))
def test_any_changed_character_is_refused(payload, position, change):
    token = sign(Purpose.EVENT, payload, expires_at=9, keyring=KEYS)
    at = position % len(token)
    changed = token[:at] + change + token[at + 1 :]
    if changed == token:
        return
    with pytest.raises(BadToken):
        verify(Purpose.EVENT, changed, now=1, keyring=KEYS)


@given(text=st.text(max_size=300))
def test_arbitrary_text_is_refused_and_nothing_else_is_raised(text):
    with pytest.raises(BadToken):
        verify(Purpose.EVENT, text, now=1, keyring=KEYS)


def test_a_token_of_one_purpose_does_not_serve_another():
    token = sign(Purpose.TEMPLATE, b"x", expires_at=9, keyring=KEYS)
    with pytest.raises(BadToken):
        verify(Purpose.DECISION, token, now=1, keyring=KEYS)


def test_a_rotated_key_still_verifies_and_a_removed_one_does_not():
    old = Keyring({"old": KEYS.keys["old"]})
    token = sign(Purpose.EVENT, b"x", expires_at=9, keyring=old)
    assert verify(Purpose.EVENT, token, now=1, keyring=KEYS).payload == b"x"
    with pytest.raises(BadToken):
        verify(Purpose.EVENT, token, now=1, keyring=Keyring({"new": KEYS.keys["new"]}))


def test_the_first_key_signs():
    assert sign(Purpose.EVENT, b"", expires_at=9, keyring=KEYS).startswith("new.")
