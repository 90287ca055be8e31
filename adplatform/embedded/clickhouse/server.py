"""Listening, a thread for each client, and a clean stop."""

import fcntl
import logging
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from adplatform.embedded.clickhouse.engine import Engine, EngineError
from adplatform.embedded.clickhouse.session import MARK, Session

LOCK = "owner.lock"  # the engine has its own, but complains of it in riddles
PERIOD_SECONDS = 0.2
FINISH_SECONDS = 2.0  # for the statements that run when the server is asked to stop
KILL_SECONDS = 1.5  # for those that had to be killed
log = logging.getLogger(__name__)


class CannotOpen(Exception):
    """The data directory cannot be opened."""


class Server:
    """Owns the data directory and answers clients until it is told to stop."""

    def __init__(self, path: Path, host: str, port: int) -> None:
        self._path = str(path)
        self._address = (host, port)
        self._sessions: dict[threading.Thread, tuple[Session, socket.socket]] = {}
        self._keeper = Engine(self._path, "keeper")
        self._stopping = threading.Event()
        self._next_look = 0.0

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises CannotOpen when another process owns the path."""
        self._open()
        with socket.create_server(self._address, backlog=128) as listener:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._stopping.set())
            listener.settimeout(PERIOD_SECONDS)
            host, port = listener.getsockname()[:2]
            print(f"clickhouse ready on {host}:{port}", flush=True)  # noqa: T201 - the starter reads it
            while not self._stopping.is_set():
                self._accept(listener)
                self._look_after_sessions()
        self._stop()

    def _open(self) -> None:
        Path(self._path).mkdir(parents=True, exist_ok=True)
        self._lock = (Path(self._path) / LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise CannotOpen(f"{self._path} is in use by another process: stop it first") from exc
        try:
            self._keeper.open("")  # keeps the engine loaded while no client is there
        except (EngineError, RuntimeError) as exc:
            raise CannotOpen(f"{self._path} cannot be opened: {exc}") from exc

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            return
        except OSError:  # no file descriptors left, or the client left first
            log.exception("a client was not accepted")
            time.sleep(PERIOD_SECONDS)
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(connection, self._path)
        thread = threading.Thread(target=session.serve, daemon=True)
        self._sessions[thread] = (session, connection)
        thread.start()

    def _look_after_sessions(self) -> None:
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + PERIOD_SECONDS
        self._sessions = {t: held for t, held in self._sessions.items() if t.is_alive()}
        for session, _ in self._sessions.values():
            session.kill_if_unwanted(self._keeper)

    def _stop(self) -> None:
        """Let running statements end for a moment, hang up, kill what still runs."""
        deadline = time.monotonic() + FINISH_SECONDS
        for thread, (session, connection) in self._sessions.items():
            while thread.is_alive() and not session.idle and time.monotonic() < deadline:
                time.sleep(0.02)
            _hang_up(connection)
        self._keeper.kill(MARK)
        deadline = time.monotonic() + KILL_SECONDS
        for thread in self._sessions:
            thread.join(max(0.0, deadline - time.monotonic()))
        if not any(thread.is_alive() for thread in self._sessions):
            self._keeper.close()  # otherwise as after kill -9: what was acknowledged is on disk


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # it hung up first
        connection.shutdown(socket.SHUT_RDWR)
