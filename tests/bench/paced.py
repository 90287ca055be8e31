"""A fixed load: requests leave on schedule, whatever the answers do; latency counts from then."""

import socket
import statistics
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

THREADS = 8


@dataclass(frozen=True)
class Load:
    """What is sent, how often, and for how long from ``begin``, on ``time.perf_counter``."""

    url: str
    body: bytes
    per_second: float
    seconds: float
    begin: float

    @property
    def message(self) -> bytes:
        parts = urlsplit(self.url)
        lines = f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}"
        head = "\r\n".join((*lines, f"Content-Length: {len(self.body)}", "", ""))
        return head.encode() + self.body


def latencies(url: str, body: bytes, *, per_second: float, seconds: float) -> list[float]:
    """Milliseconds of each answer, sorted."""
    load = Load(url, body, per_second, seconds, time.perf_counter() + 0.2)
    found: list[float] = []
    threads = [
        threading.Thread(target=_send, args=(load, number, found)) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def percentile(ordered: list[float], share: float) -> float:
    return statistics.quantiles(ordered, n=1000)[round(share * 1000) - 1]


def _send(load: Load, number: int, found: list[float]) -> None:
    parts = urlsplit(load.url)
    message, due = load.message, load.begin + number / load.per_second
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    with socket.create_connection(address, timeout=10) as connection:
        while due < load.begin + load.seconds:
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.sendall(message)
            _read_answer(connection)
            found.append((time.perf_counter() - due) * 1000)
            due += THREADS / load.per_second


def _read_answer(connection: socket.socket) -> None:
    """An answer with a Content-Length, as doors give it."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65_536)
    head, _, rest = got.partition(b"\r\n\r\n")
    lengths = (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    left = int(next(lengths, b":0").partition(b":")[2]) - len(rest)
    while left > 0:
        left -= len(connection.recv(left))
