"""The shape of the source tree: STYLE.md's sizes and names, DESIGN section 4's folders."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "adplatform",
    "tenants",
    "campaigns",
    "adserving",
    "rtb",
    "events",
    "reporting",
    "optimization",
)
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_COMMAND_LINES = 60
BANNED = {"utils", "util", "helpers", "helper", "common", "misc", "signals", "base_service"}


def _python_files() -> Iterator[Path]:
    yield ROOT / "manage.py"
    for folder in (*PACKAGES, "tests"):
        yield from (path.relative_to(ROOT) for path in sorted((ROOT / folder).rglob("*.py")))


FILES = [path for path in _python_files() if "migrations" not in path.parts]
MODULES = [path for path in FILES if (ROOT / path).stat().st_size]
COMMANDS = [path for path in MODULES if path.match("management/commands/*.py")]


def _long_functions(tree: ast.Module) -> list[str]:
    functions = (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [
        f"{node.name} (line {node.lineno})"
        for node in functions
        if (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES
    ]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_says_what_lives_in_it(path):
    docstring = ast.get_docstring(ast.parse((ROOT / path).read_text("utf-8")))
    assert docstring
    assert docstring.splitlines()[0].strip()


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_is_short_enough_to_read(path):
    text = (ROOT / path).read_text("utf-8")
    assert len(text.splitlines()) <= MAX_FILE_LINES, "make it a folder"
    assert _long_functions(ast.parse(text)) == []


@pytest.mark.parametrize("path", COMMANDS, ids=str)
def test_a_management_command_only_wires(path):
    assert len((ROOT / path).read_text("utf-8").splitlines()) <= MAX_COMMAND_LINES


def test_no_module_is_a_catch_all():
    assert [str(path) for path in FILES if BANNED & {path.stem, *path.parts}] == []


def test_the_packages_of_the_design_exist():
    assert [name for name in PACKAGES if not (ROOT / name / "__init__.py").exists()] == []


def test_no_other_package_stands_at_the_top():
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found - {*PACKAGES, "tests"} == set()


def test_a_module_that_calls_itself_pure_is_held_to_it():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    checked = next(each["source_modules"] for each in contracts if each["id"] == "pure")
    assert [name for name in _pure_modules() if not _is_in(name, checked)] == []


def _pure_modules() -> Iterator[str]:
    """By their first line; an embedded engine's own parts decide nothing about ads."""
    for path in MODULES:
        if "embedded" in path.parts:
            continue
        docstring = ast.get_docstring(ast.parse((ROOT / path).read_text("utf-8"))) or ""
        first = docstring.partition("\n")[0]
        if path.parts[0] in PACKAGES and re.search(r"\(pure\)|; pure\b", first):
            yield ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _is_in(name: str, checked: list[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in checked)


@pytest.mark.parametrize("name", ["manage.py", ".ci/run", "deploy/make-secrets.sh"])
def test_a_program_can_be_run(name):
    assert (ROOT / name).stat().st_mode & 0o111 == 0o111
