import pytest

from gateway.backoff import Backoff
from gateway.breaker import IN_A_ROW, Breaker


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(Backoff(first=1, cap=300, chance=lambda: 0.0))


def test_what_cannot_be_reached_is_left_alone_then_tried_with_one(breaker: Breaker) -> None:
    breaker.unreached(begun=10.0, now=10.0)
    assert [breaker.allowed(8, 0, now) for now in (10.9, 11.0)] == [0, 1]
    assert breaker.allowed(8, 1, 11.0) == 0
    breaker.unreached(begun=11.0, now=11.0)
    assert [breaker.allowed(8, 0, now) for now in (12.9, 13.0)] == [0, 1]
    breaker.answered()
    assert breaker.allowed(8, 3, 13.0) == 5


def test_one_message_that_it_stumbles_over_stops_nothing(breaker: Breaker) -> None:
    for now in range(100):
        for _ in range(IN_A_ROW - 1):
            breaker.unanswered(begun=now, now=now)
        assert breaker.allowed(8, 0, now) == 8
        breaker.answered()


def test_who_never_answers_is_left_alone(breaker: Breaker) -> None:
    for _ in range(IN_A_ROW):
        breaker.unanswered(begun=10.0, now=11.0)
    assert [breaker.allowed(8, 0, now) for now in (11.9, 12.0)] == [0, 1]


def test_exchanges_that_were_under_way_together_count_once(breaker: Breaker) -> None:
    for _ in range(8):
        breaker.unreached(begun=10.0, now=10.5)
    assert breaker.failures == 1
    assert breaker.allowed(8, 0, 11.5) == 1
