"""The whole hub and six systems under one seed: a few fixed ones in `make test`, any number in `make soak`.

docs/simulation.md tells how to replay one.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.soak import soak_only

from .scenario import Outcome, Plan, simulate

FIXED = (15, 17)
SMALL = Plan(systems=("core", "loan", "card"), customers=2)


@cache
def outcome(seed: int) -> Outcome:
    with TemporaryDirectory() as folder:
        return simulate(seed, Path(folder))


def check(run: Outcome, written: Path) -> None:
    if run.findings:
        written.write_text("\n".join(run.trace.lines), encoding="utf-8")
        found = "\n".join(run.findings)
        pytest.fail(f"seed {run.seed} (trace: {written}):\n{found}\n…\n" + "\n".join(run.trace.lines[-30:]))


@pytest.mark.fault("D2", "a whole bank on a store that is locked and slow, under two seeds; in the soak any")
@pytest.mark.fault("D3", "the disk is full for a while, under the same")
@pytest.mark.fault("D5", "the database goes away and comes back, under the same")
@pytest.mark.fault("D6", "commits that were made and were undone, and nobody was told, under the same")
@pytest.mark.fault("C3", "half-open lines of every system, under the same")
@pytest.mark.fault("O3", "systems that die after a push was applied, under the same")
@pytest.mark.fault("P3", "replies late, twice and for pushes long settled, under the same")
@pytest.mark.fault("X3", "the hub's clock is an hour off and right again, under the same")
@pytest.mark.parametrize("seed", FIXED)
def test_what_is_promised_holds_whatever_happens(seed: int, tmp_path: Path) -> None:
    check(outcome(seed), tmp_path / "trace.txt")


def test_the_fixed_seeds_meet_every_kind_of_fault() -> None:
    met = sum((outcome(seed).trace.met for seed in FIXED), Counter())
    store = {f"store {trouble}" for trouble in ("locked", "slow", "full", "failing", "away")}
    commits = {"commit made and nobody told", "commit undone and nobody told"}
    network = {"reset", "frozen", "ended", "connect refused", "connect unanswered"}
    machines = {"hub crashed", "hub told to stop", "system crashed", "clock set"}
    assert (store | commits | network | machines) - met.keys() == set()


def test_a_seed_replays_to_the_last_byte(tmp_path: Path) -> None:
    first, second = (simulate(7, tmp_path / name, SMALL) for name in ("first", "second"))
    assert first.trace.lines == second.trace.lines
    assert first.digest == second.digest
    assert len(first.trace.lines) > 100


def seeds() -> Iterator[int]:
    """ECIF_SIM_SEED: the first. ECIF_SIM_SEEDS: how many, or ECIF_SIM_MINUTES: for how long."""
    first = int(os.environ.get("ECIF_SIM_SEED", "1000"))
    minutes = float(os.environ.get("ECIF_SIM_MINUTES", "0"))
    ends = time.monotonic() + 60 * minutes
    count = int(os.environ.get("ECIF_SIM_SEEDS", "0" if minutes else "50"))
    seed = first
    while seed < first + count or time.monotonic() < ends:
        yield seed
        seed += 1


@pytest.mark.slow
@soak_only
def test_many_seeds(tmp_path: Path) -> None:
    for seed in seeds():
        check(simulate(seed, tmp_path / str(seed)), tmp_path / f"{seed}.txt")
