"""What holds for every targeting rule, every request and every JSON."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from campaigns.targeting import (
    All,
    Any_,
    Daypart,
    DaypartLeaf,
    Dimension,
    Everyone,
    KeyValueLeaf,
    Leaf,
    Not,
    Op,
    RequestContext,
    TargetingRejected,
    compile_rule,
    describe,
    dimensions,
    evaluate,
    form_from_rule,
    parse,
    rule_from_form,
    to_json,
)
from campaigns.targeting.rules import WEEKDAYS

POOLS = {
    Dimension.COUNTRY: ["CA", "US", "FR"],
    Dimension.REGION: ["CA-ON", "CA-QC", "US-NY"],
    Dimension.DEVICE_TYPE: ["desktop", "mobile", "tv"],
    Dimension.OS: ["ios", "android", "other"],
    Dimension.BROWSER: ["chrome", "safari"],
    Dimension.LANGUAGE: ["fr", "fr-CA", "fr-FR", "en", "es-419"],
    Dimension.SEGMENT: ["a", "b", "c"],
    Dimension.PLACEMENT: ["home", "side"],
}
KEYS = ["room", "style"]
TEXTS = ["bedroom", "kitchen", "3", "true"]


def subsets(pool, min_size=1):
    return st.frozensets(st.sampled_from(pool), min_size=min_size)


def dayparts():
    starts, ends = st.integers(0, 1439), st.integers(1, 1440)
    windows = st.builds(Daypart, subsets(WEEKDAYS), starts, ends)
    return windows.filter(lambda it: it.start_minute != it.end_minute)


ops = st.sampled_from(Op)
leaves = st.one_of(
    st.one_of([st.builds(Leaf, st.just(name), ops, subsets(pool)) for name, pool in POOLS.items()]),
    st.builds(KeyValueLeaf, st.sampled_from(KEYS), ops, subsets(TEXTS)),
    st.builds(DaypartLeaf, ops, st.frozensets(dayparts(), min_size=1, max_size=3)),
)


def groups_of(children):
    some = st.lists(children, min_size=1, max_size=4).map(tuple)
    return st.one_of(st.builds(All, some), st.builds(Any_, some), st.builds(Not, children))


nested = leaves
for _ in range(3):
    nested = leaves | groups_of(nested)
rules = st.one_of(
    st.builds(Everyone), nested, st.builds(All, st.lists(leaves, min_size=1).map(tuple))
)

places = st.sampled_from(
    [("", ""), ("FR", ""), ("CA", ""), ("CA", "CA-ON"), ("CA", "CA-QC"), ("US", "US-NY")]
)
# Hypothesis takes naive bounds. The months have both changes of the clocks in them.
FIRST, LAST = datetime(2026, 3, 1), datetime(2026, 12, 1)  # noqa: DTZ001
moments = st.datetimes(FIRST, LAST, timezones=st.just(ZoneInfo("America/Toronto")))


@st.composite
def contexts(draw):
    country, region = draw(places)
    word = {name: draw(st.sampled_from(["", *pool])) for name, pool in POOLS.items()}
    values = st.sampled_from(TEXTS) | st.lists(st.sampled_from(TEXTS), min_size=1).map(tuple)
    return RequestContext(
        local_time=draw(moments),
        country=country,
        region=region,
        device_type=word[Dimension.DEVICE_TYPE],
        os=word[Dimension.OS],
        browser=word[Dimension.BROWSER],
        language=word[Dimension.LANGUAGE],
        placement_key=word[Dimension.PLACEMENT],
        segments=draw(subsets(POOLS[Dimension.SEGMENT], min_size=0)),
        key_values=draw(st.dictionaries(st.sampled_from(KEYS), values)),
    )


GRAMMAR = ["all", "any", "not", "dimension", "op", "in", "not_in", "values", "key", "daypart"]
words = st.sampled_from(
    [*GRAMMAR, *POOLS, "days", "from", "to", "mon", "09:00", "24:00", "CA", "UK"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | words
any_json = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(words | st.text(max_size=3), inner, max_size=4)
        | st.fixed_dictionaries(
            {"dimension": words, "op": st.sampled_from(Op), "values": inner},
            optional={"key": inner},
        )
    ),
    max_leaves=12,
)


@given(rules)
def test_a_rule_written_and_read_is_the_same_rule(rule):
    written = to_json(rule)
    assert parse(written) == rule
    assert json.dumps(to_json(parse(json.loads(json.dumps(written))))) == json.dumps(written)


@given(rules, contexts())
def test_the_compiled_rule_agrees_with_the_verdict(rule, context):
    verdict = evaluate(rule, context)
    assert compile_rule(rule)(context) is verdict.matched
    assert verdict.failed == "" if verdict.matched else verdict.failed in dimensions(rule)


@given(rules, contexts())
def test_not_turns_every_verdict_round(rule, context):
    assert evaluate(Not(rule), context).matched is not evaluate(rule, context).matched


@given(rules, contexts())
def test_a_rule_that_fits_the_form_means_the_same_after_it(rule, context):
    form = form_from_rule(rule)
    if form is not None:
        again = rule_from_form(form)
        assert evaluate(again, context).matched is evaluate(rule, context).matched
        assert (form_again := form_from_rule(again))
        assert rule_from_form(form_again) == again


@given(rules)
def test_every_rule_can_be_described(rule):
    sentence = describe(rule)
    assert sentence.startswith("Matches ")
    assert sentence.endswith(".")
    assert "unknown" not in sentence


def outcome(data):
    try:
        return to_json(parse(data))
    except TargetingRejected as rejected:
        return rejected


@given(any_json)
def test_any_json_is_a_rule_or_is_rejected_with_reasons(data):
    read = outcome(data)
    if isinstance(read, TargetingRejected):
        assert read.problems
        assert str(read)
    else:
        assert outcome(read) == read


@given(dayparts(), moments)
def test_a_daypart_covers_the_same_minutes_every_week(daypart, moment):
    matches = compile_rule(DaypartLeaf(Op.IN, frozenset({daypart})))
    later = moment + timedelta(days=7)
    assert matches(RequestContext(moment)) is matches(RequestContext(later))
