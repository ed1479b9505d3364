"""The whole hub and six systems under one seed: a few fixed ones in `make test`, any number in `make soak`.

docs/simulation.md tells how to replay one.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.soak import soak_only

from .scenario import Plan, simulate

FIXED = (2, 5, 101)
SMALL = Plan(systems=("core", "loan", "card"), customers=3)


def check(seed: int, folder: Path, plan: Plan | None = None) -> None:
    outcome = simulate(seed, folder, plan)
    if outcome.findings:
        written = folder / "trace.txt"
        written.write_text("\n".join(outcome.trace.lines), encoding="utf-8")
        found = "\n".join(outcome.findings)
        pytest.fail(f"seed {seed} (trace: {written}):\n{found}\n…\n" + "\n".join(outcome.trace.lines[-30:]))


@pytest.mark.parametrize("seed", FIXED)
def test_what_is_promised_holds_whatever_happens(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)


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
        check(seed, tmp_path / str(seed))
