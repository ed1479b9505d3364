"""A hub with one promise broken is found out, or the simulation shows nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from ecif import pushing
from ecif.reconcile import on_confirm
from tests.promises.replies_first import RepliesFirst

from .scenario import Plan, simulate

TWO = Plan(systems=("core", "loan"), customers=5)


def found(seed: int, folder: Path, plan: Plan, what: str) -> bool:
    return any(finding.startswith(what) for finding in simulate(seed, folder, plan).findings)


def test_a_hub_that_replies_before_it_commits(tmp_path: Path) -> None:
    assert found(2, tmp_path, replace(TWO, crashes=5, intake_class=RepliesFirst), "lost: ")


def test_a_hub_that_believes_it_delivered_what_it_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pushing.on_sent
    monkeypatch.setattr(
        pushing,
        "on_sent",
        lambda record, flying, since, dialect: on_confirm(
            real(record, flying, since, dialect), flying.id, flying.sent, dialect
        ),
    )
    assert found(1, tmp_path, TWO, "delivered: ")
