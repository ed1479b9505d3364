import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ecif.store import asides
from ecif.store.errors import StoreLocked
from gateway.pace import Pace
from gateway.replaying import Replayer, patiently
from tests.gateway.operating import Operated, operated
from tests.soak import SOAK


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Operated]:
    with operated(tmp_path) as hub:
        yield hub


class Raising:
    """A dialect with a fault: it raises for one customer."""

    def __init__(self, dialect: Any, poison: bytes) -> None:
        self.dialect, self.poison = dialect, poison

    def read(self, body: bytes, at: int) -> Any:
        if body == self.poison:
            raise ZeroDivisionError("张三")
        return self.dialect.read(body, at)


def ids(hub: Operated) -> list[int]:
    with hub.store.reading() as connection:
        return asides.aside_ids(connection)


def outcomes(hub: Operated, dialects: Any, *, rehearse: bool = False, rate: float = 200) -> list[str]:
    slept: list[float] = []
    pace = Pace(rate, lambda: 0.0, slept.append)
    replayer = Replayer(hub.service, dialects, actor="wang", pace=pace, rehearse=rehearse)
    found = [one.outcome for one in replayer.replay(ids(hub))]
    assert len(slept) == (0 if rehearse else max(0, len(found) - 1) // 50)
    return found


@pytest.mark.fault("M5", "its replay")
def test_one_that_raises_again_stays_and_the_others_go_through(hub: Operated) -> None:
    bodies = [hub.body(number, f"客户{number}") for number in range(70)]
    hub.put_aside(*bodies)
    dialects = {"core": Raising(hub.dialects["core"], bodies[13])}
    said = outcomes(hub, dialects, rehearse=True)
    assert hub.count("select count(*) from source_record") == 0
    assert outcomes(hub, dialects) == said
    assert (said.count("applied"), said.count("failed")) == (69, 1)
    assert hub.count("select count(*) from source_record") == 69
    (left,) = ids(hub)
    with hub.store.reading() as connection:
        (row,) = asides.messages(connection, [left])
    assert row.text.startswith("ZeroDivisionError at test_replaying.py:")
    assert outcomes(hub, hub.dialects) == ["applied"]
    assert outcomes(hub, hub.dialects) == []


def test_a_system_that_is_no_longer_in_conf(hub: Operated) -> None:
    hub.put_aside(hub.body(1, "张三"))
    assert outcomes(hub, {}) == ["lost"]
    assert len(ids(hub)) == 1


def test_a_hub_at_work_is_waited_for() -> None:
    slept: list[float] = []
    tries = iter([StoreLocked("x"), StoreLocked("x"), None])

    def act() -> str:
        error = next(tries)
        if error:
            raise error
        return "done"

    assert patiently(act, slept.append) == "done"
    assert len(slept) == 2
    with pytest.raises(StoreLocked):
        patiently(lambda: (_ for _ in ()).throw(StoreLocked("x")), slept.append)


MANY = 100_000 if SOAK else 300


@pytest.mark.fault("G3", "100,000 at once (300 in make test), paced, counted before by a dry run")
@pytest.mark.slow
def test_many(hub: Operated) -> None:
    """All of them, in portions; none twice; the count was told before. Every tenth is overtaken by then."""
    bodies = [hub.body(number, f"客户{number}") for number in range(MANY)]
    hub.put_aside(*bodies)
    hub.take(*[hub.body(number, f"新客户{number}", seq=2) for number in range(0, MANY, 10)])
    replayer = Replayer(hub.service, hub.dialects, actor="wang", pace=Pace(1e6), rehearse=True)
    said = Counter(one.outcome for one in replayer.replay(ids(hub)))
    assert said == {"applied": MANY - MANY // 10, "stale": MANY // 10}
    begins = time.monotonic()
    assert Counter(outcomes(hub, hub.dialects, rate=1e6)) == said
    print(f"{MANY} replayed, {MANY / (time.monotonic() - begins):.0f} a second")  # noqa: T201
    assert ids(hub) == []
    assert hub.count("select count(*) from source_record") == MANY
    assert hub.count("select count(*) from party where name like '新%'") == MANY // 10
