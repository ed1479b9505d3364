"""Hours in which nothing is pushed, in the system's own time."""

import pytest

from gateway.quiet import QuietHours, minutes

DAY = 24 * 3600


def at(clock: str, *, day: int = 20_000) -> int:
    hours, mins = map(int, clock.split(":"))
    return (day * DAY + hours * 3600 + mins * 60) * 1_000_000


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("23:29", False), ("23:30", True), ("00:00", True), ("00:59", True), ("01:00", False), ("12:00", True)],
)
def test_over_midnight_and_several(clock: str, quiet: bool) -> None:
    assert QuietHours(["23:30-01:00", "12:00-12:01"]).holds(at(clock)) is quiet


def test_the_systems_own_time_counts() -> None:
    beijing = QuietHours(["00:00-01:00"], offset=8 * 3600)
    assert beijing.holds(at("16:30"))
    assert not beijing.holds(at("00:30"))


def test_none_are_never() -> None:
    assert not QuietHours().holds(at("00:00"))


@pytest.mark.parametrize("span", ["24:00-01:00", "1:00-2:00", "01:00", "01:00-01:00", "01:60-02:00"])
def test_what_is_no_span(span: str) -> None:
    with pytest.raises(ValueError, match=r"such as|begins when"):
        minutes(span)
