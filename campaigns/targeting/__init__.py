"""The targeting language: who a line item or a segment is for. docs/targeting.md explains it."""

from campaigns.targeting.compile import Predicate, compile_rule
from campaigns.targeting.context import RequestContext
from campaigns.targeting.describe import describe
from campaigns.targeting.evaluate import Verdict, evaluate
from campaigns.targeting.form import (
    Choice,
    DaypartChoice,
    KeyValueChoice,
    TargetingForm,
    form_from_rule,
    rule_from_form,
)
from campaigns.targeting.parse import parse
from campaigns.targeting.problems import Problem, TargetingRejected
from campaigns.targeting.rules import (
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
    Rule,
    dimensions,
)
from campaigns.targeting.serialize import to_json

__all__ = [
    "All",
    "Any_",
    "Choice",
    "Daypart",
    "DaypartChoice",
    "DaypartLeaf",
    "Dimension",
    "Everyone",
    "KeyValueChoice",
    "KeyValueLeaf",
    "Leaf",
    "Not",
    "Op",
    "Predicate",
    "Problem",
    "RequestContext",
    "Rule",
    "TargetingForm",
    "TargetingRejected",
    "Verdict",
    "compile_rule",
    "describe",
    "dimensions",
    "evaluate",
    "form_from_rule",
    "parse",
    "rule_from_form",
    "to_json",
]
