"""The platform's own processes on the test engines: a real web server and a real consumer."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection

from adplatform.clients import kafka

PROJECT = Path(__file__).parents[1]
READY_SECONDS = 30
STARTED_SECONDS = 90  # on a machine that does other things


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def fetch(url: str, *, method: str = "GET", body: Any = None, **headers: str) -> Reply:
    """One HTTP request; redirects are answers, not followed."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if data is not None:
        named.setdefault("content-type", "application/json")
    request = urllib.request.Request(url, data=data, method=method, headers=named)
    try:
        with _opener.open(request, timeout=20) as answer:
            return Reply(answer.status, _named(answer.headers), answer.read())
    except urllib.error.HTTPError as exc:
        with exc:
            return Reply(exc.code, _named(exc.headers), exc.read())


def _named(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@dataclass
class Platform:
    """A running web server and consumer, on a topic and in a group of their own."""

    port: int
    topic: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bids_topic(self) -> str:
        return f"{self.topic}-bids"

    def make_topics(self) -> None:
        """As apply_event_schema does; again after the embedded broker forgot them."""
        partitions = settings.EVENTS_PARTITIONS
        names = (self.topic, f"{self.topic}_dlq", self.bids_topic, f"{self.bids_topic}_dlq")
        kafka.ensure_topics(dict.fromkeys(names, partitions), 1)

    def report(self, key: str, **params: object) -> dict[str, Any]:
        answer = fetch(
            f"{self.url}/api/report/summary/?{urlencode(params, doseq=True)}",
            authorization=f"Bearer {key}",
        )
        assert answer.status == 200, answer.body
        return answer.json()["totals"]

    def wait_for_report(self, key: str, expected: dict[str, object], **params: object) -> None:
        """Wait until the report's totals show what is expected."""
        deadline = time.monotonic() + 20
        while True:
            totals = self.report(key, **params)
            seen = {name: totals[name] for name in expected}
            if seen == expected:
                return
            assert time.monotonic() < deadline, (seen, expected)
            time.sleep(0.25)

    def wait_until_served(self, url: str) -> None:
        """Wait until the web process has swapped in a snapshot that knows what the URL names."""
        wait(lambda: fetch(url).status == 200, f"{url} is not served")


def wait(condition: Any, problem: str, seconds: float = READY_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, problem
        time.sleep(0.1)


def environment(port: int, **extra: str) -> dict[str, str]:
    """What a process needs to work on the engines and the database of this test run."""
    database = connection.settings_dict
    return {
        **os.environ,
        "DATABASE_URL": (
            f"postgres://{database['USER']}:{database['PASSWORD']}@"
            f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
        ),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "REDIS_URL": settings.REDIS_URL,
        "KAFKA_BOOTSTRAP_SERVERS": settings.KAFKA_BOOTSTRAP_SERVERS,
        "CLICKHOUSE_URL": settings.CLICKHOUSE_URL,
        "EVENTS_BATCH_MS": "200",
        **extra,
    }


@contextmanager
def processes(log_dir: Path, *, bids: bool = False, **extra: str) -> Iterator[Platform]:
    """Start web and consumer (``bids``: the one of bids too), yield when /readyz says so, stop."""
    platform = Platform(free_port(), topic=f"events-{uuid.uuid4().hex[:12]}")
    platform.make_topics()
    port = platform.port
    names = {
        "EVENTS_TOPIC": platform.topic,
        "EVENTS_DLQ_TOPIC": f"{platform.topic}_dlq",
        "EVENTS_GROUP": platform.topic,
        "RTB_BIDS_TOPIC": platform.bids_topic,
        "RTB_BIDS_DLQ_TOPIC": f"{platform.bids_topic}_dlq",
        "RTB_BIDS_GROUP": platform.bids_topic,
    }
    env = environment(port, **names, **extra)
    web = ["granian", "--interface", "wsgi", "adplatform.wsgi:application"]
    web += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    commands = {"web": ["-m", *web], "consumer": ["manage.py", "consume_events"]}
    if bids:
        commands["bids"] = ["manage.py", "consume_bids"]
    running = []
    for name, arguments in commands.items():
        with (log_dir / f"{name}.log").open("wb") as log:
            command = [sys.executable, *arguments]
            started = subprocess.Popen(
                command, cwd=PROJECT, env=env, stdout=log, stderr=log, start_new_session=True
            )
            running.append(started)
    try:
        wait(
            lambda: fetch(f"{platform.url}/readyz").status == 200,
            f"not ready; see {log_dir}",
            seconds=STARTED_SECONDS,
        )
        yield platform
    finally:
        for process in running:
            process.terminate()
        for process in running:
            _wait_or_kill(process)


def _wait_or_kill(process: "subprocess.Popen[bytes]") -> None:
    """Granian ignores a SIGTERM that comes before its workers run."""
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
