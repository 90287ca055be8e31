"""The one place that builds SQL for reports: every statement is bound to one tenant; pure.

Identifiers come from our enums; every value is a parameter. A statement has three layers: ``arms``
read the tables, ``keyed`` names each row's bucket and dimensions, and the outermost adds up.
"""

from reporting.queries.funnel import funnel, without_user
from reporting.queries.keyed import Reading
from reporting.queries.report import everything, rows, same_rows, top_values, totals
from reporting.queries.statement import Statement

__all__ = [
    "Reading",
    "Statement",
    "everything",
    "funnel",
    "rows",
    "same_rows",
    "top_values",
    "totals",
    "without_user",
]
