"""What the demo is told."""

import pytest

from adplatform.demo.play import positive


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "soon"])
def test_a_rate_or_duration_must_be_above_zero(text):
    with pytest.raises(ValueError, match=r".+"):
        positive(text)
