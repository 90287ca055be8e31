"""One supervisor per data directory, and the end of what a killed one left behind."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from adplatform.embedded.child import Child

LOCK = "up.lock"
STARTED = "processes.txt"
PATIENCE_SECONDS = 5.0
SESSION, START_TICKS = 3, 19  # fields 6 and 22 of /proc/PID/stat, counted after the command


class AlreadyRunning(Exception):
    """Another supervisor holds the data directory."""


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Hold the directory; the kernel lets go of it whatever happens to this process.

    Raises:
        AlreadyRunning: names the process that holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    fd = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(fd, data_dir)
        yield
    finally:
        os.close(fd)


def remember(data_dir: Path, child: Child) -> None:
    """Write down that this child was started here."""
    with (data_dir / STARTED).open("a", encoding="utf-8") as started:
        started.write(f"{_boot()} {child.pid} {_stat(child.pid, START_TICKS)}\n")


def end_leftovers(data_dir: Path) -> int:
    """End what a killed supervisor of this directory left running; returns how many processes.

    A process counts only when boot, process id and start time are those written down, or when it
    belongs to such a process's session and its environment names this directory. Systems without
    /proc are left alone: nothing could be verified there.
    """
    leftovers = _leftovers(data_dir)
    for pid in leftovers:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and any(_runs(pid) for pid in leftovers):
        time.sleep(0.05)
    for pid in leftovers:
        _signal(pid, signal.SIGKILL)
    (data_dir / STARTED).unlink(missing_ok=True)
    return len(leftovers)


def _take(fd: int, data_dir: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        holder = os.pread(fd, 32, 0).decode().strip() or "unknown"
        raise AlreadyRunning(
            f"another `up` (process {holder}) runs on {data_dir}: "
            "stop it, or choose another --data-dir"
        ) from exc
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)


def _leftovers(data_dir: Path) -> list[int]:
    started = _started(data_dir)
    if not started:
        return []
    mark = f"DATA_DIR={data_dir}".encode()
    running = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in running if pid != os.getpid() and _is_ours(pid, started, mark)]


def _started(data_dir: Path) -> dict[int, str]:
    """Start ticks by process id, of this boot."""
    with suppress(FileNotFoundError):
        lines = (data_dir / STARTED).read_text(encoding="utf-8").splitlines()
        rows = [line.split() for line in lines]
        return {int(row[1]): row[2] for row in rows if len(row) == 3 and row[0] == _boot()}  # noqa: PLR2004
    return {}


def _is_ours(pid: int, started: dict[int, str], mark: bytes) -> bool:
    ticks = started.get(pid)
    if ticks is not None:
        return ticks == _stat(pid, START_TICKS) != ""
    session = _stat(pid, SESSION)
    if not session or int(session) not in started:
        return False
    with suppress(OSError):
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


def _runs(pid: int) -> bool:
    return _stat(pid, 0) not in {"", "Z"}


def _stat(pid: int, field: int) -> str:
    """A field of /proc/PID/stat, counted after the command; empty when it cannot be read."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[field]


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return "-"


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
