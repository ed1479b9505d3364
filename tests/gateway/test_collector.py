"""The collector of a process that works in batches."""

import gc

from gateway.collector import BATCHES_OBJECTS, in_batches


def test_it_looks_as_often_as_before_once_the_batches_are_done() -> None:
    before = gc.get_threshold()
    with in_batches():
        assert gc.get_threshold()[0] == BATCHES_OBJECTS

    assert gc.get_threshold() == before
