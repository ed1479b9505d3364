"""What was counted in each ten seconds of the last hour."""

import trio
import trio.testing

from gateway.statistics import Counters
from gateway.telemetry.rates import KEPT, Rates


def test_each_row_holds_what_came_since_the_one_before() -> None:
    counters = Counters()
    rates = Rates(counters, lambda: 100.0)
    counters.came("core", "CU01", "0000", 0.25)
    counters.came("core", "CU01", "1003", 0.5)
    counters.went("ebank", "0x30", "sent")
    rates.look()
    rates.look()
    assert rates.rows() == [(100.0, 2, 1, 1, 0.75, 2), (100.0, 0, 0, 0, 0.0, 0)]


async def test_an_hour_is_kept(autojump_clock: trio.testing.MockClock) -> None:
    rates = Rates(Counters(), trio.current_time)
    with trio.move_on_after((KEPT + 5) * 10 + 1):
        await rates.run()
    rows = rates.rows()
    assert len(rows) == KEPT
    assert round(rows[-1][0] - rows[0][0]) == (KEPT - 1) * 10
