"""Counters of many ads at once count like plain ones."""

from collections import Counter
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from rtb.tally import Planes, Tally, nonzero

SIZE = 70
MASKS = st.lists(st.integers(0, 2**SIZE - 1), max_size=40)


def counter(masks):
    return Counter(n for mask in masks for n in range(SIZE) if mask >> n & 1)


@given(MASKS)
def test_planes_count_as_a_loop_over_the_bits_would(masks):
    planes = Planes()
    for mask in masks:
        planes.add(mask)
    assert dict(nonzero(planes.counts(SIZE))) == counter(masks)


@given(MASKS, st.sampled_from(["", "floor"]))
def test_what_was_taken_is_counted_once(masks, reason):
    tally = Tally()
    for mask in masks:
        tally.add(3, reason, [("size", mask), ("eligible", mask)])
    requests, planes = tally.take()
    assert requests == ({(3, reason): len(masks)} if masks else {})
    for why in ("size", "eligible") if masks else ():
        assert dict(nonzero(planes[3, why].counts(SIZE))) == counter(masks)
    assert tally.take() == ({}, {})


def test_threads_count_beside_each_other():
    tally = Tally()
    taken = []

    def count(ssp_id):
        for n in range(500):
            tally.add(ssp_id % 2, "", [("size", 1 << n % 3)])
            if n % 100 == 99:
                taken.append(tally.take())

    threads = [Thread(target=count, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.append(tally.take())
    requests = sum((Counter(requests) for requests, _ in taken), Counter())
    ads = sum(int(each.counts(3).sum()) for _, planes in taken for each in planes.values())
    assert requests == {(0, ""): 1000, (1, ""): 1000}
    assert ads == 2000
