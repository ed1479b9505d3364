"""A paced load sends so many a second and no more, in the order in which its lines became free."""

import pytest

from bench import lines
from bench.lines import PacedLoop


def test_what_is_due_is_sent_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, sent = [100.0], []
    monkeypatch.setattr(lines.time, "perf_counter", lambda: clock[0])
    loop = PacedLoop(10)
    for name in "abcde":
        loop.turn(lambda name=name: sent.append(name))
    loop.rest()
    clock[0] += 0.25
    assert loop.rest() == pytest.approx(0.15)
    assert sent == ["a", "b", "c"]
    clock[0] += 5
    loop.rest()
    assert sent == ["a", "b", "c", "d", "e"]


def test_with_nobody_free_it_waits_for_replies() -> None:
    assert PacedLoop(10).rest() == 1.0
