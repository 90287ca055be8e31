"""Settings that do not fit together are refused before anything starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "name", ["CLICK_TOKEN_SECONDS", "IMPRESSION_TOKEN_SECONDS", "RTB_NOTICE_SECONDS"]
)
def test_a_token_that_outlives_its_claim_is_refused(name):
    environment = os.environ | {name: "7200", "EVENTS_DEDUP_SECONDS": "3600"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "must not exceed EVENTS_DEDUP_SECONDS=3600" in done.stderr
    assert "Traceback" not in done.stderr
