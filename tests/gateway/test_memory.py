from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from gateway.memory import Pressure, in_use
from tests.gateway.intake.test_intake import into, running

from .fakes import FakeService, image


def test_it_begins_high_and_ends_low() -> None:
    shares = iter([0.5, 0.89, 0.9, 0.85, 0.8, 0.79, 0.85])
    pressure = Pressure(lambda: next(shares))
    assert [pressure.look() for _ in range(7)] == [False, False, True, True, True, False, False]


@pytest.fixture
def group(tmp_path: Path) -> Path:
    """A process in a control group, as /proc and /sys tell it."""
    (tmp_path / "statm").write_text("1000 500 0 0 0 0 0\n")
    (tmp_path / "cgroup").write_text("0::/hub.service\n")
    group = tmp_path / "groups" / "hub.service"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("1000\n")
    (group / "memory.current").write_text("950\n")
    (group / "memory.stat").write_text("anon 500\nfile 230\nshmem 50\nslab_reclaimable 20\n")
    return group


def test_what_the_kernel_can_give_back_does_not_count(group: Path, tmp_path: Path) -> None:
    assert in_use(tmp_path, tmp_path / "groups") == 0.75


def test_a_group_without_a_limit(group: Path, tmp_path: Path) -> None:
    (group / "memory.max").write_text("max\n")
    assert in_use(tmp_path, tmp_path / "groups") == 0
    assert in_use(tmp_path, tmp_path / "nothing") == 0


async def test_nothing_is_queued_while_it_lasts(autojump_clock: MockClock) -> None:
    service, codes = FakeService(), dict[str, str]()
    async with running(service) as intake:
        intake.shed(True)
        await intake.submit(image("first", seq=1), into(codes, "first"))
        intake.shed(False)
        await intake.submit(image("later", seq=2), into(codes, "later"))
        await intake.submit(image("other", customer="C2"), into(codes, "other"))
        await trio.sleep(1)
        assert codes == {"first": "9001", "later": "9001", "other": "0000"}  # nothing overtakes it
        await intake.submit(image("first again", seq=1), into(codes, "first again"))
        await trio.sleep(1)
    assert codes["first again"] == "0000"


async def test_memory_that_runs_out_in_a_batch_is_no_messages_fault(autojump_clock: MockClock) -> None:
    service, codes = FakeService(trouble=[MemoryError()]), dict[str, str]()
    async with running(service) as intake:
        await intake.submit(image("A"), into(codes, "A"))
        await trio.sleep(1)
    assert codes == {"A": "9001"}
    assert service.set_asides == []
