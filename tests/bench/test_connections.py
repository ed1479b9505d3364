"""FAULTS B2, B7, C8, C10, C14 and O2 at full size, with their figures: `make soak` on a machine that is free.

The small cases are in tests/sheets/test_faulty_wire.py. Each figure has its baseline from the same run.
"""

import pytest

from bench import connections, sick
from tests.soak import soak_only

pytestmark = [pytest.mark.slow, soak_only, pytest.mark.timeout(1800)]


@pytest.mark.fault("C10", "10,000 idle connections: at most 150 MB, a request among them at most 5 ms later")
def test_ten_thousand_idle_connections() -> None:
    figures = connections.idle(10_000)
    assert figures["all_there"]
    assert figures["grown_mb"] <= 150
    assert figures["among_p50_ms"] <= figures["alone_p50_ms"] + 5


@pytest.mark.fault("C14", "100,000 opens and closes: memory and descriptors as after the first tenth")
def test_a_hundred_thousand_opens_and_closes() -> None:
    figures = connections.churn(100_000)
    assert figures["sessions"] == 1
    assert figures["descriptors"] <= figures["descriptors_after_a_tenth"]
    assert figures["grown_mb"] <= 5


@pytest.mark.fault("C8", "2,000 lines of core and ebank after a kill and a restart: signed on within 60 s")
def test_two_thousand_come_back() -> None:
    again = connections.reconnect(2_000)["again_seconds"]
    assert again is not None
    assert again <= 60


@pytest.mark.fault("B2", "5,000 of them: all closed at their deadline, a request meanwhile as before")
def test_five_thousand_slow_lorises() -> None:
    figures = connections.loris(5_000)
    assert figures["closed_at_their_deadline"] == 5_000
    assert figures["p99_ratio"] <= 1.2


@pytest.mark.fault("B7", "1,000 of them, 33 MB on a budget of 8 MB: all answered, memory within it")
def test_a_thousand_largest_frames() -> None:
    figures = connections.largest(1_000)
    assert figures["answered"] == 1_000
    assert (
        figures["most_grown_mb"] <= 60
    )  # the lines, a read of each, the budget, and what is being committed


@pytest.mark.fault("O2", "silent, slow, flapping and refusing: the healthy ones' p99 moves by less than 20 %")
@pytest.mark.parametrize("kind", sick.KINDS)
def test_a_sick_system_is_not_felt(kind: str) -> None:
    figures = sick.run(6, (kind,))[kind]
    assert figures["p99_ratio"] <= 1.2
