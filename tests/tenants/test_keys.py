"""API keys as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.keys import Caller, KnownKey, bearer, hash_of, identify, new_key, prefix_of
from tenants.roles import Action, Area, Role, may

CALLER = Caller(1, frozenset({"events"}), "abc")


def test_a_new_key_identifies_its_caller():
    key = new_key()
    assert identify(key.text, {key.prefix: KnownKey(CALLER, key.hash)}) is CALLER


def test_the_right_prefix_with_a_wrong_secret_is_refused():
    key = new_key()
    known = {key.prefix: KnownKey(CALLER, key.hash)}
    assert identify(f"adp_{key.prefix}_guess", known) is None


@given(text=st.text(max_size=200))
def test_arbitrary_text_identifies_nobody(text):
    assert identify(text, {"abc": KnownKey(CALLER, hash_of("adp_abc_secret"))}) is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [("Bearer k", "k"), ("bearer  k ", "k"), ("Basic k", ""), ("", ""), ("Bearer", "")],
)
def test_only_a_bearer_header_carries_a_key(header, expected):
    assert bearer(header) == expected


@pytest.mark.parametrize("text", ["", "adp", "adp_x", "xyz_a_b", "adp_" + "x" * 200 + "_y"])
def test_what_has_not_the_form_of_a_key_has_no_prefix(text):
    assert prefix_of(text) is None


@pytest.mark.parametrize(
    ("role", "area", "action", "allowed"),
    [
        (Role.OWNER, Area.ACCOUNT, Action.ADD, True),
        (Role.MANAGER, Area.ACCOUNT, Action.VIEW, False),
        (Role.MANAGER, Area.MONEY, Action.CHANGE, True),
        (Role.TRAFFICKER, Area.MONEY, Action.CHANGE, False),
        (Role.TRAFFICKER, Area.CREATIVE, Action.DELETE, True),
        (Role.ANALYST, Area.MONEY, Action.VIEW, True),
        (Role.ANALYST, Area.CREATIVE, Action.ADD, False),
        ("stranger", Area.MONEY, Action.VIEW, False),
    ],
)
def test_roles_allow_what_the_table_says(role, area, action, allowed):
    assert may(role, area, action) is allowed
