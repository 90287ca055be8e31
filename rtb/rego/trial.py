"""Tries a module in a child process, with limits, before it may run in ours."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from rtb.rego.child import Request, Result

ROOT: Final = Path(__file__).parents[2]
WALL_SECONDS: Final = 20.0
CRASHED: Final = "The policy made its trial run crash or take too long: simplify it"


def try_out(source: str, rules: Sequence[str], samples: Sequence[object] = ()) -> Result:
    """Its own tests' results, or why it may not run; ``samples`` are inputs for its rules."""
    request = Request(source, tuple(rules), tuple(samples))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rtb.rego.child"],
            input=msgspec.json.encode(request),
            capture_output=True,
            cwd=ROOT,
            env={"PATH": os.defpath, "RUST_BACKTRACE": "0", "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=WALL_SECONDS,
            check=True,
        )
        return msgspec.json.decode(done.stdout, type=Result)
    except (subprocess.SubprocessError, msgspec.MsgspecError):
        return Result(problem=CRASHED)
