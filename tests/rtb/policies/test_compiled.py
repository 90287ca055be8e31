"""Sets of policies: what they answer, what they remember, and that doubt denies."""

import threading

import pytest

from adplatform.metrics import POLICY_FAILURES
from rtb.policies import Policies
from rtb.policies.library import platform_sources
from rtb.rego.sample import at_request, document

DEAR = """package guardrails
import rego.v1
deny_configuration contains message if {
	input.line_item.cpm > 20
	message := sprintf("%v is too dear", [input.line_item.cpm])
}
"""
HOURS = """package guardrails
import rego.v1
deny_request contains "at night" if input.request.hour < 6
"""


def failures(why: str) -> float:
    return POLICY_FAILURES.labels(why)._value.get()


def test_it_says_which_policy_denies_and_why():
    policies = Policies.compile({"dear": DEAR, "hours": HOURS})
    assert policies.configuration(document()) == []
    assert policies.configuration(document(line_item={"cpm": 21})) == ["dear: 21 is too dear"]


def test_request_rules_are_asked_of_requests_only():
    policies = Policies.compile({"hours": HOURS})
    assert policies.has_request_rules
    assert policies.configuration(at_request(hour=3)) == []
    assert policies.request(at_request(hour=3)) == ["hours: at night"]
    assert policies.request(at_request(hour=14)) == []


def test_accounts_without_request_rules_pay_nothing_at_a_bid():
    assert not Policies.compile({"dear": DEAR}).has_request_rules
    assert not Policies.compile(platform_sources()).has_request_rules
    assert Policies.compile({"dear": DEAR}).request(at_request()) == []


def test_two_policies_may_use_one_name_for_two_things():
    one = 'package guardrails\nlimit := 1\ndeny_configuration contains "a" if limit == 1\n'
    two = 'package guardrails\nlimit := 2\ndeny_configuration contains "b" if limit == 2\n'
    assert Policies.compile({"one": one, "two": two}).configuration({}) == ["one: a", "two: b"]


def test_the_version_is_that_of_names_and_sources():
    versions = {
        Policies.compile(sources).version
        for sources in ({}, {"a": DEAR}, {"b": DEAR}, {"a": HOURS}, {"a": DEAR, "b": HOURS})
    }
    assert len(versions) == 5


def test_the_same_set_is_compiled_once_and_remembers_its_answers():
    first = Policies.compile({"once": DEAR})
    answer = first.decide(document(line_item={"cpm": 30}))
    again = Policies.compile({"once": DEAR})
    assert again is first
    assert again.decide(document(line_item={"cpm": 30})) is answer


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("package guardrails\ndeny_configuration contains 1/0 if true", "divide by zero"),
        ("package other\ndeny_configuration contains 1 if true", "is not accepted"),
        ("deny", "is not accepted"),
        ("package guardrails\nf(x) := f(x)\ndeny_configuration contains f(1)", "refers to itself"),
    ],
)
def test_a_policy_that_cannot_be_asked_denies_and_the_others_are_asked(source: str, says: str):
    for comment in ("", "\n# again"):  # the first time in a process may be too slow to say more
        policies = Policies.compile({"bad": source + comment, "dear": DEAR})
        found = policies.configuration(document(line_item={"cpm": 21}))
    (bad,) = [each for each in found if each.startswith("bad: ")]
    assert says in bad
    assert "dear: 21 is too dear" in found


def test_one_that_was_never_tried_denies_configuration_and_requests():
    policies = Policies.compile({}, {"smuggled": "was never tried"})
    assert policies.has_request_rules
    assert policies.configuration(document()) == ["smuggled: was never tried"]
    assert policies.request(at_request()) == ["smuggled: was never tried"]


def test_one_that_took_too_long_denies_from_then_on_without_being_free_again():
    slow = """package guardrails
import rego.v1
deny_request contains "x" if {
	some a in input.numbers
	some b in input.numbers
	a + b < 0
}
"""
    policies = Policies.compile({"slow": slow})
    before = failures("slow")
    assert policies.request({"numbers": list(range(10))}) == []
    assert policies.request({"numbers": list(range(500))}) == ["slow: took too long"]
    assert policies.request({"numbers": [1]}) == ["slow: took too long"]
    assert failures("slow") == before + 1


def test_threads_do_not_disturb_each_other():
    policies = Policies.compile({"threads": HOURS, "dear": DEAR})
    wrong: list[object] = []

    def ask(hour: int) -> None:
        expected = ["threads: at night"] if hour < 6 else []
        for _ in range(300):
            found = policies.request(at_request(hour=hour))
            if found != expected:
                wrong.append(found)

    threads = [threading.Thread(target=ask, args=[hour]) for hour in (1, 3, 9, 14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
