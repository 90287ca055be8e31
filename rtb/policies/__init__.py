"""Policies as code: what no campaign may do, written in Rego and evaluated in process.

``library`` reads the platform's own from platform/*.rego, ``accounts`` each account's from the
database, ``compiled`` evaluates them over the documents of ``facts``, ``audit`` keeps what changed.
docs/policies.md is for those who write policies.
"""

from rtb.policies.compiled import CompiledPolicies, Denial, Policies

__all__ = ["CompiledPolicies", "Denial", "Policies"]
