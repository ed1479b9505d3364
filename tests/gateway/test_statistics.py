import json
from pathlib import Path

import pytest
import trio

from gateway.local import CannotServe
from gateway.statistics import Counters, Histogram, serve_statistics


def test_histogram_cumulates() -> None:
    histogram = Histogram((1, 10))
    for value in (0.5, 1, 5, 50):
        histogram.add(value)
    assert histogram.statistics() == {"buckets": [[1, 2], [10, 3], ["+Inf", 4]], "sum": 56.5, "count": 4}


def test_counters_say_outcomes_and_refusals() -> None:
    counters = Counters()
    counters.came("core", "CU01", "0000", 0.01)
    counters.came("core", "CU01", "1003", 0.01)
    counters.came("core", "RP01", "", 0.01)
    counters.went("core", "push", "sent")
    told = json.loads(json.dumps(counters.statistics()))
    assert ["core", "in", "CU01", "applied", 1] in told["messages"]
    assert ["core", "in", "CU01", "refused", 1] in told["messages"]
    assert ["core", "in", "RP01", "noted", 1] in told["messages"]
    assert ["core", "out", "push", "sent", 1] in told["messages"]
    assert told["refused"] == [["core", "1003", 1]]


def test_invented_types_do_not_fill_the_memory() -> None:
    counters = Counters()
    for n in range(5000):
        counters.came("core", f"X{n}", "1002", 0.01)
    assert len(counters.messages) <= 1001
    assert sum(counters.messages.values()) == 5000


async def read(path: Path) -> dict[str, int]:
    stream = await trio.open_unix_socket(path)
    async with stream:
        line = b"".join([chunk async for chunk in stream])
    return dict(json.loads(line))


async def test_the_socket_answers_each_with_one_line(tmp_path: Path) -> None:
    path = tmp_path / "hub.sock"
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_statistics, path, lambda: {"alive": 1})
        assert [await read(path) for _ in range(3)] == [{"alive": 1}] * 3
        assert path.stat().st_mode & 0o077 == 0
        with pytest.raises(CannotServe, match="another hub is running"):
            await serve_statistics(path, dict)
        nursery.cancel_scope.cancel()
    assert not path.exists()


async def test_a_dead_hubs_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "hub.sock"
    left = trio.socket.socket(trio.socket.AF_UNIX)
    await left.bind(str(path))
    left.close()
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_statistics, path, lambda: {"alive": 1})
        assert await read(path) == {"alive": 1}
        nursery.cancel_scope.cancel()
