import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import exports
from gateway.exports import Export
from tests.gateway.operating import Operated, operated


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Operated]:
    with operated(tmp_path) as hub:
        yield hub


def export(hub: Operated, data: bytes) -> Export:
    return Export(io.BytesIO(data), hub.conf.systems["core"].framing, hub.dialects["core"], 0)


def framed(hub: Operated, *bodies: bytes) -> bytes:
    return b"".join(hub.conf.systems["core"].framing.wrap(body) for body in bodies)


def test_customers_as_they_come(hub: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "CHUNK", 7)
    read = export(hub, framed(hub, *[hub.body(number, "张三") for number in range(5)]))
    found = list(read.customers())
    assert [number for number, _ in found] == [f"C{number}" for number in range(5)]
    assert found[0][1]["name"] == "张三"
    assert (read.unreadable, read.others) == ([], 0)


def test_what_is_no_customer_is_told(hub: Operated) -> None:
    heartbeat = hub.dialects["core"].codec.build("HB00", {"MSG-ID": "H", "MSG-SENT-AT": "20260105093000"})
    broken = hub.body(2, "张三")[:-40]
    data = framed(hub, heartbeat, hub.body(1, "张三"), broken) + framed(hub, hub.body(3, "x"))[:-1]
    read = export(hub, data)
    assert [number for number, _ in read.customers()] == ["C1"]
    assert read.others == 1
    assert read.unreadable[0].startswith("frame 3: ")
    assert read.unreadable[1:] in ([], ["the last frame ends early"])


def test_a_length_that_cannot_be_ends_it(hub: Operated) -> None:
    read = export(hub, framed(hub, hub.body(1, "张三")) + b"\x7f\xff\xff\xff" + framed(hub, hub.body(2, "x")))
    assert [number for number, _ in read.customers()] == ["C1"]
    assert len(read.unreadable) == 1
