"""docker-compose.yml: valid, pinned, complete, and speaking only of variables that exist."""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema.validators
import pytest
import yaml

from tests.test_docs import LIBRARY_VARIABLES, SETTINGS_VARIABLES

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
ENGINES = {name: service for name, service in SERVICES.items() if "build" not in service}
ONE_SHOT = {"migrate", "bucket"}
# What docker-compose.yml itself needs; .env.example explains them.
COMPOSE_ONLY = {"SECRETS_DIR", "WEB_PORT"}


KNOWN = (
    "granian",
    "consume_events",
    "consume_bids",
    "celery",
    "worker",
    "beat",
    "adplatform.wsgi:application",
)


def _env_example() -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))


def _procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    entries = (line.partition(":") for line in lines if line.strip() and line[0] != "#")
    return {name.strip(): command.strip() for name, _, command in entries}


def _command(service: dict[str, Any]) -> str:
    command = service["command"]
    return command if isinstance(command, str) else " ".join(command)


def _program(command: str) -> str:
    """The part of a command that says what runs: no interpreter path, no options."""
    words = [word for word in command.split() if not word.startswith(("-", "$"))]
    return " ".join(name for name in KNOWN if any(Path(word).name == name for word in words))


def test_it_is_valid_by_the_compose_specification():
    vendored = pytest.importorskip("check_jsonschema", reason="brings the Compose JSON schema")
    path = resources.files(vendored) / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(path.read_text("utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_image_is_pinned(name):
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.search(r"\d", tag), f"{tag} can change from one pull to the next"


def test_every_base_image_is_pinned():
    images = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert images
    assert [image for image in images if not re.search(r":[\w.-]*\d", image)] == []


@pytest.mark.parametrize("name", sorted(_procfile()))
def test_a_process_of_the_procfile_is_a_service(name):
    assert name in OURS
    assert _program(_command(OURS[name])) == _program(_procfile()[name]) != ""


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_variable_of_our_services_exists(name):
    variables = {variable.removesuffix("_FILE") for variable in OURS[name]["environment"]}
    libraries = {variable.removesuffix("_FILE") for variable in LIBRARY_VARIABLES}
    assert variables - SETTINGS_VARIABLES - libraries == set()


def test_variables_of_the_procfile_are_documented():
    variables = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "Procfile").read_text("utf-8")))
    assert variables - SETTINGS_VARIABLES - LIBRARY_VARIABLES == set()


def test_what_it_interpolates_is_in_the_example_and_nothing_else():
    interpolated = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
    assert interpolated == _env_example()
    assert interpolated - SETTINGS_VARIABLES - LIBRARY_VARIABLES == COMPOSE_ONLY


def test_no_secret_is_written_in_it():
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEYS|CREDENTIALS", variable):
                assert value.startswith("/run/secrets/")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_secrets_and_volumes_are_declared(name):
    service = SERVICES[name]
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert {mount.split(":")[0] for mount in service.get("volumes", [])} <= set(COMPOSE["volumes"])


def test_every_secret_is_made_by_the_script():
    script = (ROOT / "deploy" / "make-secrets.sh").read_text("utf-8")
    made = set(re.findall(r"^keep (\w+) ", script, re.MULTILINE))
    assert made == set(COMPOSE["secrets"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_restarts_and_is_bounded(name):
    service = SERVICES[name]
    assert service["restart"] == ("on-failure" if name in ONE_SHOT else "unless-stopped")
    assert name == "bucket" or service["deploy"]["resources"]["limits"]["memory"]


@pytest.mark.parametrize("name", sorted(set(ENGINES) - ONE_SHOT))
def test_an_engine_is_waited_for_and_keeps_its_data(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["volumes"]


def test_the_image_leaves_out_packages_that_exist():
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    found = re.search(r"'\^\(([\w|-]+)\)=='", dockerfile)
    assert found
    pins = (ROOT / "requirements.txt").read_text("utf-8")
    assert [name for name in found[1].split("|") if f"\n{name}==" not in pins] == []
