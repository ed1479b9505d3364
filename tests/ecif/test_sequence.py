"""Which of two images is the newer, where the system need not number them."""

from itertools import pairwise

import pytest

from ecif.model import Newest, PartyChange, SourceRecord
from ecif.sequence import counted, newer

RECORD = SourceRecord("teller", "1", "1", seq=4, newest=Newest(0, 100, "m"))


def change(seq=0, at=100):
    return PartyChange("1", seq, at, False, {})


@pytest.mark.parametrize(
    ("image", "than", "answer"),
    [
        (Newest(0, 101, "a"), Newest(0, 100, "m"), True),
        (Newest(0, 99, "z"), Newest(0, 100, "m"), False),
        (Newest(0, 100, "n"), Newest(0, 100, "m"), True),
        (Newest(0, 100, "m"), Newest(0, 100, "m"), False),
        (Newest(6, 1, "a"), Newest(5, 100, "m"), True),
        (Newest(5, 200, "z"), Newest(5, 100, "m"), False),
        (Newest(5, 101, "a"), Newest(0, 100, "m"), True),
        (Newest(0, 99, "z"), Newest(5, 100, "m"), False),
    ],
)
def test_seq_decides_where_both_have_one_else_the_time_else_the_id(image, than, answer):
    assert newer(image, than) is answer


def test_the_hub_counts():
    first, newest = counted(None, change(), "a")
    assert (first.seq, newest) == (1, Newest(0, 100, "a"))
    later, newest = counted(RECORD, change(at=101), "a")
    assert (later.seq, newest) == (5, Newest(0, 101, "a"))
    late, newest = counted(RECORD, change(at=99), "z")
    assert (late.seq, newest) == (4, RECORD.newest), "an image that is not newer has the record's own count"


def test_a_seq_stays_in_force_through_images_without_one():
    record, seen = RECORD, []
    for number, seq in enumerate((7, 0, 7, 8)):
        taken, newest = counted(record, change(seq, 101 + number), "x")
        seen.append(taken.seq)
        record = SourceRecord("teller", "1", "1", seq=taken.seq, newest=newest)
    assert seen == [5, 6, 6, 7]
    assert all(a <= b for a, b in pairwise(seen))


def test_the_first_image_of_a_record_that_only_carries_a_mark():
    assert counted(SourceRecord("teller", "1", "1", seq=0), change(), "a")[0].seq == 1
