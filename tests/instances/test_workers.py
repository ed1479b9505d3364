"""`ecif serve --workers 2` on PostgreSQL: one hub to whoever dials or asks; a worker's end is its own."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ocrm_api.health.hub import HubSilent, ask_hub
from ocrm_api.health.orders import order
from tests.databases import POSTGRESQL
from tests.instances.load import Load
from tests.instances.rig import SECONDS, Crew, eventually
from tests.sheets import ebcdic
from tests.soak import soak_only

CONNECTIONS = 30
"""So many that one worker alone gets them all once in 500 million times."""


@pytest.fixture(scope="module", params=[POSTGRESQL])
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    if ebcdic.MISSING:
        pytest.skip(ebcdic.MISSING)
    made = Crew(tmp_path_factory.mktemp("crew"), workers=2)
    try:
        made.start()
        yield made
    finally:
        made.close()


def sessions(crew: Crew) -> list[int]:
    return [worker["sessions"] for worker in crew.workers()]


def own(crew: Crew, number: int) -> dict[str, object]:
    """What a worker says of itself, beside what its parent says of all."""
    return dict(ask_hub(crew.hub.hub.folder / "var" / f"worker-{number}" / "hub.sock", SECONDS))


def came(statistics: dict[str, object], system: str) -> int:
    return sum(row[-1] for row in statistics["messages"] if row[:2] == [system, "in"])  # type: ignore[attr-defined]


def paused(statistics: dict[str, object], system: str) -> int:
    return int(statistics["delivery"][system]["paused"])  # type: ignore[index]


def test_a_systems_connections_are_spread(crew: Crew) -> None:
    with ExitStack() as lines:
        for _ in range(CONNECTIONS):
            lines.enter_context(socket.create_connection(("127.0.0.1", crew.hub.hub.ports.loan), 30))
        eventually(lambda: sum(sessions(crew)) > CONNECTIONS, "all are let in, and core's line")
        assert min(sessions(crew)) > 0
        assert crew.hub.statistics()["sessions"]["loan"] == CONNECTIONS
    eventually(lambda: sum(sessions(crew)) == 1, "they are gone")


@pytest.mark.fault("H2", "one of two workers killed under load: nothing lost, no order broken, it comes back")
def test_a_worker_is_killed_under_load(crew: Crew) -> None:
    with Load(crew, customers=6) as load:
        load.carries_on()
        order(crew.control, SECONDS, do="pause", system="loan")
        first, second = crew.workers()
        os.kill(first["pid"], signal.SIGKILL)
        load.carries_on()
        eventually(lambda: crew.workers()[0]["restarts"] == 1, "it is started again")
        eventually(lambda: crew.workers()[0]["ready"], "it serves")
        assert [paused(own(crew, number), "loan") for number in (1, 2)] == [1, 1]
        order(crew.control, SECONDS, do="resume", system="loan")
        assert [paused(own(crew, number), "loan") for number in (1, 2)] == [0, 0]
        load.carries_on()
    load.check()
    assert crew.workers()[1]["pid"] == second["pid"]
    counted = came(crew.hub.statistics(), "loan")
    assert counted >= came(own(crew, 1), "loan") + came(own(crew, 2), "loan")


def test_a_reload_reaches_all_of_them(crew: Crew) -> None:
    before = crew.hub.hub.log.read_text("utf-8").count('"reload.done"')
    with Load(crew, customers=3) as load:
        load.carries_on()
        crew.hub.reload_core()
        log = crew.hub.hub.log
        eventually(lambda: log.read_text("utf-8").count('"reload.done"') == before + 2, "both read it")
        load.carries_on()
    load.check()


def test_a_faulty_conf_is_refused_once(crew: Crew) -> None:
    file, log = crew.hub.hub.folder / "conf/hub.toml", crew.hub.hub.log
    sound = file.read_text("utf-8")
    file.write_text(sound + "\n[nonsense]\n", "utf-8")
    assert crew.hub.hub.process is not None
    crew.hub.hub.process.send_signal(signal.SIGHUP)
    eventually(lambda: '"reload.refused"' in log.read_text("utf-8"), "it is refused")
    file.write_text(sound, "utf-8")
    (line,) = [line for line in log.read_text("utf-8").splitlines() if '"reload.refused"' in line]
    assert "nonsense" in line
    assert '"worker"' not in line, "no worker was asked"


@soak_only
@pytest.mark.slow
def test_a_worker_that_hangs_is_killed(crew: Crew) -> None:
    """Takes the watchdog's half minute."""
    first, _ = crew.workers()
    os.kill(first["pid"], signal.SIGSTOP)
    eventually(lambda: crew.workers()[0]["restarts"] > first["restarts"], "it is killed", 90)
    eventually(lambda: crew.workers()[0]["ready"], "it serves")


def test_all_drain_together(crew: Crew) -> None:
    """The last one that needs them."""
    assert crew.hub.hub.stop(seconds=SECONDS) == 0
    said = crew.hub.hub.log.read_text("utf-8")
    assert said.count("ready\n") == 1
    assert [said.count(f'"hub.stopped", "worker": {number}') for number in (1, 2)] == [1, 1]


@soak_only
@pytest.mark.slow
def test_workers_end_with_their_parent(crew: Crew) -> None:
    """Killed, they leave the ports to the next."""
    assert crew.hub.hub.process is not None
    if crew.hub.hub.process.poll() is not None:
        crew.hub.start()
    pids = [worker["pid"] for worker in crew.workers()]
    assert len(pids) == 2
    crew.hub.hub.kill()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "they end")
    with pytest.raises(HubSilent):
        own(crew, 1)
    crew.hub.start()
