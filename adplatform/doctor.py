"""What `manage.py doctor` checks: small functions that each return one finding."""

import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from adplatform.celery import app
from adplatform.clients import clickhouse, kafka, objects
from adplatform.clients import redis as redis_client
from adplatform.clients.errors import EngineNotRunning
from events import schema
from events import topics as event_topics
from events.status import gather, judge
from optimization.embeddings.encoder import ModelMissing, text_encoder
from optimization.embeddings.images import image_encoder

SKEW_SECONDS: Final = 2.0
LAG_MESSAGES: Final = 100_000
QUEUED_TASKS: Final = 1000
SECRET_CHARACTERS: Final = 32
GIBIBYTE: Final = 1024**3
PLACEHOLDERS: Final = (
    "change",
    "insecure",
    "secret",
    "example",
    "password",
    "default",
    "tests-only",
)
CELERY_QUEUE: Final = "celery"
START: Final = "start the platform with `python manage.py up`"


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check, and what to do about it."""

    name: str
    level: Level
    detail: str
    fix: str = ""


class Sick(Exception):
    """A check failed or (``level``) found something to look at; ``fix`` says what to do."""

    def __init__(self, detail: str, fix: str, level: Level = Level.FAIL) -> None:
        super().__init__(detail)
        self.fix = fix
        self.level = level


@dataclass(frozen=True, slots=True)
class Check:
    """``run`` returns what is well or raises; ``needs`` names checks that must have passed."""

    name: str
    run: Callable[[], str]
    needs: tuple[str, ...] = ()
    fix: str = START


def examine(names: Collection[str] = ()) -> Iterator[Finding]:
    """Run the named checks, or all, in order; one that needs a failed one is not run."""
    failed: set[str] = set()
    for check in CHECKS:
        if names and check.name not in names:
            continue
        missing = [name for name in check.needs if name in failed]
        if missing:
            failed.add(check.name)
            yield Finding(check.name, Level.WARN, f"not checked without {', '.join(missing)}")
            continue
        finding = _finding(check)
        if finding.level is Level.FAIL:
            failed.add(check.name)
        yield finding


def _finding(check: Check) -> Finding:
    try:
        return Finding(check.name, Level.OK, check.run())
    except Sick as exc:
        return Finding(check.name, exc.level, str(exc), exc.fix)
    except EngineNotRunning as exc:
        return Finding(check.name, Level.FAIL, str(exc).partition(":")[0], START)
    except Exception as exc:  # noqa: BLE001 - whatever fails is what the operator must read
        detail = " ".join(f"{type(exc).__name__}: {exc}".split())
        return Finding(check.name, Level.FAIL, detail[:300], check.fix)


def postgres() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    return f"PostgreSQL {version}"


def redis() -> str:
    found = redis_client.call("info", lambda client: client.info())
    policy = found.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise Sick(
            f"maxmemory-policy is {policy}: an evicted claim lets a retried event count twice",
            "set maxmemory-policy noeviction, and maxmemory high enough",
            Level.WARN,
        )
    if "valkey_version" in found:
        return f"Valkey {found['valkey_version']}"
    return f"Redis {found['redis_version']}"


def kafka_broker() -> str:
    if not kafka.cluster_ready():
        raise Sick(f"no broker answers at {settings.KAFKA_BOOTSTRAP_SERVERS}", START)
    return f"a broker answers at {settings.KAFKA_BOOTSTRAP_SERVERS}"


def clickhouse_server() -> str:
    ((version,),) = clickhouse.query("SELECT version()")
    return f"ClickHouse {version}"


def object_store() -> str:
    key = "doctor/probe"
    objects.put(key, b"probe")
    if objects.get(key) != b"probe":
        raise Sick("an object that was just written does not come back", "check its consistency")
    objects.delete(key)
    return f"writable at {settings.OBJECT_STORE_URL}"


def migrations() -> str:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(str(migration) for migration, _ in plan[:3])
        raise Sick(f"{len(plan)} not applied: {names}", "run `python manage.py migrate`")
    return "all applied"


def event_schema() -> str:
    waiting = schema.pending()
    if waiting:
        names = ", ".join(migration.name for migration in waiting)
        raise Sick(f"not applied: {names}", "run `python manage.py apply_event_schema`")
    return f"version {max(schema.applied_versions(), default=0)}"


def topics() -> str:
    wanted = event_topics.wanted()
    found = kafka.topic_partitions()
    missing = [name for name in wanted if name not in found]
    if missing:
        fix = "run `python manage.py apply_event_schema`"
        raise Sick(f"missing: {', '.join(missing)}", fix)
    for name, count in wanted.items():
        if found[name] != count:
            detail = f"{name} has {found[name]} partitions, the settings say {count}"
            raise Sick(detail, "make EVENTS_PARTITIONS and the topic agree", Level.WARN)
    return ", ".join(f"{name} ({found[name]} partitions)" for name in wanted)


def consumer_lag() -> str:
    waiting = []
    for each in event_topics.channels():
        lag = sum(kafka.group_lag(each.group, each.topic).values())
        if lag > LAG_MESSAGES:
            fix = f"see that `manage.py {each.command}` runs, or run more of it"
            raise Sick(f"{lag} messages of {each.topic} wait for a consumer", fix, Level.WARN)
        waiting.append(f"{lag} of {each.topic} wait")
    return ", ".join(waiting)


def _see(channel: event_topics.Channel) -> str:
    return f"see `manage.py consumer_status --stream {channel.name}`"


def consumers() -> str:
    found = [judge(gather(each, reasons=False)) for each in event_topics.channels()]
    for channel, status in zip(event_topics.channels(), found, strict=True):
        if status.problems:
            raise Sick("; ".join(status.problems[:2]), _see(channel), Level.WARN)
    return ", ".join(
        f"{each.facts.topic}: {len(each.partitions)} partitions, {each.lag} wait" for each in found
    )


def dead_letters() -> str:
    for channel in event_topics.channels():
        name = channel.dead_letters
        if count := sum(each.next - each.first for each in kafka.ends(name).values()):
            detail = f"{count} messages could not be stored (topic {name})"
            raise Sick(detail, _see(channel), Level.WARN)
    return "none"


def task_queue() -> str:
    count = redis_client.call("llen", lambda client: client.llen(CELERY_QUEUE))
    if count > QUEUED_TASKS:
        fix = "see that the worker process runs, or run more of it"
        raise Sick(f"{count} tasks wait", fix, Level.WARN)
    return f"{count} tasks wait"


def task_worker() -> str:
    with app.connection_for_write() as broker:  # a pooled one may be dead since a restart
        answers = app.control.ping(timeout=1.0, connection=broker)
    if not answers:
        fix = "start one: `celery -A adplatform worker`, or `manage.py up` with the worker process"
        raise Sick("no Celery worker answers", fix, Level.WARN)
    return f"{len(answers)} answer"


def secrets() -> str:
    keys = [settings.SECRET_KEY, *(key.decode() for key in settings.TOKEN_KEYS.values())]
    if any(len(key) < SECRET_CHARACTERS for key in keys):
        detail = f"SECRET_KEY or one of TOKEN_KEYS is shorter than {SECRET_CHARACTERS} characters"
        raise Sick(detail, "make a long random one: `openssl rand -base64 48`")
    if any(word in key.lower() for key in keys for word in PLACEHOLDERS):
        detail = "SECRET_KEY or one of TOKEN_KEYS looks like a placeholder"
        raise Sick(detail, "make a random one: `openssl rand -base64 48`")
    return "long enough"


def postgres_clock() -> str:
    def ask() -> datetime:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (answer,) = cursor.fetchone()
        return answer  # type: ignore[no-any-return]

    return _skew(ask)


def clickhouse_clock() -> str:
    def ask() -> datetime:
        ((millis,),) = clickhouse.query("SELECT toUnixTimestamp64Milli(now64(3, 'UTC'))")
        return datetime.fromtimestamp(millis / 1000, UTC)

    return _skew(ask)


def disk() -> str:
    free = shutil.disk_usage(_existing(settings.DATA_DIR)).free / GIBIBYTE
    detail = f"{free:.1f} GiB free at {settings.DATA_DIR}"
    if free < 1:
        raise Sick(detail, "make room, or move DATA_DIR")
    if free < 5:  # noqa: PLR2004 - a day of a busy demo
        raise Sick(detail, "make room, or move DATA_DIR", Level.WARN)
    return detail


def spool() -> str:
    paths = (settings.DATA_DIR / "spool").glob("*/*.ndjson")
    size = sum(path.stat().st_size for path in paths)
    detail = f"{size} of {settings.EVENTS_SPOOL_BYTES} bytes"
    if size > 0.9 * settings.EVENTS_SPOOL_BYTES:
        raise Sick(f"{detail}: events are about to be lost", "bring Kafka back")
    if size:
        fix = "wait: a web process replays it while Kafka answers"
        raise Sick(f"{detail} wait on disk", fix, Level.WARN)
    return "empty"


def template_library() -> str:
    folder = settings.TEMPLATE_LIBRARY_DIR
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
        return f"writable at {folder}"


def embedding_model() -> str:
    try:
        models = [text_encoder().model, *(each.model for each in [image_encoder()] if each)]
    except ModelMissing as exc:
        fix = "the optimiser learns without embeddings; docs/optimiser.md says how to get one"
        raise Sick(str(exc), fix, Level.WARN) from exc
    return ", ".join(f"{model.revision} in {model.folder}" for model in models)


def _skew(ask: Callable[[], datetime]) -> str:
    """How far the server's clock is from ours, less half the time that asking took."""
    before = time.time()
    theirs = ask().timestamp()
    after = time.time()
    skew = theirs - (before + after) / 2
    if abs(skew) - (after - before) / 2 > SKEW_SECONDS:
        raise Sick(f"{skew:+.1f} s off ours", "synchronise the clocks of both machines (NTP)")
    return f"{skew:+.2f} s off ours"


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


WRITABLE: Final = "let this user write there, or choose another TEMPLATE_LIBRARY_DIR"
CHECKS: Final = (
    Check("postgres", postgres),
    Check("redis", redis),
    Check("kafka", kafka_broker),
    Check("clickhouse", clickhouse_server),
    Check("object store", object_store, fix="check OBJECT_STORE_URL and its credentials"),
    Check("migrations", migrations, ("postgres",)),
    Check("event schema", event_schema, ("clickhouse",)),
    Check("topics", topics, ("kafka",)),
    Check("consumer lag", consumer_lag, ("kafka", "topics")),
    Check("consumers", consumers, ("postgres", "migrations", "kafka", "topics")),
    Check("dead letters", dead_letters, ("kafka", "topics")),
    Check("task queue", task_queue, ("redis",)),
    Check("task worker", task_worker, ("redis",)),
    Check("secrets", secrets),
    Check("postgres clock", postgres_clock, ("postgres",)),
    Check("clickhouse clock", clickhouse_clock, ("clickhouse",)),
    Check("disk", disk),
    Check("spool", spool),
    Check("template library", template_library, fix=WRITABLE),
    Check("embedding model", embedding_model),
)
