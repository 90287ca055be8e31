"""What can be asked of reports, for ``GET /api/report/schema/``: from the same enums; pure."""

from collections.abc import Mapping
from typing import Any

from campaigns.attribution import Model
from reporting import body, filter_tree, parse
from reporting.conditions import Comparison, Operator
from reporting.dimensions import Dimension
from reporting.funnel_query import Step
from reporting.measures import APPROXIMATE, ATTRIBUTED, METRICS, Metric
from reporting.params import MAX_LIMIT, MAX_OFFSET
from reporting.period import LONGEST_PERIOD, WORDS
from reporting.query import Granularity

LIMITS = {
    "body_bytes": body.MAX_BODY_BYTES,
    "dimensions": parse.MAX_DIMENSIONS,
    "filter_conditions": filter_tree.MAX_NODES,
    "filter_depth": filter_tree.MAX_DEPTH,
    "filter_values": filter_tree.MAX_VALUES,
    "having": parse.MAX_HAVING,
    "limit": MAX_LIMIT,
    "limit_with_compare": parse.MAX_COMPARED,
    "offset": MAX_OFFSET,
    "period_days": LONGEST_PERIOD.days,
    "top_n": parse.MAX_TOP,
}


def catalogue(retention_days: Mapping[str, int]) -> dict[str, Any]:
    """Metrics, dimensions, granularities, operators, words, limits and retention."""
    return {
        "metrics": [_metric(metric) for metric in METRICS.values()],
        "dimensions": [_dimension(dimension) for dimension in Dimension],
        "granularities": list(Granularity),
        "operators": list(Operator),
        "having_operators": list(Comparison),
        "periods": [*WORDS, "last_N_days"],
        "compare": [*parse.COMPARISONS, {"from": "...", "to": "..."}],
        "attribution_models": list(Model),
        "funnel_steps": list(Step),
        "limits": LIMITS,
        "retention_days": dict(retention_days),
    }


def _metric(metric: Metric) -> dict[str, Any]:
    kind = "proportion" if metric.proportion else "ratio" if metric.is_ratio else "sum"
    return {
        "name": metric.name,
        "kind": "approximate" if metric.name in APPROXIMATE else kind,
        "help": metric.help,
        "attributed": metric.name in ATTRIBUTED,
    }


def _dimension(dimension: Dimension) -> dict[str, Any]:
    kind = "text" if dimension.is_text else "id" if dimension.is_id else "time"
    source = "single events" if dimension.is_raw_only else "counts"
    return {"name": dimension.value, "field": dimension.column, "kind": kind, "source": source}
