"""Sets of ads: what rules remember stays bounded and right."""

from rtb.rules.sets import MEMORY_BYTES, MOST_ANSWERS, Memo, by_value, size_of, union, where
from tests.rtb.line_items import ads_of


def remembering(ads=10):
    asked = []

    def answer(key):
        asked.append(key)
        return 5

    return asked, Memo(ads, answer)


def test_an_answer_is_asked_for_once():
    asked, memo = remembering()
    assert [memo(("a", 1)), memo(("a", 1)), memo(("b",))] == [5, 5, 5]
    assert asked == [("a", 1), ("b",)]


def test_many_small_answers_are_bounded_in_number():
    _, memo = remembering()
    for n in range(3 * MOST_ANSWERS):
        memo((n,))
        assert len(memo) <= MOST_ANSWERS


def test_large_questions_are_bounded_in_bytes():
    asked, memo = remembering()
    keys = [tuple(f"{n}-{word}.example" for word in range(1000)) for n in range(150)]
    for key in keys:
        memo(key)
        assert len(memo) * size_of(keys[0]) <= 1.1 * MEMORY_BYTES
    assert len(memo) > 1
    assert asked == keys


def test_a_question_too_large_to_remember_is_answered_all_the_same():
    asked, memo = remembering()
    key = tuple(str(n) for n in range(100_000))
    assert memo(key) == memo(key) == 5
    assert (len(asked), len(memo)) == (2, 0)


def test_answers_about_many_ads_are_fewer():
    _, memo = remembering(ads=1_000_000)
    for n in range(200):
        memo((n,))
    assert 1 < len(memo) * 125_000 <= MEMORY_BYTES


def test_sets_are_made_by_value():
    ads = ads_of(1, 2, 1)
    sets = by_value(ads, lambda ad: (ad.line_item.id, "all"))
    assert sets == {1: 0b101, 2: 0b010, "all": 0b111}
    assert union(sets, [2, 9]) == 0b010
    assert where(ads, lambda ad: ad.line_item.id == 1) == 0b101
