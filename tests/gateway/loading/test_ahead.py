"""An iterator in another process: its items in order, its troubles here, and no process left behind."""

import multiprocessing
import os

import pytest

from gateway.loading.ahead import ReaderLost, ahead

LARGE = 1_000_000


def counting(upto):
    yield from (b"x" * LARGE + str(number).encode() for number in range(upto))


def failing():
    yield 1
    raise FileNotFoundError("gone")


def dying():
    yield 1
    os._exit(3)


def test_items_come_in_order_from_another_process():
    with ahead(counting, 3) as items:
        assert [item[LARGE:] for item in items] == [b"0", b"1", b"2"]
    with ahead(own_number) as items:
        assert list(items) != [os.getpid()]


def own_number():
    yield os.getpid()


def test_what_is_raised_there_is_raised_here():
    with ahead(failing) as items, pytest.raises(FileNotFoundError, match="gone"):
        list(items)


def test_a_process_that_dies_is_no_end_of_the_items():
    with ahead(dying) as items:
        assert next(items) == 1
        with pytest.raises(ReaderLost):
            next(items)


def test_who_leaves_early_ends_the_process():
    with ahead(counting, 1_000_000) as items:
        next(items)
    assert multiprocessing.active_children() == []


def test_the_next_item_is_unpacked_beside_a_call():
    with ahead(counting, 2) as items:
        for number in range(2):
            items.unpack()
            items.unpack()  # begun already
            assert next(items)[LARGE:] == str(number).encode()
        items.unpack()
        with pytest.raises(StopIteration):
            next(items)


def test_who_leaves_while_an_item_comes_ends_the_process():
    with ahead(counting, 1_000_000) as items:
        items.unpack()
    assert multiprocessing.active_children() == []
