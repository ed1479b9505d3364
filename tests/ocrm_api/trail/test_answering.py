"""No answer before its trail."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from ocrm_api.trail.answering import Answering, begin
from tests.databases import fresh
from tests.ecif.bank import Bank
from tests.ocrm_api.staffing import bearer
from tests.ocrm_api.trail.conftest import open_trail, seen


def test_every_act_is_in_the_trail_with_its_answer(client: TestClient, bank: Bank) -> None:
    ecif_no = bank.one(bank.person("core", "C1")).ecif_no
    client.get(f"/api/v1/parties/{ecif_no}", headers={"X-Reason": "客户来电".encode()})
    client.get("/api/v1/parties/999999999999")
    client.get("/api/v1/parties/1")
    client.get(f"/api/v1/parties/{ecif_no}", headers={"Authorization": "Bearer ecif_wrong"})
    client.get(f"/api/v1/parties/{ecif_no}", headers=bearer(bank.url, "operator"))
    found = client.get("/api/v1/trail", params={"action": "parties.read"}).json()["entries"]
    assert [(one["actor"], one["status"]) for one in found] == [
        ("operator", 403), (None, 401), ("admin", 422), ("admin", 404), ("admin", 200),
    ]  # fmt: skip
    assert found[-1]["detail"] == {"parties": [ecif_no]}
    assert found[-1]["reason"] == "客户来电"
    assert found[-1]["route"] == "/api/v1/parties/{ecif_no}"
    by_party = client.get("/api/v1/trail", params={"ecif_no": ecif_no}).json()
    assert [one["actor"] for one in by_party["entries"]] == ["admin"]
    assert by_party["next"] is None


def test_pages(client: TestClient) -> None:
    for _ in range(5):
        client.get("/api/v1/session")
    times, cursor = [], ""
    while cursor is not None:
        page = client.get("/api/v1/trail", params={"limit": 2, "cursor": cursor, "action": "account.own"})
        times += [one["at"] for one in page.json()["entries"]]
        cursor = page.json()["next"]
    assert len(times) == 5
    assert times == sorted(times, reverse=True)
    assert client.get("/api/v1/trail", params={"cursor": "12"}).status_code == 422


def test_without_the_trail_there_is_no_answer(settings: Settings, bank: Bank, tmp_path: Path) -> None:
    ecif_no = bank.one(bank.person("core", "C1", name="张三丰")).ecif_no
    headers = bearer(bank.url, "admin")
    (tmp_path / "hub.db-trail").unlink()
    with TestClient(create_app(settings), headers=headers) as client:
        answer = client.get(f"/api/v1/parties/{ecif_no}")
        assert answer.status_code == 503
        assert "张" not in answer.text
        assert client.get("/healthz").status_code == 200, "what is not recorded is answered"


async def _read(scope: Scope, receive: Receive, send: Send) -> None:
    begin(scope, seen("li"))
    await Response("read")(scope, receive, send)


async def _status(answering: Answering) -> int:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    await answering({"type": "http"}, receive, send)
    return int(sent[0]["status"])


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - it comes true in another thread
        await asyncio.sleep(0.001)


def test_who_goes_away_takes_no_answer_from_those_who_share_the_commit(tmp_path: Path) -> None:
    trail = open_trail(fresh("sqlite", tmp_path), tmp_path)
    answering = Answering(_read, trail.writer)

    async def act() -> list[int]:
        with contextlib.closing(sqlite3.connect(tmp_path / "hub.db-trail", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # the first commit waits for it, the next ones for that
            first = asyncio.create_task(_status(answering))
            await _until(lambda: trail.writer._thread is not None and not trail.writer._waiting)
            goes, stays = (asyncio.create_task(_status(answering)) for _ in range(2))
            await _until(lambda: [len(batch.entries) for batch in trail.writer._waiting] == [2])
            goes.cancel()
            other.execute("ROLLBACK")
        return [await first, await stays, await asyncio.create_task(_status(answering))]

    assert asyncio.run(act()) == [200, 200, 200]
    verdict = trail.verify()
    assert (verdict.problems, verdict.entries) == ([], 4)
    trail.close()
