from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.clock import SECOND, nearest_year, offset_seconds, to_microseconds, to_text

BEIJING = 8 * 3600


def test_beijing_is_eight_hours_ahead_of_utc() -> None:
    at = datetime(2026, 1, 5, 1, 30, 2, tzinfo=UTC).timestamp()
    assert to_microseconds("20260105093002", BEIJING) == int(at) * SECOND


@given(st.integers(min_value=-60_000_000_000, max_value=250_000_000_000), st.integers(-43_200, 50_400))
def test_text_and_number_are_inverse(seconds: int, offset: int) -> None:
    assert to_microseconds(to_text(seconds * SECOND, offset), offset) == seconds * SECOND


def test_the_fraction_of_a_second_is_cut() -> None:
    assert to_text(SECOND - 1, 0) == "19700101000000"


@pytest.mark.parametrize(
    ("zone", "seconds"), [("+08:00", BEIJING), ("-03:30", -12_600), ("+00:00", 0), ("+05:45", 20_700)]
)
def test_zones_are_offsets(zone: str, seconds: int) -> None:
    assert offset_seconds(zone) == seconds


@pytest.mark.parametrize("zone", ["8", "+8:00", "+08:60", "Asia/Shanghai", "08:00", "+08:00 "])
def test_anything_else_is_no_zone(zone: str) -> None:
    with pytest.raises(ValueError, match="offset"):
        offset_seconds(zone)


@pytest.mark.parametrize(
    ("text", "now", "found"),
    [
        ("0105093000", "20260105093002", "20260105093000"),
        ("1231235959", "20260101000001", "20251231235959"),
        ("0101000001", "20251231235959", "20260101000001"),
        ("0229120000", "20240301000000", "20240229120000"),
        ("0229120000", "20250301000000", "20240229120000"),
        ("0229120000", "20260301000000", None),
    ],
)
def test_a_time_without_a_year_is_of_the_nearest_one(text: str, now: str, found: str | None) -> None:
    assert nearest_year(text, to_microseconds(now, BEIJING), BEIJING) == found
