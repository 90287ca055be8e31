"""The processes of the Procfile: choosing them, their environment, starting them, their end."""

import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from honcho.environ import parse_procfile

from adplatform.embedded.child import Child, spawn
from adplatform.supervise.options import PROJECT, Options


class PlatformFailed(Exception):
    """The platform cannot start or go on; the message says why and shows the end of the log."""


def chosen(options: Options) -> dict[str, str]:
    """Command line by process name, after --only and --without.

    Raises:
        PlatformFailed: a name is not in the Procfile, or nothing is left to run.
    """
    processes = dict(parse_procfile(options.procfile.read_text(encoding="utf-8")).processes)
    unknown = (options.only | options.without) - processes.keys()
    if unknown:
        raise PlatformFailed(
            f"no process is called {', '.join(sorted(unknown))}: "
            f"{options.procfile.name} has {', '.join(processes)}"
        )
    wanted = (options.only or processes.keys()) - options.without
    if not wanted:
        raise PlatformFailed("--only and --without leave no process to run")
    return {name: command for name, command in processes.items() if name in wanted}


def environment_of(options: Options, engines: Mapping[str, str]) -> dict[str, str]:
    """The children's environment: ours, the engines' addresses and what the Procfile refers to."""
    metrics = options.data_dir / "metrics"
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {
        "BASE_URL": options.base_url,
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        **os.environ,
        **engines,
        "DATA_DIR": str(options.data_dir),
        "HOST": options.host,
        "PATH": programs,
        "PORT": str(options.port),
        "PYTHONUNBUFFERED": "1",
        "WEB_WORKERS": str(options.workers),
    }


def forget_metrics(environment: Mapping[str, str]) -> None:
    """Empty the folder of counters, which belong to processes that are gone."""
    folder = Path(environment["PROMETHEUS_MULTIPROC_DIR"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def forget_gauges_of_the_dead(environment: Mapping[str, str]) -> None:
    """What they last said holds no longer; their counters stay part of the sums."""
    for gauge in Path(environment["PROMETHEUS_MULTIPROC_DIR"]).glob("gauge_*_*.db"):
        try:
            os.kill(int(gauge.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            gauge.unlink(missing_ok=True)


def start_process(name: str, command: str, options: Options, env: Mapping[str, str]) -> Child:
    """One line of the Procfile; the shell only fills in the variables and becomes the program."""
    log = options.data_dir / "logs" / f"{name}.log"
    return spawn(name, ["/bin/sh", "-c", f"exec {command}"], log=log, env=env, cwd=PROJECT)


def start_command(command: tuple[str, ...], options: Options, env: Mapping[str, str]) -> Child:
    """A manage.py command as a child."""
    log = options.data_dir / "logs" / f"{command[0]}.log"
    line = [sys.executable, str(PROJECT / "manage.py"), *command]
    return spawn(command[0], line, log=log, env=env, cwd=PROJECT)


def obituary(child: Child) -> str:
    """How it ended, and the last lines of its log."""
    code = child.exit_code() or 0
    how = (
        f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    )
    return f"{child.name} {how}; {child.log} ends:\n{child.tail()}"
