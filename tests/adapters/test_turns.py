"""Turns on a line: one request open, repeats after NAK, the counts that end it."""

from math import inf

from adapters.turns import TurnLimits, Turns

LIMITS = TurnLimits(answer_seconds=5, naks=3)


def test_a_request_waits_for_the_answer_to_the_one_before() -> None:
    turns = Turns(LIMITS)
    assert turns.ask("1", b"one", 0) == [b"one"]
    assert turns.ask("2", b"two", 1) == []
    assert turns.ask("3", b"three", 2) == []
    assert turns.answered("9", 3) == []
    assert turns.answered("2", 3) == []
    assert turns.answered("1", 3) == [b"two"]
    assert turns.answered("1", 4) == []
    assert turns.answered("2", 4) == [b"three"]
    assert turns.answered("3", 5) == []
    assert not turns.is_open("3")


def test_the_time_runs_from_when_a_request_left() -> None:
    turns = Turns(LIMITS)
    assert turns.deadline() == inf
    turns.ask("1", b"one", 10)
    turns.ask("2", b"two", 11)
    assert turns.deadline() == 15
    turns.answered("1", 13)
    assert turns.deadline() == 18
    turns.refused(14)
    assert turns.deadline() == 19, "it left again"
    turns.answered("2", 16)
    assert turns.deadline() == inf


def test_a_nak_repeats_the_open_request_then_the_last_reply() -> None:
    turns = Turns(LIMITS)
    assert turns.refused(0) == [], "nothing was said"
    turns.reply(b"first")
    turns.reply(b"reply")
    assert turns.refused(0) == [b"reply"]
    turns.ask("1", b"request", 0)
    assert turns.refused(0) == [b"request", b"reply"]


def test_three_naks_for_one_frame_end_the_line() -> None:
    turns = Turns(LIMITS)
    turns.ask("1", b"request", 0)
    assert turns.refused(0) == [b"request"]
    turns.reply(b"reply")
    assert turns.refused(0) == [b"request", b"reply"]
    assert turns.refused(0) is None, "the request's third"


def test_another_frame_counts_anew() -> None:
    turns = Turns(LIMITS)
    for reply in (b"one", b"two", b"three"):
        turns.reply(reply)
        assert turns.refused(0) == [reply]
        assert turns.refused(0) == [reply]


def test_three_damaged_frames_in_a_row_end_the_line() -> None:
    turns = Turns(LIMITS)
    assert [turns.damaged(), turns.damaged()] == [True, True]
    turns.heard()
    assert [turns.damaged(), turns.damaged(), turns.damaged()] == [True, True, False]
