"""The index never leaves out what a rule would accept."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from adserving.index import Index, build, decides
from adserving.reasons import Reason
from campaigns.targeting import Everyone, RequestContext, Rule, compile_rule, parse
from tests.campaigns.test_targeting_properties import contexts, rules


@dataclass(frozen=True)
class Item:
    rule: Rule
    state: Reason | None = None


def indexed(items: list[Item]) -> Index[Item]:
    return build(items, rule=lambda item: item.rule, state=lambda item: item.state)


@given(rules=st.lists(rules, max_size=12), context=contexts())
def test_what_it_leaves_out_its_rule_refuses(rules, context):
    items = [Item(rule) for rule in rules]
    kept, left_out = indexed(items).candidates(context)
    matching = [item for item in items if compile_rule(item.rule)(context)]
    assert [item for item in kept if compile_rule(item.rule)(context)] == matching
    assert len(kept) + left_out.total() == len(items)


@given(rules=st.lists(rules, max_size=12), context=contexts())
def test_a_rule_that_it_decides_needs_no_second_look(rules, context):
    items = [Item(rule) for rule in rules if decides(rule)]
    kept, _ = indexed(items).candidates(context)
    assert all(compile_rule(item.rule)(context) for item in kept)


def test_it_decides_plain_conditions_and_nothing_else():
    assert decides(Everyone())
    assert decides(parse({"country": ["CA"], "room": "bedroom"}))
    assert not decides(parse({"any": [{"country": ["CA"]}, {"room": "bedroom"}]}))


@given(context=contexts(), values=st.lists(st.sampled_from(["CA", "US", "FR"]), min_size=1))
def test_plain_conditions_leave_nothing_to_look_at_in_vain(context, values):
    items = [Item(parse({"country": value, "room": "bedroom"})) for value in values]
    kept, _ = indexed(items).candidates(context)
    assert all(compile_rule(item.rule)(context) for item in kept)


@given(context=contexts())
def test_what_configuration_rules_out_is_counted_by_its_reason(context):
    off = Item(Everyone(), Reason.CAMPAIGN_NOT_ACTIVE)
    kept, left_out = indexed([off, Item(Everyone()), off]).candidates(context)
    assert len(kept) == 1
    assert left_out == {Reason.CAMPAIGN_NOT_ACTIVE: 2}


def test_an_empty_index_has_no_candidates():
    assert Index().candidates(RequestContext(datetime.now(UTC))) == ([], {})
