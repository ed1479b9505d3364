"""A hub with one promise broken is found out, or the simulation shows nothing."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import trio

from ecif import pushing
from ecif.reconcile.push import on_confirm
from tests.promises.replies_first import RepliesFirst

from .faults import Victim
from .scenario import Plan, simulate

TWO = Plan(systems=("core", "loan"), customers=5)


def found(seed: int, folder: Path, plan: Plan, what: str) -> bool:
    return any(finding.startswith(what) for finding in simulate(seed, folder, plan).findings)


async def fill_the_disk(victim: Victim, rng: Random) -> None:
    """Again and again."""
    while True:
        victim.disk.begin("full", 2)
        await trio.sleep(3)


def test_a_hub_that_replies_before_it_commits(tmp_path: Path) -> None:
    plan = replace(TWO, faults=(fill_the_disk,), intake_class=RepliesFirst)
    assert found(2, tmp_path, plan, "lost: ")


def test_a_hub_that_believes_it_delivered_what_it_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pushing.on_sent
    monkeypatch.setattr(
        pushing,
        "on_sent",
        lambda record, flying, since: on_confirm(real(record, flying, since), flying.id, flying.sent),
    )
    assert found(1, tmp_path, TWO, "delivered: ")
