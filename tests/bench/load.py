"""Load from wrk, and what the server spent on it."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class BenchFailed(Exception):
    """A run that measured something else than was meant."""


@dataclass(frozen=True)
class Target:
    """One request that wrk repeats."""

    name: str
    url: str
    method: str = "GET"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    events: int = 1  # carried by one request


@dataclass(frozen=True)
class Result:
    """``cpu_us`` is the server's processor time for one request, whatever the client costs."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


def wrk() -> str:
    found = shutil.which("wrk")
    if not found:
        raise BenchFailed("wrk is missing: install it (Debian: apt-get install wrk)")
    return found


def measure(target: Target, *, pid: int, seconds: int, connections: int, folder: Path) -> Result:
    """Run wrk against one target; every answer must be 2xx or 3xx."""
    script = folder / "request.lua"
    script.write_text(_lua(target), encoding="utf-8")
    before = _cpu_seconds(pid)
    command = [wrk(), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
    output = subprocess.run(
        [*command, target.url], capture_output=True, text=True, check=True
    ).stdout
    spent = _cpu_seconds(pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise BenchFailed(f"{target.name} did not answer every request:\n{output}")
    requests = int(_found(r"(\d+) requests in", output))
    return Result(
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", output)),
        p50_ms=_latency("50", output),
        p99_ms=_latency("99", output),
        cpu_us=spent / requests * 1e6,
    )


def _lua(target: Target) -> str:
    lines = [f"wrk.method = {json.dumps(target.method)}"]
    if target.body:
        lines.append(f"wrk.body = {json.dumps(target.body.decode())}")
    lines += [f"wrk.headers[{json.dumps(n)}] = {json.dumps(v)}" for n, v in target.headers]
    return "\n".join(lines) + "\n"


def _latency(percent: str, output: str) -> float:
    found = _found(rf"{percent}%\s+([\d.]+(?:us|ms|s))", output)
    number = found.rstrip("ums")
    return float(number) * UNITS[found[len(number) :]]


def _found(pattern: str, output: str) -> str:
    match = re.search(pattern, output)
    if not match:
        raise BenchFailed(f"wrk said something unexpected:\n{output}")
    return match[1]


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its descendants."""
    return sum(_own_cpu_seconds(each) for each in _family(pid))


def _own_cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]
