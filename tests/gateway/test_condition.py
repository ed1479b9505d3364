"""What an operator's terminal shows, where hub and store answer and where they do not."""

from dataclasses import replace
from pathlib import Path

import pytest

from ecif.store.migrate import upgrade
from gateway.condition import look
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from ocrm_api.health.hub import quantile

ROOT = Path(__file__).parents[2]


@pytest.fixture
def conf(tmp_path: Path) -> Conf:
    read = read_conf(ROOT / "conf", {"ECIF_DATABASE_URL": f"sqlite:///{tmp_path / 'ecif.db'}"})
    run = read.hub.run.model_copy(update={"directory": tmp_path})
    return replace(read, hub=read.hub.model_copy(update={"run": run}))


def test_a_hub_that_is_not_there_beside_a_store_that_is(conf: Conf) -> None:
    upgrade(conf.hub.database.url)
    seen = look(conf)
    assert (seen.hub, seen.store, seen.good) == ("silent", "ok", False)
    assert seen.parties == 0
    assert [(system.name, system.pending) for system in seen.systems] == [(name, 0) for name in conf.systems]


def test_no_store(conf: Conf) -> None:
    seen = look(conf)
    assert "ecif db upgrade" in seen.store
    assert (seen.parties, seen.systems[0].pending) == (None, None)


@pytest.mark.parametrize(
    ("counts", "bound"), [([0, 0, 0], 0.0), ([99, 100, 100], 0.1), ([50, 98, 100], 0.2), ([10, 10, 100], 0.2)]
)
def test_a_quantile_is_the_bound_of_its_bucket(counts: list[int], bound: float) -> None:
    assert quantile([list(each) for each in zip((0.1, 0.2, "+Inf"), counts, strict=True)], 0.99) == bound
