from gateway.pace import Pace


class Time:
    """Stands still unless slept through."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def test_no_more_than_so_many_a_second() -> None:
    time = Time()
    pace = Pace(200, time.clock, time.sleep)
    for _ in range(20):
        pace.wait(50)
    assert abs(time.now - 105) < 1e-6


def test_lost_time_is_not_caught_up_on() -> None:
    time = Time()
    pace = Pace(10, time.clock, time.sleep)
    time.now += 60  # the database was slow
    for _ in range(10):
        pace.wait(10)
    assert time.now > 169


def test_portions_of_a_second_at_most() -> None:
    assert [Pace(rate).portion(50) for rate in (0.1, 7, 1000)] == [1, 7, 50]
