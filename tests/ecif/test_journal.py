import pytest

from ecif.journal import milliseconds

DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("since", "now", "took"),
    [(0, 2_500, 2), (2_500, 0, 0), (0, 30 * DAY, 2**31 - 1), (0, 24 * DAY, 24 * 86_400_000)],
)
def test_a_duration_fits_its_column_whatever_the_clock_did(since: int, now: int, took: int) -> None:
    assert milliseconds(since, now) == took
