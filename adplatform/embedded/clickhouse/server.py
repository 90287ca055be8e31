"""Listening, a thread for each client, and a clean stop."""

import signal
import socket
import threading
import time
from pathlib import Path

from adplatform.embedded.clickhouse.engine import Engine, EngineError
from adplatform.embedded.clickhouse.session import Session

STOP_SECONDS = 4.0


class CannotOpen(Exception):
    """The data directory cannot be opened."""


class Server:
    """Owns the data directory and answers clients until it is told to stop."""

    def __init__(self, path: Path, host: str, port: int) -> None:
        self._path = str(path)
        self._address = (host, port)
        self._sessions: dict[threading.Thread, tuple[Session, socket.socket]] = {}
        self._keeper = Engine(self._path)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises CannotOpen when another process owns the path."""
        self._open()
        with socket.create_server(self._address, backlog=128) as listener:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._stopping.set())
            listener.settimeout(0.2)
            host, port = listener.getsockname()[:2]
            print(f"clickhouse ready on {host}:{port}", flush=True)  # noqa: T201 - the starter reads it
            while not self._stopping.is_set():
                self._accept(listener)
        self._stop()

    def _open(self) -> None:
        Path(self._path).mkdir(parents=True, exist_ok=True)
        try:
            self._keeper.open("")  # keeps the engine loaded while no client is there
        except (EngineError, RuntimeError) as exc:
            raise CannotOpen(f"{self._path} cannot be opened: {exc}") from exc

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            self._forget_ended()
            return
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(connection, self._path)
        thread = threading.Thread(target=session.serve, daemon=True)
        self._sessions[thread] = (session, connection)
        thread.start()

    def _forget_ended(self) -> None:
        self._sessions = {t: held for t, held in self._sessions.items() if t.is_alive()}

    def _stop(self) -> None:
        """Let running statements end for a moment, hang up on idle clients, close the engine."""
        deadline = time.monotonic() + STOP_SECONDS
        for thread, (session, connection) in self._sessions.items():
            while thread.is_alive() and not session.idle and time.monotonic() < deadline:
                time.sleep(0.02)
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it hung up first
        for thread in self._sessions:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._keeper.close()
