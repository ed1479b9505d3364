"""A whole hub, core's programs on two versions of its copybooks at once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio

from ecif.store.migrate import upgrade
from gateway.bootstrap import load_dialect
from gateway.config.schema import Conf
from tests.adapters.test_layouts import Bank, bank
from tests.gateway.test_hub import Peer, core_image, dial, running

__all__ = ["bank"]
DOCUMENT = {"CUST-ID-TYPE": "01", "CUST-ID-NO": "110101199003074426"}
MAIL = {"CUST-EMAIL": "li@example.com"}
PUSHED = {"present": 307, "next": 357}


def placed(conf: Conf, folder: Path) -> Conf:
    """On a port and a database of its own."""
    url = f"sqlite:///{folder / 'ecif.db'}"
    upgrade(url)
    database = conf.hub.database.model_copy(update={"url": url})
    run = conf.hub.run.model_copy(update={"directory": folder, "drain_seconds": 5.0})
    core = conf.systems["core"]
    assert core.listen is not None
    listen = core.listen.model_copy(update={"address": "127.0.0.1:0"})
    return replace(
        conf,
        hub=conf.hub.model_copy(update={"database": database, "run": run}),
        systems={"core": core.model_copy(update={"listen": listen})},
    )


async def frames(peer: Peer, found: "trio.MemorySendChannel[bytes]") -> None:
    while True:
        if frame := peer.reader.next_frame():
            await found.send(bytes(frame))
        else:
            peer.reader.feed(bytes(await peer.stream.receive_some()))


@pytest.mark.parametrize("pushes", ["present", "next"])
async def test_both_versions_are_on_line_at_once(bank: Bank, tmp_path: Path, pushes: str) -> None:
    """The same person under two numbers: what the new program says of one is pushed to the other."""
    conf = placed(bank(pushes=pushes), tmp_path)
    dialect: Any = load_dialect(conf, "core")
    more = {**DOCUMENT, "CUST-MOBILE": "13900139001"}
    async with running(conf) as hub:
        old, new = await dial(conf, hub, "core"), await dial(conf, hub, "core")
        old.codec, new.codec = dialect._present.codec, dialect._coming.codec
        send, receive = trio.open_memory_channel[bytes](9)
        try:
            async with trio.open_nursery() as nursery:
                for peer in (old, new):
                    nursery.start_soon(frames, peer, send)
                await old.send("CU01", core_image(1, "LI", **DOCUMENT))
                heard = [await receive.receive()]
                await new.send("CU01", core_image(2, "LI", **more, **MAIL))
                heard += [await receive.receive(), await receive.receive()]  # on two lines, so in any order
                nursery.cancel_scope.cancel()
        finally:
            for peer in (old, new):
                await trio.aclose_forcefully(peer.stream)
    (push,) = [frame for frame in heard if frame.startswith("CP01".encode("cp037"))]
    codes = [old.codec.parse(frame)[1]["REPLY-CODE"] for frame in heard if frame is not push]
    assert codes == ["0000", "0000"]
    assert len(push) == PUSHED[pushes]
    fields = (new if pushes == "next" else old).codec.parse(push)[1]
    assert (fields["CUST-NO"], fields["CUST-MOBILE"]) == ("C1", "13900139001")
    assert fields.get("CUST-EMAIL", "") == (MAIL["CUST-EMAIL"] if pushes == "next" else "")
