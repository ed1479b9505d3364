"""Single faults in the simulated bank, and how long they are felt: in mock time, so to the microsecond."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import trio

from gateway.peers.tally import percentile

from .faults import Victim, lose
from .scenario import Plan, simulate
from .weather import CALM

WELL = Plan(weather=CALM, faults=(), mishaps=0, lost_commits=0)


async def cut_the_power(victim: Victim, rng: Random) -> None:
    """Three times the systems are gone without a word and back at once: their lines are dead, and nobody says
    so."""
    for _ in range(3):
        await trio.sleep(3)
        for name in sorted(victim.peers):
            await lose(victim, name, "frozen", 0.5)


@pytest.mark.fault("C6", "all its lines are dead, three times over, and it signs on anew: core and ebank")
@pytest.mark.fault("C3", "half-open lines only: everything is delivered all the same")
def test_dead_lines_lock_nobody_out(tmp_path: Path) -> None:
    lines = 4
    plan = replace(WELL, systems=("core", "ebank"), customers=5, lines=lines, faults=(cut_the_power,))
    run = simulate(2, tmp_path, plan)
    assert run.findings == []
    assert run.trace.met["frozen"] >= 3 * lines
    assert run.numbers["pushed"] > 0
    assert run.numbers["day"] + run.numbers["settled"] < 200  # core may be silent for 90 s, ebank for 60


@pytest.mark.fault("O2", "a system that takes a push a second: the others' answers take no longer")
def test_a_slow_system_slows_nobody_else(tmp_path: Path) -> None:
    found = {}
    for seconds in (0.0, 1.0):
        plan = replace(WELL, systems=("core", "loan", "ebank"), customers=8, pause_seconds=0.2)
        run = simulate(3, tmp_path / str(seconds), replace(plan, push_seconds={"core": seconds}))
        assert run.findings == []
        found[seconds] = [percentile(run.waits(but="core"), share) for share in (0.5, 0.99)]
    for slow, well in zip(found[1.0], found[0.0], strict=True):
        assert slow <= 1.2 * well, found
