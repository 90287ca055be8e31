"""`manage.py bench_optimiser`: the shape of its answer, and what it refuses."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.optimization.bench.headlines.tests import write


def _run(*arguments: str) -> str:
    out = StringIO()
    call_command("bench_optimiser", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


QUICK = ("--scenario", "S8-27", "--seeds", "1", "--method", "uniform", "--method", "tab")


def test_json_is_one_object_by_scenario_and_method():
    found = json.loads(_run(*QUICK, "--json"))
    assert set(found) == {"S8-27"}
    assert set(found["S8-27"]) == {"uniform", "tab"}
    assert {"captured", "se"} <= set(found["S8-27"]["tab"])


def test_text_is_a_table():
    assert "| tab | " in _run(*QUICK)


def test_headline_tests_come_by_impressions_per_arm(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    rows = [
        (f"test {t}", f"headline {a} of {t}", "i", 1000, 10 + 5 * a, 201301)
        for t in range(6)
        for a in range(3)
    ]
    path = write(tmp_path / "tests.parquet", rows)
    found = json.loads(_run(*QUICK, "--headlines", str(path), "--json"))
    assert set(found) == {"S8-27", "headlines", "headlines-recorded"}
    assert set(found["headlines"]) == {"200", "600", "1500"}
    assert {"tab", "tab+prior", "beta-ts", "eps-greedy", "rollout"} <= set(
        found["headlines"]["200"]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--scenario", "S9"), "S9"),
        (("--method", "magic"), "magic"),
        (("--seeds", "0"), "at least 1"),
        (("--headlines", "nowhere.parquet"), "nowhere"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(arguments, message):
    with pytest.raises(CommandError, match=message):
        _run(*arguments)
