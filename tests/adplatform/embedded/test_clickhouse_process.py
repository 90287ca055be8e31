"""The server process: a clean stop, a second one on the same directory, kill -9 and restart."""

import socket
import threading
import time

import pytest
from clickhouse_driver.errors import Error

from tests.adplatform.embedded.clickhouse_server import launch, say_hello, start, within


@pytest.fixture
def server(tmp_path):
    server = start(tmp_path / "data")
    yield server
    server.kill()


def test_it_stops_at_once_with_idle_clients_and_its_port_can_be_taken_again(server):
    idle = [say_hello(server.port) for _ in range(5)]
    silent = socket.create_connection(("127.0.0.1", server.port))
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < 2
    server.restart()
    assert server.client().execute("SELECT 1") == [(1,)]
    for each in [*idle, silent]:
        each.close()


def test_it_stops_within_five_seconds_while_queries_run(server):
    failed = []

    def work(sql: str) -> None:
        try:
            for _ in server.client().execute_iter(sql):
                pass
        except (Error, EOFError, OSError) as exc:
            failed.append(exc)

    endless = "SELECT count() FROM numbers_mt(1000000000000) WHERE sipHash64(number) = 1"
    streamed = "SELECT number FROM system.numbers"
    threads = [threading.Thread(target=work, args=[sql]) for sql in (endless, streamed)]
    for thread in threads:
        thread.start()
    assert within(5, lambda: server.running("numbers") == 2)
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < 5
    for thread in threads:
        thread.join(5)
    assert len(failed) == 2


def test_it_lets_a_short_statement_finish_before_it_stops(server):
    answers = []
    thread = threading.Thread(
        target=lambda: answers.extend(server.client().execute("SELECT sleep(1)"))
    )
    thread.start()
    assert within(3, lambda: server.running("sleep") == 1)
    assert server.stop() == 0
    thread.join(5)
    assert answers == [(0,)]


def test_a_second_one_on_the_same_directory_says_so_in_one_line(server):
    second = launch(server.path)
    _, said = second.communicate(timeout=10)
    assert second.returncode == 1
    assert len(said.strip().splitlines()) == 1
    assert str(server.path) in said
    assert server.client().execute("SELECT 1") == [(1,)]


def test_one_on_a_port_that_is_taken_says_so_in_one_line(server, tmp_path):
    second = launch(tmp_path / "other", server.port)
    _, said = second.communicate(timeout=10)
    assert second.returncode == 1
    assert len(said.strip().splitlines()) == 1
    assert str(server.port) in said


def test_what_was_acknowledged_survives_kill_9_and_a_token_is_remembered(server):
    client = server.client()
    window = "SETTINGS non_replicated_deduplication_window = 100"
    client.execute(f"CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a {window}")
    insert = "INSERT INTO t VALUES", [[n] for n in range(1000)]
    for token in range(5):
        client.execute(*insert, settings={"insert_deduplication_token": str(token)})
    server.kill()
    server.restart()
    client = server.client()
    assert client.execute("SELECT count() FROM t") == [(5000,)]
    client.execute(*insert, settings={"insert_deduplication_token": "4"})
    assert client.execute("SELECT count() FROM t") == [(5000,)]
    assert not [each for each in server.path.glob("tmp*") if each.is_file()]
