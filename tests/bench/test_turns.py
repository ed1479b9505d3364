"""Turns which the machine left alone are compared; how much it takes itself is no matter of a test."""

import time

import pytest

from bench.missed import NotMeasured
from bench.turns import QUIET, Moment, Turn, compared, enough, stolen


def test_what_was_stolen_is_a_share_of_all_time() -> None:
    assert stolen(Moment(0.0, 10, 1_000), Moment(5.0, 60, 2_000)) == pytest.approx(0.05)


def test_a_moment_is_read_from_this_machine() -> None:
    since = Moment.now()
    time.sleep(0.05)
    until = Moment.now()
    assert until.at > since.at
    assert until.ticks > since.ticks
    assert 0 <= stolen(since, until) <= 1


def test_disturbed_turns_do_not_count() -> None:
    turns = [
        Turn("alone", 0.0, [10.0] * 50),
        Turn("beside", 0.0, [11.0] * 50),
        Turn("alone", QUIET * 2, [900.0] * 50),
        Turn("beside", 0.0, []),
    ]
    figures = compared(turns, "alone", "beside")
    assert figures["p99_ratio"] == figures["p50_ratio"] == 1.1
    assert (figures["alone"]["turns"], figures["alone"]["quiet"]) == (2, 1)
    assert figures["alone"]["p99_ms_of_each"] == [10.0]
    assert enough(turns, ("alone", "beside"), 1)
    assert not enough(turns, ("alone", "beside"), 2)


def test_no_quiet_turn_is_no_figure() -> None:
    with pytest.raises(NotMeasured, match="none was left alone"):
        compared([Turn("alone", 0.5, [1.0, 2.0])], "alone", "beside")
