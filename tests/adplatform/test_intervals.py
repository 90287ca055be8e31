"""Wilson's interval against published values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.intervals import wilson


@pytest.mark.parametrize(
    ("successes", "trials", "expected"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_published_values(successes, trials, expected):
    assert wilson(successes, trials) == pytest.approx(expected, abs=5e-5)


def test_what_is_no_proportion_has_no_interval():
    assert wilson(0, 0) is None
    assert wilson(3, 2) is None
    assert wilson(-1, 2) is None


@given(st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_holds_the_share(counts):
    successes, trials = counts
    low, high = wilson(successes, trials) or (1.0, 0.0)
    assert 0 <= low <= round(successes / trials, 6) <= high <= 1
