"""What the demo's visitors did."""

from adplatform.demo.tally import DUPLICATE_SECONDS, Tally


def test_a_person_does_not_click_again_while_it_would_be_a_duplicate():
    tally = Tally()
    assert tally.may_click("u-1", 0.0)
    assert not tally.may_click("u-1", DUPLICATE_SECONDS - 1)
    assert tally.may_click("u-2", DUPLICATE_SECONDS - 1)
    assert tally.may_click("u-1", DUPLICATE_SECONDS)
