"""The servers that benchmarks of doors compare: the platform's web process, and a bare Django."""

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adplatform import supervise
from tests.bench.load import BenchFailed, Result
from tests.live import free_port

PROJECT = Path(__file__).parents[2]
SOON_SECONDS = 20


def seeded(platform: supervise.Platform, folder: Path, code: str) -> dict[str, object]:
    """What ``code`` (an expression over ``base_url``) makes and returns, run by ``manage.py``."""
    path = folder / "seed.json"
    keep = f"from pathlib import Path; Path({str(path)!r}).write_text(json.dumps(made))"
    lines = f"import json; base_url = {platform.base_url!r}; {code}; {keep}"
    platform.manage("shell", "--no-imports", "-c", lines)
    return json.loads(path.read_text(encoding="utf-8"))


def soon(url: object) -> str:
    """The URL, once the web process knows the seeded rows."""
    deadline = time.monotonic() + SOON_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(str(url)):
                return str(url)
        except OSError:
            time.sleep(0.2)
    raise BenchFailed(f"{url} is not served")


@contextmanager
def bare_server() -> Iterator[tuple[int, str]]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "tests.bench.bare:application",
    ]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-log"]
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(command, cwd=PROJECT, env=environment)
    try:
        yield process.pid, soon(f"http://127.0.0.1:{port}/empty")
    finally:
        process.terminate()
        process.wait(10)


def listener(port: int) -> int:
    """The process that was started last with this port on its command line: granian's master."""
    for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"adplatform.wsgi:application" in arguments and str(port).encode() in arguments:
            return int(entry.name)
    raise BenchFailed("the web process was not found")


def median(results: list[Result]) -> Result:
    return Result(
        *(
            statistics.median(getattr(result, name) for result in results)
            for name in ("per_second", "p50_ms", "p99_ms", "cpu_us")
        )
    )
