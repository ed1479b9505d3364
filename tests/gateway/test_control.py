"""Orders over the control socket, and the pauses they begin and end."""

import json
from pathlib import Path

import pytest
import trio

from gateway.control import Refused, serve_control
from gateway.pausing import Pauses
from ocrm_api.health.hub import HubSilent
from ocrm_api.health.orders import OrderRefused, order


async def asked(path: Path, line: bytes) -> object:
    stream = await trio.open_unix_socket(path)
    async with stream:
        await stream.send_all(line)
        answer = b""
        async for piece in stream:
            answer += piece
    return json.loads(answer)


async def test_one_line_each_way(tmp_path: Path, nursery: trio.Nursery) -> None:
    pauses = Pauses(tmp_path / "paused.json")
    path = tmp_path / "control.sock"

    def follow(what: object) -> dict[str, object]:
        return {"system": pauses.follow(what, ["core"])}  # type: ignore[arg-type]

    await nursery.start(serve_control, path, follow)
    assert await asked(path, b'{"do":"pause","system":"core"}\n') == {"done": True, "system": "core"}
    assert pauses.paused == {"core"}
    for bad, why in (
        (b"x\n", "JSON"),
        (b"[]\n", "object"),
        (b'{"do":"pause","system":"x"}\n', "no such system"),
    ):
        answer = await asked(path, bad)
        assert isinstance(answer, dict)
        assert not answer["done"]
        assert why in answer["why"]
    await trio.to_thread.run_sync(lambda: order(path, 2, do="resume", system="core"))
    assert pauses.paused == set()
    with pytest.raises(OrderRefused):
        await trio.to_thread.run_sync(lambda: order(path, 2, do="dance", system="core"))


def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(HubSilent):
        order(tmp_path / "none.sock", 0.2, do="pause", system="core")


def test_a_pause_outlives_the_hub(tmp_path: Path) -> None:
    path = tmp_path / "paused.json"
    Pauses(path).follow({"do": "pause", "system": "core"}, ["core"])
    assert Pauses(path).paused == {"core"}
    Pauses(path).follow({"do": "resume", "system": "core"}, ["core"])
    assert Pauses(path).paused == set()
    path.write_text("{")
    assert Pauses(path).paused == set()
    with pytest.raises(Refused):
        Pauses(path).follow({"do": "pause"}, ["core"])
