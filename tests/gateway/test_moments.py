"""Moments as people type them."""

import pytest

from gateway.moments import BadMoment, microseconds_since


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("15m", 100_000_000),
        ("1s", 999_000_000),
        ("1d", 0),
        ("1970-01-01T08:00:01+08:00", 1_000_000),
        ("1970-01-01T00:00:01.5Z", 1_500_000),
        ("1970-01-01t00:00:01z", 1_000_000),
        ("0001-01-01T00:00:00+08:00", -62_135_625_600_000_000),
    ],
)
def test_moments(text: str, microseconds: int) -> None:
    assert microseconds_since(text, now=1000.0) == microseconds


@pytest.mark.parametrize("text", ["", "15", "15 m", "yesterday", "2026-01-31T08:00:00", "-5m", "15M"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(BadMoment):
        microseconds_since(text)
