"""Service and store against the model, over random scripts with crashes; ECIF_SYNC_SCRIPTS runs more."""

import os
import random

from tests.syncmodel.driver import Disagreement, scripts
from tests.syncmodel.hub import CrashWorld, ServiceHub

SCRIPTS = int(os.environ.get("ECIF_SYNC_SCRIPTS", "2000")) // 10
SEED = int(os.environ.get("ECIF_SYNC_SEED", "0"))


def play(variant, ops):
    world = CrashWorld(ServiceHub, variant.confs, fifo=variant.fifo, eps=variant.eps, reverts=variant.reverts)
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
    return [step for op in ops for step in ([op, ("hub_crash",)] if rng.random() < 0.05 else [op])]


def test_every_step_agrees_with_the_model():
    for number, (variant, ops) in enumerate(scripts(SCRIPTS, SEED)):
        ops = with_crashes(ops, number)
        try:
            play(variant, ops)
        except Disagreement as difference:
            raise AssertionError(f"{variant.name} (script {SEED + number}): {difference}; {ops}") from None
