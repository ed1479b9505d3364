"""What came up lately is here, whatever came before it, and no more than two generations are."""

from ecif.kept import Kept


def test_what_nobody_asked_for_since_is_forgotten() -> None:
    kept: Kept[int, str] = Kept(2)
    for number in range(4):
        kept.put(number, str(number))
    assert kept.get(0) == "0"  # old, and asked for: young again
    kept.put(4, "4")

    assert (kept.get(0), kept.get(1)) == ("0", None)


def test_a_whole_batch_is_kept_although_it_is_larger() -> None:
    kept: Kept[int, str] = Kept(2)
    kept.put(-1, "before")
    kept.put_all({number: str(number) for number in range(5)})

    assert [kept.get(number) for number in range(5)] == ["0", "1", "2", "3", "4"]


def test_no_more_than_two_batches_are_kept() -> None:
    kept: Kept[int, str] = Kept(2)
    for batch in range(10):
        kept.put_all({5 * batch + number: "" for number in range(5)})

    assert len(kept) == 10
