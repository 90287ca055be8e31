"""`manage.py demo` for ten seconds, on engines of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import PROJECT, free_port

PLATFORM = ("DATABASE_URL", "REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS", "CLICKHOUSE_URL", "BASE_URL")
TESTS_ONLY = ("DJANGO_SETTINGS_MODULE", "DATA_DIR", "PROMETHEUS_MULTIPROC_DIR")
EQUAL = re.compile(r"Report equals what the visitors sent: impressions ([\d,]+) = \1, ")
WON = re.compile(r"wins     [1-9][\d,]* of .*\n +spend    USD ([\d.]+)")


@pytest.fixture
def finished(tmp_path):
    env = {name: text for name, text in os.environ.items() if name not in PLATFORM + TESTS_ONLY}
    command = [sys.executable, "manage.py", "demo", "--duration", "10", "--rate", "25"]
    command += ["--data-dir", str(tmp_path), "--port", str(free_port())]
    return subprocess.run(
        command, cwd=PROJECT, env=env, capture_output=True, text=True, timeout=180, check=False
    )


def processes_of(data_dir: Path) -> list[str]:
    """Commands of processes that were started for this directory and still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environ = (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(data_dir) in command or f"DATA_DIR={data_dir}".encode() in environ.split(b"\0"):
            found.append(command)
    return found


def test_the_report_equals_what_the_visitors_sent_and_nothing_keeps_running(finished, tmp_path):
    assert finished.returncode == 0, finished.stdout + finished.stderr
    equal = EQUAL.search(finished.stdout)
    assert equal is not None, finished.stdout
    assert int(equal[1].replace(",", "")) > 50
    assert " x " not in finished.stdout, "visitors or the exchange met problems"
    won = WON.search(finished.stdout)
    assert won is not None, finished.stdout
    assert float(won[1]) > 0, finished.stdout
    assert "; invalid: none" in finished.stdout
    assert processes_of(tmp_path) == []
    demo = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    assert demo["admin_url"] in finished.stdout
    assert demo["page_url"] in finished.stdout
    assert demo["rtb_bid_url"] in finished.stdout
