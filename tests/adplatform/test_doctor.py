"""adplatform/doctor.py and its command, on the real engines."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from adplatform import doctor
from adplatform.clients import kafka
from adplatform.doctor import Level
from events import topics

SECRET = "k3fJ8s0qLz7Xw2Vn5Tb9Yd1Rm6Hc4Gp8Ue0Ao3Ik"


@pytest.fixture
def healthy(db, event_store, clean_redis, settings):
    topics.ensure()
    settings.SECRET_KEY = SECRET
    settings.TOKEN_KEYS = {"k1": SECRET.encode()}


def findings(*names):
    return {finding.name: finding for finding in doctor.examine(names)}


def run(*arguments):
    """Output and exit status of the command."""
    output = io.StringIO()
    try:
        call_command("doctor", *arguments, stdout=output)
    except SystemExit as exc:
        return output.getvalue(), exc.code
    return output.getvalue(), 0


def test_nothing_fails_on_a_healthy_platform(healthy):
    output, status = run()
    assert status == 0, output
    assert "✓ postgres          PostgreSQL 18" in output
    assert "✗" not in output


def test_json_holds_the_same_findings(healthy):
    output, status = run("--json")
    found = json.loads(output)
    assert status == 0
    assert {each["name"] for each in found} == {check.name for check in doctor.CHECKS}
    assert found[0].keys() == {"name", "level", "detail", "fix"}


def test_a_missing_worker_is_only_a_warning(healthy):
    assert findings("task worker")["task worker"].level is Level.WARN


def test_consumers_that_do_not_run_are_a_warning_with_the_command_that_says_more(healthy):
    found = findings("consumers")["consumers"]
    assert found.level is Level.WARN
    assert found.fix == "see `manage.py consumer_status --stream events`"
    assert found.detail.startswith("no consumer has ever worked on")


@pytest.mark.fault
def test_a_stopped_engine_fails_and_what_needs_it_is_not_checked(healthy, running_engines):
    running_engines.stop_engine("redis")
    try:
        output, status = run()
    finally:
        running_engines.start_engine("redis")
    assert status == 1
    assert "✗ redis             RedisUnavailable" in output
    assert "→ start the platform with `python manage.py up`" in output
    assert "! task queue        not checked without redis" in output
    assert "✓ clickhouse " in output


def test_an_engine_without_an_address_says_how_to_start_it(healthy, settings):
    settings.KAFKA_BOOTSTRAP_SERVERS = ""
    found = findings("kafka")["kafka"]
    assert (found.level, found.fix) == (Level.FAIL, doctor.START)
    assert found.detail == "Kafka is neither configured (KAFKA_BOOTSTRAP_SERVERS) nor running"


def test_a_missing_topic_names_the_command_that_makes_it(healthy, settings):
    settings.EVENTS_TOPIC = "no_such_topic"
    found = findings("topics", "consumer lag")
    assert found["topics"].detail == "missing: no_such_topic"
    assert "apply_event_schema" in found["topics"].fix
    assert found["consumer lag"].detail == "not checked without topics"


def test_other_partitions_than_configured_are_a_warning(healthy, settings):
    settings.EVENTS_PARTITIONS += 1
    assert findings("topics")["topics"].level is Level.WARN


def test_dead_letters_are_a_warning(healthy, settings, kafka_topic):
    settings.EVENTS_DLQ_TOPIC = kafka_topic
    kafka.produce_and_wait([(kafka_topic, b"k", b"v")] * 3)  # one batch
    assert findings("dead letters")["dead letters"].detail.startswith(
        "3 messages could not be stored"
    )


def test_waiting_events_are_a_warning_above_a_limit(healthy, monkeypatch, settings, kafka_topic):
    monkeypatch.setattr(doctor, "LAG_MESSAGES", 0)
    kafka.produce_and_wait([(kafka_topic, b"k", b"v")])
    settings.EVENTS_TOPIC = kafka_topic
    settings.EVENTS_PARTITIONS = 1
    assert findings("consumer lag")["consumer lag"].level is Level.WARN


def test_unapplied_migrations_fail(healthy):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'contenttypes' AND name LIKE '0002%'"
        )
    found = findings("migrations")["migrations"]
    assert found.level is Level.FAIL
    assert "contenttypes.0002" in found.detail
    assert found.fix == "run `python manage.py migrate`"


@pytest.mark.parametrize("secret", ["tiny", "please-change-me-please-change-me-please"])
def test_a_weak_secret_fails(healthy, settings, secret):
    settings.SECRET_KEY = secret
    found = findings("secrets")["secrets"]
    assert found.level is Level.FAIL
    assert secret not in found.detail


def test_events_on_disk_are_a_warning_and_a_nearly_full_spool_fails(healthy, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    (tmp_path / "spool" / "1-a").mkdir(parents=True)
    (tmp_path / "spool" / "1-a" / "open.ndjson").write_text("x" * 95)
    assert findings("spool")["spool"].level is Level.WARN
    settings.EVENTS_SPOOL_BYTES = 100
    assert findings("spool")["spool"].level is Level.FAIL


def test_a_template_library_that_is_no_folder_fails(healthy, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.TEMPLATE_LIBRARY_DIR = tmp_path / "file"
    found = findings("template library")["template library"]
    assert found.level is Level.FAIL
    assert "TEMPLATE_LIBRARY_DIR" in found.fix


def test_a_clock_that_is_off_fails():
    with pytest.raises(doctor.Sick, match=r"\+60\.0 s off ours"):
        doctor._skew(lambda: datetime.now(UTC) + timedelta(minutes=1))
    assert doctor._skew(lambda: datetime.now(UTC)) in {"+0.00 s off ours", "-0.00 s off ours"}


def test_a_redis_that_may_evict_is_a_warning(healthy, clean_redis):
    clean_redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        (finding,) = doctor.examine(["redis"])
    finally:
        clean_redis.config_set("maxmemory-policy", "noeviction")
    assert finding.level is Level.WARN
    assert "allkeys-lru" in finding.detail


@pytest.mark.parametrize("setting", ["EMBEDDING_MODEL", "EMBEDDING_IMAGE_MODEL"])
def test_a_missing_embedding_model_is_a_warning(healthy, settings, setting):
    assert findings("embedding model")["embedding model"].level is Level.OK
    setattr(settings, setting, "/nowhere")
    found = findings("embedding model")["embedding model"]
    assert found.level is Level.WARN
    assert "no model in /nowhere" in found.detail
