"""adplatform/embedded/: start, state that stays, ports that stay, errors that explain."""

import json
import os
import socket
import stat
from pathlib import Path

import psycopg
import pytest
import redis

from adplatform.embedded import engines, postgres
from adplatform.embedded.engine import EngineFailed
from adplatform.embedded.lock import AlreadyRunning, locked


@pytest.fixture
def start(data_dir):
    started = []

    def run(*wanted):
        started.append(engines.start(data_dir, set(wanted), durable=False))
        return started[-1]

    yield run
    for running in started:
        running.stop()


def test_every_engine_answers_and_gives_its_address(start):
    running = start(*engines.KINDS)
    assert running.environment().keys() == set(engines.VARIABLES.values())
    assert all(engine.is_ready() for engine in running.engines.values())


def test_nothing_wanted_starts_nothing(start):
    assert start().environment() == {}


def test_postgres_keeps_its_rows_password_and_port(start):
    first = start("postgres")
    address = first.environment()["DATABASE_URL"]
    with psycopg.connect(address) as link:
        link.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()
    again = start("postgres")
    assert again.environment()["DATABASE_URL"] == address
    with psycopg.connect(address) as link:
        assert link.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_postgres_wants_the_password(start):
    address = start("postgres").environment()["DATABASE_URL"]
    scheme, _, place = address.partition("://")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"{scheme}://adplatform:wrong@{place.rpartition('@')[2]}")


def test_redis_keeps_its_keys_and_never_evicts(start):
    first = start("redis")
    address = first.environment()["REDIS_URL"]
    with redis.Redis.from_url(address) as client:
        client.set("kept", "yes")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    first.stop()
    start("redis")
    with redis.Redis.from_url(address) as client:
        assert client.get("kept") == b"yes"


def test_a_taken_port_is_replaced_by_another(start):
    first = start("redis")
    port = first.engines["redis"].port
    first.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        assert start("redis").engines["redis"].port != port


def test_the_addresses_are_written_for_us_alone_and_removed(start, data_dir):
    running = start("redis")
    running.write_addresses({"BASE_URL": "http://x"})
    path = data_dir / "engines.json"
    assert json.loads(path.read_text()) == {
        "REDIS_URL": running.environment()["REDIS_URL"],
        "BASE_URL": "http://x",
        "pid": os.getpid(),
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    running.stop()
    assert not path.exists()


def test_an_engine_that_cannot_start_shows_the_end_of_its_log(start, data_dir):
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("9\n")
    (data_dir / "postgres_password").write_text("x")
    with pytest.raises(
        EngineFailed, match=r"(?s)postgres ended with exit code.*ends:.*configuration file"
    ):
        start("postgres", "redis")


def test_what_check_raises_stops_what_was_started(data_dir):
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engines.start(data_dir, {"redis"}, check=interrupt)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change to another user")
def test_postgres_runs_below_a_folder_that_only_root_may_enter(start, data_dir):
    data_dir.parent.chmod(0o700)
    running = start("postgres")
    assert running.engines["postgres"].is_ready()
    assert stat.S_IMODE(data_dir.parent.stat().st_mode) == 0o701
    assert Path(f"/proc/{running.children['postgres'].pid}").stat().st_uid != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_without_another_user_postgres_says_what_to_do(monkeypatch):
    monkeypatch.setattr(postgres, "ACCOUNTS", ("no-such-user",))
    with pytest.raises(EngineFailed, match=r"refuses to run as root.*DATABASE_URL"):
        postgres.unprivileged_account()


def test_a_directory_is_held_by_one_only(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass
