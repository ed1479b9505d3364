"""The shipped systems' own peers pass; one that is wrong in one thing fails in that one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio

from formats.errors import FormatError
from gateway.bootstrap import load_dialect
from gateway.certifying.bench import Bench, Ways
from gateway.certifying.customer import Customer
from gateway.certifying.examination import Report, examine
from gateway.config.schema import Conf
from gateway.peers.books import Taken
from gateway.peers.letters import Letter
from gateway.peers.opening import open_system
from gateway.peers.peer import Peer, Temper
from gateway.peers.population import make_population
from gateway.peers.stage import set_up
from gateway.peers.wire import Line
from gateway.shared import System, session_limits, turn_limits


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Conf:
    """Its own copy of the shipped conf, with certificates."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("certify")))
        return set_up(Path(__file__).parents[3] / "conf").conf


def system_of(conf: Conf, name: str) -> System:
    declared = conf.systems[name]
    dialect = load_dialect(conf, name)
    return System(name, declared, declared.framing, dialect, session_limits(declared), turn_limits(declared))


async def certified(conf: Conf, name: str, spoil: Callable[[Peer], None] = lambda peer: None) -> Report:
    """One of the peer's own customers is the test customer."""
    system = system_of(conf, name)
    dialled = system.conf.delivery is not None and system.conf.delivery.over == "dial"
    with trio.fail_after(120):
        async with trio.open_nursery() as nursery:
            if dialled:
                peer = peer_of(conf, name, listen=0)
                number = enter(peer)
                spoil(peer)
                port = await nursery.start(peer.run)
                ways = Ways(connect=("127.0.0.1", port), wait_seconds=5)
                customer = Customer(system.dialect, number, "person")
                async with Bench(system, ways, customer).opened() as bench:
                    report = await examine(bench)
            else:
                ways = Ways(listen=("127.0.0.1", 0), wait_seconds=5)
                async with Bench(system, ways).opened() as bench:
                    peer = peer_of(conf, name, connect=f"127.0.0.1:{bench.ports[0]}")
                    number = enter(peer)
                    if system.conf.system.pushes != "no":
                        bench.named(Customer(system.dialect, number, "person"))
                    spoil(peer)
                    await nursery.start(peer.run)
                    steps = make_population(30, 5, [name]).scripts[name]
                    image = next(step for step in steps if step.kind == "image")
                    nursery.start_soon(peer.steps.submit, image)
                    report = await examine(bench)
            nursery.cancel_scope.cancel()
    return report


def peer_of(conf: Conf, name: str, *, connect: str = "", listen: int | None = None) -> Peer:
    opened = open_system(conf, name, connect=connect, listen=listen)
    return Peer(opened, Temper(lines=1, mishaps=False, echoes=False))


def enter(peer: Peer) -> str:
    """A person in its books; his number."""
    steps = make_population(30, 5, [peer.system]).scripts[peer.system]
    step = next(one for one in steps if one.kind == "image" and one.changes.get("kind") == "person")
    peer.books.image(step)
    return step.customer_no


def failed(report: Report) -> dict[str, str]:
    return {finding.case: finding.seen for finding in report.findings if finding.outcome == "failed"}


def passed(report: Report) -> set[str]:
    return {finding.case for finding in report.findings if finding.outcome == "passed"}


@pytest.mark.parametrize("name", ["core", "ebank", "loan", "card", "wealth"])
async def test_the_reference_banks_systems_pass(bank: Conf, name: str) -> None:
    report = await certified(bank, name)
    assert failed(report) == {}
    assert passed(report) >= {"push", "same push twice", "older version", "unknown code", "cut message"}
    assert passed(report) >= {"split frame", "garbage", "new line"}


async def test_of_a_system_that_takes_no_pushes_its_messages_are_read(bank: Conf) -> None:
    report = await certified(bank, "teller")
    assert failed(report) == {}
    assert {"own messages", "garbage"} <= passed(report)
    assert "push" not in passed(report)


def takes_the_older(peer: Peer) -> None:
    apply = peer.books._apply

    def forgets_versions(ecif_no: str, version: int, pushed: Mapping[str, Any]) -> Taken:
        for record in peer.books.records.values():
            record.version = 0
        return apply(ecif_no, version, pushed)

    peer.books._apply = forgets_versions  # type: ignore[method-assign]


def knows_everybody(peer: Peer) -> None:
    apply = peer.books._apply

    def never_refuses(ecif_no: str, version: int, pushed: Mapping[str, Any]) -> Taken:
        taken = apply(ecif_no, version, pushed)
        return Taken("0000", version) if taken.code == "2001" else taken

    peer.books._apply = never_refuses  # type: ignore[method-assign]


def takes_any_code(peer: Peer) -> None:
    peer._form.has_unknown_kind = lambda pushed: False  # type: ignore[method-assign]


def refuses_repeats(peer: Peer) -> None:
    """It keeps ids, and takes every repeat for a mistake."""
    take = peer.books.take_push

    def take_once(push_id: str, *pushed: Any) -> Taken:
        return Taken("1004", 0, new=False) if peer.books.knows(push_id) else take(push_id, *pushed)

    peer.books.take_push = take_once  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("spoil", "cases"),
    [
        (takes_the_older, {"older version"}),
        (knows_everybody, {"unknown customer"}),
        (takes_any_code, {"unknown code"}),
        (refuses_repeats, {"same push twice", "flagged repeat"}),
    ],
)
async def test_a_wrong_system_is_caught_where_it_is_wrong(
    bank: Conf, spoil: Callable[[Peer], None], cases: set[str]
) -> None:
    assert set(failed(await certified(bank, "card", spoil))) == cases


async def test_a_reply_under_another_id_confirms_nothing(bank: Conf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then every case that needs a confirmation fails, and says so."""

    def spoil(peer: Peer) -> None:
        reply = peer._letters.push_reply

        def other_id(*arguments: Any) -> Letter:
            letter = reply(*arguments)
            return replace(letter, fields=letter.fields | {"SERIAL": "SOMEBODYELSE00000001"})

        peer._letters.push_reply = other_id  # type: ignore[method-assign]

    monkeypatch.setattr(Bench, "reply_seconds", 0.05)
    seen = failed(await certified(bank, "loan", spoil))
    assert seen["push"] == "no reply under its id in time"


async def test_a_line_that_stays_open_after_garbage_is_caught(
    bank: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.certifying.cases.line.CLOSE_SECONDS", 0.2)

    async def swallow(line: Line, error: FormatError) -> bool:
        await trio.sleep_forever()
        return True

    monkeypatch.setattr(Line, "_broken", swallow)
    assert "garbage" in failed(await certified(bank, "card"))
