from gateway.backoff import Backoff, pause


def test_pause_doubles_up_to_the_cap() -> None:
    pauses = [pause(n, first=1, cap=300, jitter=0) for n in range(1, 12)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_jitter_takes_off_at_most_half() -> None:
    assert pause(5, first=1, cap=300, jitter=1) == 8
    assert pause(10_000, first=1, cap=300, jitter=0) == 300


def test_success_starts_anew() -> None:
    backoff = Backoff(first=1, cap=300)
    for _ in range(20):
        backoff.failed()
    assert 150 <= backoff.failed() <= 300
    backoff.succeeded()
    assert 0.5 <= backoff.failed() <= 1
