"""Service and store against the model, over random scripts with crashes.

ECIF_SYNC_SCRIPTS says how many scripts the fast tests run; a tenth of that runs here, or as many as
ECIF_SYNC_STORE_SCRIPTS says. ECIF_SYNC_SEED begins elsewhere. `make soak` runs 10,000.
"""

import os
import random

import pytest

from tests.soak import SOAK

from . import driver, shipped
from .driver import PARTIES, Disagreement
from .hub import CrashWorld, ServiceHub
from .shipped import ShippedHub

USUAL = 10_000 if SOAK else int(os.environ.get("ECIF_SYNC_SCRIPTS", 600)) // 10
SCRIPTS = int(os.environ.get("ECIF_SYNC_STORE_SCRIPTS", USUAL))
SEED = int(os.environ.get("ECIF_SYNC_SEED", "0"))
CRASHES = 0.05


def play(build, variant, ops, parties):
    world = CrashWorld(
        build, variant.confs, parties=parties, fifo=variant.fifo, eps=variant.eps, reverts=variant.reverts
    )
    for op in ops:
        world.step(op)
    if world.drain(600) is None:
        raise Disagreement("pushes do not end")
    world.compare(world.recs)
    bad = [v for v in world.verdicts() if v[0][:2] in ("P2", "in")]
    if bad and variant.honest and variant.fifo is not False:
        raise Disagreement(f"{bad[0]}")


def with_crashes(ops, seed):
    rng = random.Random(seed)
    return [step for op in ops for step in ([op, ("hub_crash",)] if rng.random() < CRASHES else [op])]


@pytest.mark.fault("M3", "random interleavings against the model")
@pytest.mark.fault("M4", "random interleavings of all systems, crashes and losses")
@pytest.mark.fault("M6", "echoes cut and recoded by the shipped mappings")
@pytest.mark.fault("O3", "lost replies in random scripts")
@pytest.mark.parametrize(
    ("build", "scripts", "parties"),
    [(ServiceHub, driver.scripts, PARTIES), (ShippedHub, shipped.scripts, shipped.PARTIES)],
    ids=["model's systems", "shipped mappings"],
)
@pytest.mark.slow
@pytest.mark.timeout(0)
def test_every_step_agrees_with_the_model(build, scripts, parties):
    for number, (variant, ops) in enumerate(scripts(SCRIPTS, SEED), SEED):
        ops = with_crashes(ops, number)
        try:
            play(build, variant, ops, parties)
        except Disagreement as difference:
            raise AssertionError(f"{variant.name} (script {number}): {difference}; {ops}") from None


def test_the_shipped_mappings_do_lose_what_the_scripts_are_about():
    core, ebank, loan = shipped.A, shipped.B, shipped.C
    assert [core.proj("a", value) for value in ("pp1", "pp2", "qq1", "p")] == ["pp", "pp", "qq", "p"]
    assert loan.proj("a", "pp1") == "pp"
    assert ebank.proj("a", "pp1") == "pp1"
    assert loan.proj("c", "m") is None
    assert core.proj("b", "pp1") == "pp1"
