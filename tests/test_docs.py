"""The documents against the code: settings, metrics, URLs, roles, reasons, links and commands."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import get_resolver
from prometheus_client.metrics import MetricWrapperBase

from adplatform import metrics
from adserving.endpoint import wiring
from adserving.reasons import Reason as ServingReason
from events.types import EventType, InvalidReason
from events.validate import Reason as EventReason
from tenants.roles import PERMISSIONS, Area
from tenants.scopes import Scope

ROOT = Path(__file__).parents[1]
DOCS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/**/*.md", "template_library/*.md")
    for path in ROOT.glob(pattern)
)
NAMED_FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|sql|md|ya?ml|html|js|sh|json))`")
READERS = {
    "text",
    "secret",
    "boolean",
    "integer",
    "words",
    "https_address",
    "token_keys",
    "limits",
    "exchange_rates",
}
ADR_LINES = 25


def _read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def _env_calls() -> Iterator[tuple[str, object]]:
    """Every variable that the settings read, with its default (None: there is no constant one)."""
    for path in sorted((ROOT / "adplatform" / "settings").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "env" and node.func.attr in READERS:
                yield from _name_and_default(node)


def _name_and_default(call: ast.Call) -> Iterator[tuple[str, object]]:
    if not (call.args and isinstance(call.args[0], ast.Constant)):
        return
    values = [*call.args[1:2], *(kw.value for kw in call.keywords if kw.arg == "default")]
    constant = values[0] if values and isinstance(values[0], ast.Constant) else None
    yield str(call.args[0].value), constant.value if constant else None


def _rows(text: str) -> dict[str, list[str]]:
    """Table rows whose first cell is `code`, by that code; the other cells as written."""
    rows: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            first, *others = [cell.strip() for cell in line.strip("| ").split(" | ")]
            rows[first.strip("`")] = others
    return rows


def _split_configuration() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    ours, _, libraries = _read("docs/configuration.md").partition("## Read by others")
    return _rows(ours), _rows(libraries)


SETTINGS_VARIABLES = {name for name, _ in _env_calls()}
LIBRARY_VARIABLES = set(_split_configuration()[1])


def test_every_setting_is_documented_and_no_other():
    assert set(_split_configuration()[0]) == SETTINGS_VARIABLES


def test_documented_defaults_are_the_real_ones():
    defaults: defaultdict[str, set[str]] = defaultdict(set)
    for name, default in _env_calls():
        if default is not None:
            defaults[name].add(str(default).lower() if isinstance(default, bool) else str(default))
    rows = _split_configuration()[0]
    assert {
        name: values
        for name, values in defaults.items()
        if not all(value in rows[name][0].replace("\\", "") for value in values)
    } == {}


def test_every_metric_is_explained_and_no_other():
    collectors = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    names = {_exposed(collector) for collector in collectors}
    assert set(re.findall(r"`(adplatform_\w+)`", _read("docs/operations.md"))) == names


def _exposed(collector: MetricWrapperBase) -> str:
    name: str = collector._name
    return f"{name}_total" if collector._type == "counter" else name


def test_every_hot_door_is_documented():
    source = Path(wiring.__file__).read_text("utf-8")
    paths = set(re.findall(r'"(/(?:ad_server|api)/[\w./]+)"', source))
    text = _read("docs/urls.md")
    assert paths
    assert [path for path in sorted(paths) if f"`{path}" not in text] == []


def test_every_django_url_is_documented():
    text = _read("docs/urls.md")
    for pattern in get_resolver().url_patterns:
        assert f"`/{pattern.pattern}" in text


@pytest.mark.parametrize("enum", [ServingReason, EventReason, InvalidReason, EventType])
def test_every_reason_is_documented(enum):
    text = _read("docs/urls.md")
    assert [m.value for m in enum if m.value and f"`{m.value}`" not in text] == []


def test_the_role_matrix_is_the_one_that_is_enforced():
    rows = _rows(_read("docs/security.md"))
    for role, areas in PERMISSIONS.items():
        written = [cell.replace(",", " ").split() for cell in rows[role]]
        allowed = [sorted(action.value for action in areas[area]) for area in Area]
        words = [[] if cell == ["none"] else sorted(cell) for cell in written]
        assert words == allowed


def test_every_scope_of_an_api_key_is_documented():
    assert {scope.value for scope in Scope} <= set(_rows(_read("docs/security.md")))


@pytest.mark.parametrize("path", DOCS, ids=str)
def test_relative_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)\s]+)\)", _read(str(path)))
    local = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in local if not (ROOT / path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=str)
def test_files_that_are_named_exist(path):
    named = NAMED_FILE.findall(_read(str(path)))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=str)
def test_commands_that_are_named_exist(path):
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", _read(str(path)), re.DOTALL))
    commands = set(re.findall(r"manage\.py ([a-z_]+)", code))
    assert commands - set(get_commands()) == set()
    targets = set(re.findall(r"^([a-z-]+):", _read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", code)) - targets == set()


def test_every_dependency_has_its_reason():
    lines = _read("requirements.in").split()
    names = {re.split(r"[\[<>=]", line)[0] for line in lines}
    assert names - set(_rows(_read("CHANGELOG.md"))) == set()


def test_the_two_requirements_files_agree():
    pins = {
        name: set(re.findall(r"^\S+==\S+", _read(name), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    }
    assert pins["requirements.txt"] - pins["requirements-dev.txt"] == set()


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda p: p.name)
def test_a_decision_fits_on_a_screen(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= ADR_LINES
    assert all(f"## {part}" in text for part in ("Context", "Decision", "Consequences"))
