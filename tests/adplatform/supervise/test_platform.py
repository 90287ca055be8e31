"""adplatform/supervise/: start, readiness, deaths and a clean stop, with stub processes."""

import json
import os
import signal
import socket

import pytest

from adplatform.supervise.readiness import not_ready_because
from tests.adplatform.supervise.conftest import processes_of, wait_until

SLEEPER = "sleeper: sleep 700"
ENGINES = ("postgres", "redis", "kafka", "clickhouse")


def test_it_says_that_it_is_ready_once_readyz_answers_200(start_stub):
    stub = start_stub(SLEEPER)
    stub.wait_for("ready  http://127.0.0.1:")
    assert "/admin/)" in stub.text()


def test_a_tick_is_called_until_the_signal(start_stub):
    stub = start_stub()
    stub.wait_for("tick\ntick")
    assert stub.stop(signal.SIGTERM) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_the_processes_with_status_0(start_stub, number):
    stub = start_stub(SLEEPER)
    stub.wait_for("ready  ")
    assert stub.stop(number) == 0
    assert processes_of(stub.data_dir) == []


def test_the_engines_stop_last_and_in_reverse_order(start_stub):
    stub = start_stub(SLEEPER, own_engines=ENGINES)
    stub.wait_for("ready  ")
    assert len(processes_of(stub.data_dir)) >= 6
    assert stub.stop(signal.SIGTERM) == 0
    assert processes_of(stub.data_dir) == []
    assert not (stub.data_dir / "engines.json").exists()
    assert "stopping web, sleeper\nstopping postgres, redis, kafka, clickhouse" in stub.text()


def test_a_signal_during_the_start_stops_it_too(start_stub):
    stub = start_stub(SLEEPER, own_engines=ENGINES)
    wait_until((stub.data_dir / "logs" / "clickhouse.log").exists)
    assert stub.stop(signal.SIGTERM) == 0
    assert processes_of(stub.data_dir) == []


@pytest.mark.fault
def test_nothing_outlives_a_killed_supervisor(start_stub):
    stub = start_stub(SLEEPER, own_engines=ENGINES)
    stub.wait_for("ready  ")
    stub.stop(signal.SIGKILL)
    grandchild = (
        "sleep 600 "  # of a process that does not end its own children: the next start does
    )
    wait_until(lambda: not {*processes_of(stub.data_dir)} - {grandchild}, 8)


@pytest.mark.fault
def test_the_next_start_ends_what_a_killed_one_left(start_stub):
    stub = start_stub()
    stub.wait_for("ready  ")
    stub.stop(signal.SIGKILL)
    wait_until(lambda: processes_of(stub.data_dir) == ["sleep 600 "])
    again = start_stub()
    again.wait_for("ready  ")
    assert "that a killed `up` had left behind" in again.text()
    again.stop(signal.SIGTERM)
    assert processes_of(stub.data_dir) == []


def test_a_second_one_on_the_same_directory_is_refused(start_stub):
    first = start_stub()
    first.wait_for("ready  ")
    second = start_stub()
    assert second.process.wait(10) == 1
    assert second.text().count("\n") == 1
    assert f"(process {first.process.pid})" in second.text()
    assert first.process.poll() is None


@pytest.mark.parametrize("only", ["", "sleeper,broken"])
def test_a_process_that_refuses_to_start_stops_all_with_its_last_words(start_stub, only):
    stub = start_stub(f"{SLEEPER}\nbroken: sh -c 'echo last words; sleep 1; exit 7'", only=only)
    assert stub.process.wait(20) == 1
    assert "broken ended with exit code 7" in stub.text()
    assert "last words" in stub.text()
    assert "again in" not in stub.text()
    assert processes_of(stub.data_dir) == []


def test_a_process_that_dies_before_the_platform_was_ready_stops_all(start_stub):
    stub = start_stub("killed: sh -c 'echo last words; kill -9 $$'", status=503)
    assert stub.process.wait(20) == 1
    assert "killed was ended by SIGKILL" in stub.text()
    assert "last words" in stub.text()
    assert "again in" not in stub.text()


@pytest.mark.fault
def test_a_killed_process_is_started_again_without_its_orphans(start_stub, free_port):
    stub = start_stub(SLEEPER)
    stub.wait_for("ready  ")
    os.kill(stub.pids("web")[0], signal.SIGKILL)
    wait_until(lambda: len(stub.pids("web")) > 1)
    assert "web was ended by SIGKILL" in stub.text()
    assert "starting web again in 0.2 s; its log becomes web.log.1" in stub.text()
    wait_until(lambda: not not_ready_because("127.0.0.1", free_port))
    assert processes_of(stub.data_dir).count("sleep 600 ") == 1
    assert len(stub.pids("sleeper")) == 1
    assert stub.stop(signal.SIGTERM) == 0
    assert processes_of(stub.data_dir) == []


@pytest.mark.fault
def test_a_process_that_was_started_again_is_known_to_the_next_start(start_stub):
    stub = start_stub(SLEEPER)
    stub.wait_for("ready  ")
    os.kill(stub.pids("sleeper")[0], signal.SIGKILL)
    wait_until(lambda: len(stub.pids("sleeper")) > 1)
    started = (stub.data_dir / "processes.txt").read_text().splitlines()
    assert stub.pids("sleeper")[1] in {int(line.split()[1]) for line in started}


def test_a_process_that_keeps_dying_stops_all_with_its_last_words(start_stub):
    stub = start_stub("broken: sh -c 'echo last words; sleep 1; kill -9 $$'")
    assert stub.process.wait(20) == 1
    assert stub.text().count("starting broken again") == 2
    end = stub.text()[stub.text().rindex("broken was ended by SIGKILL") :]
    assert "last words" in end
    assert "broken died 3 times within 60 s" in end
    assert processes_of(stub.data_dir) == []


def test_a_signal_while_a_process_waits_to_be_started_again(start_stub):
    stub = start_stub("broken: sh -c 'sleep 1; kill -9 $$'")
    stub.wait_for("starting broken again in 0.4 s")
    assert stub.stop(signal.SIGINT) == 0
    assert processes_of(stub.data_dir) == []


@pytest.mark.fault
def test_an_engine_that_dies_stops_all(start_stub):
    stub = start_stub(own_engines=["redis"])
    stub.wait_for("ready  ")
    redis_pid = int((stub.data_dir / "processes.txt").read_text().split()[1])
    os.kill(redis_pid, signal.SIGKILL)
    assert stub.process.wait(20) == 1
    assert "redis was ended by SIGKILL" in stub.text()


def test_it_says_why_it_is_not_ready(start_stub):
    body = json.dumps({"checks": {"kafka": "the broker does not answer", "redis": "ok"}})
    stub = start_stub(status=503, body=body, ready_seconds=0.5)
    assert stub.process.wait(20) == 1
    assert "not ready after 0 s: kafka: the broker does not answer; logs:" in stub.text()
    assert processes_of(stub.data_dir) == []


def test_only_runs_what_it_names(start_stub):
    stub = start_stub(SLEEPER, only="sleeper")
    stub.wait_for("ready  sleeper (no web process)")
    assert "web" not in stub.text().replace("(no web process)", "")


def test_an_unknown_process_is_refused_before_anything_starts(start_stub):
    stub = start_stub(SLEEPER, only="wbe", own_engines=ENGINES)
    assert stub.process.wait(10) == 1
    assert stub.text() == "no process is called wbe: Procfile has web, sleeper\n"
    assert not stub.data_dir.exists()


def test_a_taken_port_is_refused_before_anything_starts(start_stub, free_port):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port))
        listener.listen()
        stub = start_stub()
        assert stub.process.wait(10) == 1
    assert "choose another --port" in stub.text()


def test_other_shells_find_the_engines_and_the_url(start_stub, free_port):
    stub = start_stub(own_engines=["redis"])
    stub.wait_for("ready  ")
    found = json.loads((stub.data_dir / "engines.json").read_text())
    assert found.keys() == {"REDIS_URL", "BASE_URL", "pid"}
    assert found["BASE_URL"] == f"http://127.0.0.1:{free_port}"
    assert (stub.data_dir / "engines.json").stat().st_mode & 0o077 == 0
