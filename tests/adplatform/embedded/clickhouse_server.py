"""A ClickHouse server process of the tests' own, which they may stop, kill and measure."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clickhouse_driver import Client

from adplatform.embedded.clickhouse.wire import text, varint

PROJECT = Path(__file__).resolve().parents[3]
STARTED_WITHIN = 30


@dataclass
class ClickHouseServer:
    path: Path
    port: int
    process: "subprocess.Popen[str]"
    clients: list[Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"clickhouse://127.0.0.1:{self.port}/default"

    def client(self, database: str = "default", **options) -> Client:
        client = Client("127.0.0.1", port=self.port, database=database, **options)
        self.clients.append(client)
        return client

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=10)
        return self.process.returncode

    def kill(self) -> None:
        """As kill -9 does; no effect on one that has ended."""
        while self.clients:
            self.clients.pop().disconnect()
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def restart(self) -> None:
        self.process = start(self.path, self.port).process

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def running(self, text: str) -> int:
        """How many statements contain the text, not counting this question."""
        client = self.client()
        sql = "SELECT count() FROM system.processes WHERE position(query, %(text)s) > 0"
        count: int = client.execute(
            f"{sql} AND query NOT LIKE '%%system.processes%%'", {"text": text}
        )[0][0]
        client.disconnect()
        return count


def start(path: Path, port: int = 0) -> ClickHouseServer:
    process = launch(path, port)
    assert process.stdout is not None
    ready = process.stdout.readline()
    assert ready.startswith("clickhouse ready on"), (
        ready,
        process.stderr and process.stderr.read(),
    )
    return ClickHouseServer(path, int(ready.rsplit(":", 1)[1]), process)


def launch(path: Path, port: int = 0) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "adplatform.embedded.clickhouse", "--path", str(path)]
    return subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=PROJECT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def within(seconds: float, happens: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.05)
    return False


def say_hello(port: int, database: str = "default") -> socket.socket:
    """A bare socket that the server has greeted."""
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    names = text(database) + text("default") + text("")
    numbers = varint(1) + varint(0) + varint(54429)
    client.sendall(varint(0) + text("bare") + numbers + names)
    assert client.recv(4096)[0] == 0
    return client
