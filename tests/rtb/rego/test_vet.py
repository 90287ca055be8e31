"""Which modules are accepted, and that the others are refused before anything of them runs."""

import pytest

from rtb.rego.trial import CRASHED, try_out
from rtb.rego.vet import Rejected, vet

HEAD = "package guardrails\nimport rego.v1\n"


def said(source: str) -> str:
    with pytest.raises(Rejected) as caught:
        vet(source)
    return str(caught.value)


def test_it_knows_the_rules_and_which_of_them_are_tests():
    module = vet(HEAD + "limit := 3\ndeny_request contains 1 if limit > 2\ntest_x if limit == 3\n")
    assert module.rules == {"limit", "deny_request", "test_x"}
    assert module.tests == ["test_x"]


def test_a_package_of_its_own_keeps_lines_and_text():
    source = "# für alle\npackage guardrails # so\nx := 1\n"
    moved = vet(source).in_package("p7")
    assert moved == "# für alle\npackage guardrails.p7 # so\nx := 1\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "Line 1: "),
        ("package other\nx := 1", "Line 1: The first line must be: package guardrails"),
        ("package guardrails.p1\nx := 1", "Line 1: The first line must be"),
        (HEAD + "x := http.send({})", "Line 3: There is no function http.send here"),
        (HEAD + "x := time.now_ns()", "Line 3: There is no function time.now_ns here"),
        (HEAD + "x := numbers.range(1, 9)", "Line 3: There is no function numbers.range here"),
        (HEAD + "x := [y | walk(input, y)]", "Line 3: There is no function walk here"),
        (HEAD + "x := data.guardrails.p0.y", "Line 3: There is no data here, only input"),
        ("package guardrails\nimport data.other\nx := 1", "Nothing can be imported but rego.v1"),
        (HEAD + "f(x) := f(x + 1)", "Line 3: f refers to itself"),
        (HEAD + "f(x) := g(x)\ng(x) := f(x)", "Line 3: f refers to itself"),
        (HEAD + "a if b\nb if not a", "Line 3: a refers to itself"),
        (HEAD + "x := " + "[" * 5000 + "]" * 5000, "Line 3: More than 10 brackets"),
        (HEAD + "x := " + "-\n" * 4000 + "1", "Three minus signs in a row"),
        (HEAD + "x := 1" * 20_000, "A policy may have 50,000 bytes at most"),
        (HEAD + "x := 1\0", "zero byte"),
        (HEAD + "x := {", "Line 3: "),
    ],
)
def test_it_refuses(source: str, message: str):
    assert message in said(source)


def test_brackets_in_texts_and_comments_do_not_nest():
    text = "(" * 50
    source = HEAD + f'# {text}\ndeny_request contains "{text}" if input.x == `{text}`\n'
    assert vet(source).rules == {"deny_request"}


def test_a_trial_tells_of_each_test():
    result = try_out(HEAD + "x := 1\ntest_yes if x == 1\ntest_no if x == 2\n", ["x"])
    assert result.problem == ""
    assert {test.name: test.passed for test in result.tests} == {"test_yes": True, "test_no": False}


SLOW = HEAD + "deny_request contains 1 if { %s; a < 0 }\n"


def test_a_trial_refuses_what_is_slow():
    source = SLOW % "some a in input.x; some b in input.x; some c in input.x; a + b + c < 0"
    result = try_out(source, ["deny_request"], [{"x": list(range(60))}])
    assert result.problem == "deny_request takes more than 5 ms: simplify it"


def test_a_trial_survives_what_never_ends():
    loops = "; ".join(f"some {name} in input.x" for name in "abcdef")
    result = try_out(SLOW % loops, ["deny_request"], [{"x": list(range(60))}])
    assert result.problem == CRASHED
