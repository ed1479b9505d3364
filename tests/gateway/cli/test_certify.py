"""`ecif certify`: its exit codes and its report. The cases themselves: tests/gateway/certifying."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import trio

from gateway.config.reader import read_conf
from gateway.peers.opening import open_system
from gateway.peers.peer import Peer, Temper
from gateway.peers.population import Step

ROOT = Path(__file__).parents[3]
Ecif = Callable[..., object]


@contextmanager
def card_host(number: str) -> Iterator[int]:
    """The demonstration's, in a thread of its own; its port."""
    port: list[int] = []
    up, scope = threading.Event(), trio.CancelScope()
    tokens: list[trio.lowlevel.TrioToken] = []

    async def run() -> None:
        tokens.append(trio.lowlevel.current_trio_token())
        peer = Peer(open_system(read_conf(ROOT / "conf", {}), "card", listen=0), Temper(mishaps=False))
        peer.books.image(Step("image", number, 1, {"kind": "person", "name": "LI"}))
        with scope:
            async with trio.open_nursery() as nursery:
                port.append(await nursery.start(peer.run))
                up.set()

    thread = threading.Thread(target=trio.run, args=(run,))
    thread.start()
    try:
        assert up.wait(60)
        yield port[0]
    finally:
        tokens[0].run_sync_soon(scope.cancel)
        thread.join(60)


def test_a_report_for_people_and_one_for_programs(ecif: Ecif, tmp_path: Path) -> None:
    with card_host("K00000042") as port:
        where = ("--connect", f"127.0.0.1:{port}")
        good = ecif("certify", "card", *where, "--customer", "K00000042", "--json", "--out", "report.json")
        assert good.code == 0, good.text
        bad = ecif("certify", "card", *where, "--customer", "K00000043")
    report = json.loads(good.out)
    assert report == json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["system"] == "card"
    assert report["passed"] is True
    assert report["counts"]["failed"] == 0 < report["counts"]["passed"]
    assert {"case", "rule", "outcome", "seen"} == set(report["cases"][0])
    assert good.text == ""
    assert bad.code == 1  # a customer that the system does not know
    assert b"answered 2001" in bad.out
    assert "failed  push" in bad.text


def test_a_system_that_is_away(ecif: Ecif) -> None:
    ran = ecif("certify", "wealth", "--connect", "127.0.0.1:1", "--customer", "1")
    assert ran.code == 3
    assert "127.0.0.1:1 cannot be reached" in ran.text


def test_nobody_dials(ecif: Ecif) -> None:
    ran = ecif("certify", "core", "--listen", "0", "--wait", "0.1")
    assert ran.code == 3
    assert "nobody dialled within 0.1 s" in ran.text


def test_what_cannot_be_asked_for(ecif: Ecif) -> None:
    for arguments, said in (
        (["nobody"], "There is no system nobody"),
        (["core", "--connect", "127.0.0.1:1"], "it has no [dial]"),
        (["loan", "--connect", "h:1", "--listen", "1"], "one end at a time"),
    ):
        ran = ecif("certify", *arguments)
        assert (ran.code, said in ran.text) == (2, True), ran.text
