"""Ids of bids are new in every thread and process."""

import os
from concurrent.futures import ThreadPoolExecutor

from rtb import ids


def test_no_two_are_alike():
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: ids.new_rtb_id(), range(20 * ids.AHEAD)))
    assert len(set(made)) == len(made)
    assert {len(each) for each in made} == {2 * ids.ID_BYTES}


def test_a_forked_child_makes_its_own():
    ids.new_rtb_id()  # others are ready now
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, ids.new_rtb_id().encode())
        os._exit(0)
    os.close(writing)
    theirs = os.read(reading, 100).decode()
    os.close(reading)
    os.wait()
    assert len(theirs) == 2 * ids.ID_BYTES
    assert theirs not in {ids.new_rtb_id() for _ in range(2 * ids.AHEAD)}
