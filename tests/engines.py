"""Pytest plugin (``-p tests.engines``): the engines run before pytest-django reads the settings.

An address that the environment already holds is used as it is. State, logs and templates live in a
temporary directory that is removed at the end. Each worker of pytest-xdist (``-n 2``) has engines
of its own, as tests empty them; the process that only hands out tests has none.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.test")

from adplatform.embedded import engines
from adplatform.embedded.engine import EngineFailed

WORKER = "PYTEST_XDIST_WORKER"  # which of xdist's workers this process is
STARTED: list[engines.RunningEngines] = []
FOLDERS: list[Path] = []


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """A wrapper runs before every plain implementation, pytest-django's included."""
    if not STARTED and not FOLDERS:
        _set_up(early_config)
    try:
        return (yield)
    except BaseException:
        pytest_unconfigure()  # pytest does not get as far as calling it
        raise


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    logging.disable()  # clients that are still alive complain about the engines that stop now
    while STARTED:
        STARTED.pop().stop()
    while FOLDERS:
        shutil.rmtree(FOLDERS.pop(), ignore_errors=True)


@pytest.fixture(scope="session")
def running_engines() -> engines.RunningEngines:
    """The embedded engines, for tests that stop one and start it again."""
    if not STARTED:
        pytest.skip("every engine is configured from outside")
    return STARTED[0]


def _set_up(config: pytest.Config) -> None:
    folder = Path(tempfile.mkdtemp(prefix="adplatform-tests-"))
    FOLDERS.append(folder)
    os.environ["DATA_DIR"] = str(folder)
    os.environ["TEMPLATE_LIBRARY_DIR"] = str(folder / "template_library")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    options = config.known_args_namespace
    hands_out = bool(getattr(options, "numprocesses", None)) and not os.environ.get(WORKER)
    if options.help or options.version or options.collectonly or hands_out:
        return
    wanted = {name for name, variable in engines.VARIABLES.items() if not os.environ.get(variable)}
    try:
        running = engines.start(folder, wanted, durable=False)
    except EngineFailed as exc:
        pytest_unconfigure()
        raise pytest.UsageError(str(exc)) from exc
    STARTED.append(running)
    os.environ.update(running.environment())
