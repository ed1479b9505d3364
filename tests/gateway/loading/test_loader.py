"""What a load does when the store or one record makes trouble."""

from itertools import chain

import pytest

from ecif.messages import Reply
from ecif.store.errors import Crossed, StoreFull, StoreLocked
from gateway.loading.loader import PAUSES, Loader

GOOD = (Reply("0000"), False)


class Takes:
    """Raises what it is told first, and for the poison always."""

    def __init__(self, *troubles):
        self.troubles, self.batches, self.aside = list(troubles), [], []

    def take_new(self, batch, now):
        if self.troubles:
            raise self.troubles.pop(0)
        if "poison" in batch:
            raise ValueError("a customer's name")
        self.batches.append(list(batch))
        return [GOOD for _ in batch]

    def set_aside(self, command, reason, now):
        self.aside.append((command, reason))
        return Reply("9999")


def loader(takes, pauses):
    return Loader(takes, lambda: 1, sleep=pauses.append)


def test_a_record_that_makes_the_service_raise_stands_alone():
    takes = Takes()
    assert loader(takes, []).commit(["a", "b", "poison", "c", "d"]) == [
        GOOD, GOOD, (Reply("9999"), False), GOOD, GOOD,
    ]  # fmt: skip
    assert list(chain(*takes.batches)) == ["a", "b", "c", "d"]
    ((command, reason),) = takes.aside
    assert command == "poison"
    assert reason.startswith("ValueError at test_loader.py:")


def test_a_locked_database_is_tried_again():
    pauses = []
    assert loader(Takes(StoreLocked("x"), Crossed("y")), pauses).commit(["a"]) == [GOOD]
    assert pauses == list(PAUSES[:2])


@pytest.mark.parametrize("trouble", [StoreLocked, StoreFull])
def test_a_store_that_cannot_ends_the_load(trouble):
    takes = Takes(*[trouble("x") for _ in range(9)])
    with pytest.raises(trouble):
        loader(takes, []).commit(["a"])
