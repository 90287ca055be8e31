"""The commands `up` and `doctor` as an operator runs them: a real run of one process."""

import os
import signal
import subprocess
import sys

import pytest

from adplatform.embedded import engines
from tests.adplatform.supervise.conftest import PROJECT, processes_of, wait_until


@pytest.fixture
def environment():
    unset = {*engines.VARIABLES.values(), "DATA_DIR", "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in unset}


def manage(*arguments, env, **options):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.Popen(
        command, cwd=PROJECT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    )


def test_up_runs_and_another_shell_finds_its_engines(data_dir, environment):
    environment["DATA_DIR"] = str(data_dir)
    up = manage("up", "--only", "beat", env=environment)
    wait_until(lambda: (data_dir / "logs" / "beat.log").exists() or up.poll() is not None, 60)
    doctor = manage("doctor", env=environment)
    report = doctor.communicate(timeout=60)[0].decode()
    up.send_signal(signal.SIGINT)
    output = up.communicate(timeout=30)[0].decode()
    assert (doctor.returncode, up.returncode) == (0, 0), report + output
    assert "done     migrate\ndone     apply_event_schema" in output
    assert "kafka" in output
    assert "its log is in memory" in output
    assert processes_of(data_dir) == []


def test_a_migration_that_fails_is_shown_and_nothing_is_left(data_dir, environment):
    environment |= {"DATA_DIR": str(data_dir), "DATABASE_URL": "postgres://x@127.0.0.1:1/x"}
    up = manage("up", "--only", "beat", env=environment)
    output = up.communicate(timeout=60)[0].decode()
    assert up.returncode == 1
    assert "migrate ended with exit code 1" in output
    assert "onnection refused" in output
    assert processes_of(data_dir) == []


def test_doctor_without_engines_says_how_to_start_them(data_dir, environment):
    environment["DATA_DIR"] = str(data_dir)
    doctor = manage("doctor", env=environment)
    report = doctor.communicate(timeout=60)[0].decode()
    assert doctor.returncode == 1
    assert report.count("→ start the platform with `python manage.py up`") == 4
