"""adplatform/clients/redis.py on a real server."""

import pytest

from adplatform.clients import redis
from adplatform.clients.errors import EngineNotRunning


@pytest.fixture
def address(settings):
    """Point the client to another address; put everything back afterwards."""

    def change(url):
        settings.REDIS_URL = url
        redis.close()

    yield change
    redis.close()


def test_it_returns_what_the_function_returns(clean_redis):
    redis.call("set", lambda client: client.set("a", 1))
    assert redis.call("get", lambda client: client.get("a")) == b"1"


def test_it_runs_a_script_whose_text_the_server_does_not_have(clean_redis):
    clean_redis.script_flush()
    lua = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
    assert [redis.script(lua, keys=["n"], args=[2]) for _ in range(2)] == [2, 4]


def test_a_refused_command_is_not_unavailable(clean_redis):
    clean_redis.set("text", "x")
    with pytest.raises(redis.RedisError) as caught:
        redis.call("incr", lambda client: client.incr("text"))
    assert not isinstance(caught.value, redis.RedisUnavailable)


def test_a_server_that_does_not_answer_is_unavailable(address):
    address("redis://127.0.0.1:1/0")
    with pytest.raises(redis.RedisUnavailable, match="did not answer ping"):
        redis.call("ping", lambda client: client.ping())


def test_without_an_address_it_names_the_command_that_starts_one(address):
    address("")
    with pytest.raises(EngineNotRunning, match=r"Redis.*REDIS_URL.*manage\.py up"):
        redis.client()


def test_it_finds_a_restarted_server_at_the_next_call(clean_redis, running_engines):
    clean_redis.set("kept", "yes")
    running_engines.stop_engine("redis")
    try:
        with pytest.raises(redis.RedisUnavailable):
            redis.call("get", lambda client: client.get("kept"))
    finally:
        running_engines.start_engine("redis")
    assert redis.call("get", lambda client: client.get("kept")) == b"yes"


ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"


def test_several_scripts_run_in_one_round_trip_and_each_runs_once(clean_redis):
    clean_redis.script_flush()
    redis.script(ADD, keys=["n"], args=[1])  # the server has one of the two texts
    other = redis.Script("return {KEYS[1], ARGV[1]}", ["k"], ["v"])
    add = redis.Script(ADD, ["n"], [2])
    assert redis.scripts([add, other, add]) == [3, [b"k", b"v"], 5]
    assert redis.scripts([]) == []


def test_a_script_that_fails_among_others_is_an_error(clean_redis):
    with pytest.raises(redis.RedisError, match="scripts"):
        redis.scripts([redis.Script(ADD, ["n"], [2]), redis.Script("return nonsense(", ["n"])])
    assert clean_redis.get("n") == b"2"


def test_scripts_on_a_server_that_does_not_answer_are_unavailable(address):
    address("redis://127.0.0.1:1/0")
    with pytest.raises(redis.RedisUnavailable):
        redis.scripts([redis.Script(ADD, ["n"], [2])])


WHO = "redis.call('INCR', 'calls') return {ARGV[1], ARGV[2]}"


def test_an_identified_script_is_told_which_server_it_reached(clean_redis):
    clean_redis.script_flush()
    run_id = clean_redis.info("server")["run_id"].encode()
    for _ in range(2):
        assert redis.identified_script(WHO, keys=["k"], args=["x"]) == [run_id, b"x"]
    assert clean_redis.get("calls") == b"2"


def test_after_a_restart_the_first_identified_script_knows_the_new_server(
    clean_redis, running_engines
):
    before = redis.identified_script(WHO, keys=["k"], args=["x"])[0]
    running_engines.stop_engine("redis")
    running_engines.start_engine("redis")
    after = redis.identified_script(WHO, keys=["k"], args=["x"])[0]
    assert after == clean_redis.info("server")["run_id"].encode() != before


def test_an_identified_script_that_fails_leaves_its_connection_usable(clean_redis):
    with pytest.raises(redis.RedisError):
        redis.identified_script("return nonsense(", keys=["n"])
    assert redis.identified_script(WHO, keys=["k"], args=["x"])[1] == b"x"
