"""Running the whole platform from one command: engines, migrations, processes, readiness, stop.

For a command of its own (`up`, `demo`)::

    def body(platform: supervise.Platform) -> None:
        platform.wait_ready()                  # /readyz answers 200, or PlatformFailed says why not
        platform.manage("seed_demo")           # manage.py in a child with the platform's addresses
        platform.run_until_signal(tick=report, every=5.0)

    sys.exit(supervise.run(options, body))     # 0 after Ctrl-C or SIGTERM, 1 after a failure

A process that dies on a platform that was ready is started again (restarts.py). It is a failure
when it dies again and again, or when an engine dies.

``supervise.platform(options)`` is the same as a context manager; it raises ``StopRequested`` when a
signal comes, ``PlatformFailed``, ``EngineFailed`` or ``AlreadyRunning``. Leaving it stops the
processes, then the engines in reverse order.

``platform.environment`` holds every variable that the children get (engine addresses, DATA_DIR,
BASE_URL); ``platform.base_url`` is where the web process listens; ``platform.say(line)`` prints.
"""

from adplatform.supervise.interrupts import StopRequested
from adplatform.supervise.options import Options, add_arguments
from adplatform.supervise.platform import Platform, platform, run
from adplatform.supervise.processes import PlatformFailed

__all__ = [
    "Options",
    "Platform",
    "PlatformFailed",
    "StopRequested",
    "add_arguments",
    "platform",
    "run",
]
