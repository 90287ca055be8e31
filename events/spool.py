"""Beacons wait here, on disk, while the broker is away; a background thread replays them.

One folder per process under DATA_DIR/spool, locked for as long as the process lives; the folder of
a process that died is adopted by any other one. Files hold one event per line, after its topic and
a space where that is not the events' own. A line is handed to
the operating system before the beacon is answered, so it survives the process; the replay thread
syncs to the disk every second, so a power cut loses at most the last second. A replay that is
interrupted sends lines again: the events keep their ids and count once.
"""

import contextlib
import fcntl
import os
import secrets
import threading
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import msgspec
import structlog
from django.conf import settings

from adplatform import metrics
from adplatform.clients import kafka
from adplatform.clients.errors import EngineNotRunning
from events.types import decode

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
REPLAY_LINES = 500
LOCK = "lock"
OPEN = "open.ndjson"


class _Keyed(msgspec.Struct):
    """What the key of every message is made of."""

    tenant_id: int
    event_id: UUID

    @property
    def key(self) -> bytes:
        return b"%d:%b" % (self.tenant_id, str(self.event_id).encode())


_decode_keyed = msgspec.json.Decoder(_Keyed).decode


class Spool:
    """The spool of one process."""

    def __init__(self, root: Path, limit_bytes: int) -> None:
        self.root = root
        self.limit_bytes = limit_bytes
        self.pid = os.getpid()
        self._guard = threading.Lock()
        self._stopped = threading.Event()
        self._folder: Path | None = None
        self._lock_fd = -1
        self._open_fd = -1
        self._sealed = 0
        self._unsynced = False
        self._used_bytes = self.measure()

    def keep(self, value: bytes) -> bool:
        """Append one event; False when the spool is full or the disk refuses."""
        line = value + b"\n"
        with self._guard:
            if self._used_bytes + len(line) > self.limit_bytes:
                return False
            try:
                os.write(self._open(), line)
            except OSError:
                log.exception("spool_write_failed", folder=str(self._folder))
                return False
            self._used_bytes += len(line)
            self._unsynced = True
            return True

    def measure(self) -> int:
        """Bytes that all processes' spools hold."""
        sizes = 0
        for path in self.root.glob("*/*.ndjson"):
            with contextlib.suppress(OSError):
                sizes += path.stat().st_size
        return sizes

    def replay(self) -> int:
        """Send what waits, ours and dead processes'; returns how many events left the disk.

        Raises:
            kafka.KafkaUnavailable: the broker is still away; nothing is lost.
        """
        sent = self._adopt() + self._send_sealed()
        self._seal()
        sent += self._send_sealed()
        with self._guard:
            self._used_bytes = self.measure()
        return sent

    def close(self) -> None:
        """Let go of the folder, so that another process may adopt it; ends ``work``."""
        self._stopped.set()
        with self._guard:
            for fd in (self._open_fd, self._lock_fd):
                if fd >= 0:
                    os.close(fd)
            self._open_fd = self._lock_fd = -1
            self._folder = None

    def _open(self) -> int:
        if self._folder is None:
            self._folder, self._lock_fd = _new_folder(self.root, self.pid)
        if self._open_fd < 0:
            flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
            self._open_fd = os.open(self._folder / OPEN, flags, 0o600)
        return self._open_fd

    def _seal(self) -> None:
        """Close the file that is being written, so that it can be replayed and removed."""
        with self._guard:
            if self._open_fd < 0 or self._folder is None:
                return
            os.close(self._open_fd)
            self._open_fd = -1
            self._sealed += 1
            (self._folder / OPEN).rename(self._folder / f"{self._sealed:08d}.ndjson")

    def _send_sealed(self) -> int:
        return _send_all(self._folder.glob("[0-9]*.ndjson")) if self._folder else 0

    def _sync(self) -> None:
        with self._guard:
            if not self._unsynced or self._open_fd < 0:
                return
            fd, self._unsynced = os.dup(self._open_fd), False
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def _adopt(self) -> int:
        """Replay the folders of dead processes and remove them; returns how many events."""
        sent = 0
        for folder in self.root.glob("*-*"):
            fd = None if folder == self._folder else _take(folder)
            if fd is None:
                continue
            try:
                sent += _send_all(folder.glob("*.ndjson"))
                _remove(folder)
            finally:
                os.close(fd)
        return sent

    def work(self) -> None:
        """Replay for as long as the process lives; the loop of the background thread."""
        pause = TICK_SECONDS
        while not self._stopped.wait(pause):
            pause = TICK_SECONDS
            try:
                self._sync()
                if self.measure():
                    self.replay()
            except (kafka.KafkaUnavailable, EngineNotRunning):
                pause = 2 * TICK_SECONDS
            except Exception:
                log.exception("spool_replay_failed")
                pause = 10 * TICK_SECONDS


def _send_all(paths: Iterable[Path]) -> int:
    return sum(_send(path) for path in sorted(paths))


def _send(path: Path) -> int:
    """Produce a sealed file's events and remove it; returns how many there were."""
    lines = path.read_bytes().split(b"\n")
    messages = [message for line in lines if line and (message := _message(line))]
    for start in range(0, len(messages), REPLAY_LINES):
        kafka.produce_and_wait(messages[start : start + REPLAY_LINES])
    path.unlink()
    return len(messages)


def _message(line: bytes) -> tuple[str, bytes, bytes] | None:
    try:
        if line.startswith(b"{"):
            return settings.EVENTS_TOPIC, decode(line).key, line
        topic, _, value = line.partition(b" ")
        return topic.decode(), _decode_keyed(value).key, value
    except (msgspec.DecodeError, ValueError):
        log.warning("spool_line_torn", line=line[:200])
        metrics.EVENTS_LOST.inc()
        return None


def _new_folder(root: Path, pid: int) -> tuple[Path, int]:
    """A folder that is locked before anyone can see it under its final name."""
    name = secrets.token_hex(4)
    unseen, final = root / f"new.{name}", root / f"{pid}-{name}"
    unseen.mkdir(parents=True)
    fd = os.open(unseen / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    unseen.rename(final)
    return final, fd


def _take(folder: Path) -> int | None:
    """A file descriptor that holds the folder's lock; None while its owner lives."""
    try:
        fd = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    return fd


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        (folder / LOCK).unlink(missing_ok=True)
        folder.rmdir()


_spool: Spool | None = None
_starting = threading.Lock()


def start() -> Spool:
    """The spool of this process; a forked child gets its own."""
    global _spool  # noqa: PLW0603
    if _spool is None or _spool.pid != os.getpid():
        with _starting:
            if _spool is None or _spool.pid != os.getpid():
                _spool = Spool(settings.DATA_DIR / "spool", settings.EVENTS_SPOOL_BYTES)
                threading.Thread(target=_spool.work, name="event-spool", daemon=True).start()
    return _spool


def keep(value: bytes, topic: str = "") -> None:
    """Keep one encoded event, or a message of another ``topic``, on disk, or count it as lost."""
    if start().keep(b"%b %b" % (topic.encode(), value) if topic else value):
        metrics.EVENTS_SPOOLED.inc()
    else:
        metrics.EVENTS_LOST.inc()
