"""Pseudonyms: equal for one salt, different for two, never the id itself, never twice."""

from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from events.users import CHARS, PREFIX, Salt, hashed, is_hashed, names_of, pseudonym

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ids = st.text(min_size=1, max_size=128)
secrets = st.binary(min_size=32, max_size=32)


@given(ids, secrets)
def test_the_same_salt_gives_the_same_name(user_id, secret):
    assert hashed(user_id, secret) == hashed(user_id, secret)


@given(ids, secrets, secrets)
def test_two_salts_give_two_names(user_id, one, other):
    assume(one != other)
    assert hashed(user_id, one) != hashed(user_id, other)


@given(ids, ids, secrets)
def test_two_users_have_two_names(one, other, secret):
    assume(one != other)
    assert hashed(one, secret) != hashed(other, secret)


@given(ids | st.from_regex(r"u1\.[\w-]{29}", fullmatch=True), secrets)
def test_the_id_itself_is_never_kept_even_when_it_looks_like_a_name(user_id, secret):
    name = hashed(user_id, secret)
    assert name != user_id
    assert (len(name), name[: len(PREFIX)]) == (CHARS, PREFIX)
    assert len(user_id) < 4 or user_id not in name


@given(ids, secrets)
def test_a_name_is_not_hashed_again(user_id, secret):
    name = hashed(user_id, secret)
    assert is_hashed(name, secret)
    assert hashed(name, secret) == name


def test_no_id_has_no_name():
    assert hashed("", b"x" * 32) == ""


def salts(*days: int) -> list[Salt]:
    return [Salt(NOW + timedelta(days=day), bytes([day % 256]) * 32) for day in days]


def test_the_newest_valid_salt_is_used():
    before, current, after = salts(-100, -10, 2)
    name = pseudonym("user", [before, current, after], NOW)
    assert is_hashed(name, current.secret)


def test_a_name_of_the_salt_before_stays():
    before, current = salts(-100, -10)
    name = hashed("user", before.secret)
    assert pseudonym(name, [before, current], NOW) == name


@given(ids)
def test_without_a_valid_salt_there_is_no_name(user_id):
    assert pseudonym(user_id, [], NOW) == ""
    assert pseudonym(user_id, salts(2), NOW) == ""


def test_all_names_of_a_user_are_the_id_and_a_hash_per_salt():
    known = salts(-100, -10)
    names = names_of("user", known)
    assert names == ["user", *(hashed("user", salt.secret) for salt in known)]
