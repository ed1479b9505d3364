"""A link depends on every column, on what came before and on the snapshot; nothing can be shifted across."""

import pytest

from ecif.chaining import ALGORITHMS, COLUMNS, algorithm_of, link

EVENT = {
    "ecif_no": "100000000001", "seq": 3, "version": 2, "cause": "image", "system": "core", "message_id": 7,
    "actor": None, "reason": None, "holds_from": 11, "stored_at": 13, "difference": '{"risk":["R1","R2"]}',
}  # fmt: skip


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_link_names_its_algorithm(algorithm):
    made = link("", EVENT, algorithm=algorithm)
    assert algorithm_of(made) == algorithm
    assert len(made.removeprefix("sm3:")) == 64


@pytest.mark.parametrize("column", [*COLUMNS, "difference"])
def test_every_column_counts(column):
    other = "x" if isinstance(EVENT[column], str | None) else 99
    assert link("", EVENT) != link("", EVENT | {column: other})


def test_what_came_before_and_the_snapshot_count():
    assert len({link(*known) for known in (("", EVENT), ("a", EVENT), ("", EVENT, "a"))}) == 3


def test_nothing_moves_from_one_part_to_another():
    moved = EVENT | {"difference": EVENT["difference"] + "\n[]"}
    assert link("", EVENT, "[]") != link("", moved)  # a line break is never in JSON as this program writes it
    assert link("", EVENT | {"actor": "a", "reason": "b"}) != link("", EVENT | {"actor": "ab", "reason": ""})
