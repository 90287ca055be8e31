"""How far a template is on its way to its end date."""

from datetime import date

import pytest

from campaigns.models import Template
from optimization.controls import horizon_gamma
from optimization.models import Learning
from tests.optimization.traffic import NOW

TODAY = NOW.date()


@pytest.mark.parametrize(
    ("start", "end", "gamma"),
    [
        (None, None, 1.0),
        (TODAY, TODAY.replace(year=TODAY.year + 1), 1.0),
        (date(2020, 1, 1), TODAY, 5.0),
        (date(2020, 1, 1), date(2020, 1, 2), 5.0),
        (None, date(2020, 1, 1), 5.0),  # over before the template was published
    ],
)
def test_gamma_rises_from_the_start_to_the_end(start, end, gamma):
    learning = Learning(template=Template(published_at=NOW), start_date=start, end_date=end)
    assert horizon_gamma(learning, NOW) == gamma
