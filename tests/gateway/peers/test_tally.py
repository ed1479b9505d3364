"""What a peer counts of pushes, in whatever order the network brings them."""

import pytest

from gateway.peers.tally import Copies, Tally


@pytest.mark.parametrize(
    ("flags", "problems"),
    [
        ([False], 0),
        ([False, True, True], 0),
        ([True, False], 0),  # found by the simulation: the repeat was faster than the first
        ([True, True], 0),  # the first was lost
        ([False, False], 1),
        ([True, False, False], 1),
    ],
)
def test_all_copies_but_one_are_flagged(flags: list[bool], problems: int) -> None:
    tally = Tally()
    copies = Copies(tally)
    for flagged in flags:
        copies.came("P1", flagged=flagged)
    assert (tally.pushed, tally.repeated) == (1, len(flags) - 1)
    assert len(tally.problems) == problems
