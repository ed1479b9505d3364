"""Operators over HTTP: what they see of the hub, and what they order."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ecif.store import privacy
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import Bank
from tests.ocrm_api.desks import LentBank, act
from tests.ocrm_api.staffing import bearer

WHY = {"reason": "maintenance"}
HubSays = Callable[[bytes], None]


@pytest.fixture
def client(settings: Settings, bank: Bank) -> Iterator[TestClient]:
    headers = bearer(settings.database_url, "operator")
    with TestClient(create_app(settings, LentBank(bank)), headers=headers, follow_redirects=False) as made:
        yield made


@pytest.fixture
def orders(settings: Settings) -> Iterator[list[object]]:
    """A hub that follows everything; what it was told."""
    told: list[object] = []
    line = socket.socket(socket.AF_UNIX)
    line.bind(str(settings.hub_socket.with_name("control.sock")))
    line.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = line.accept()
            except OSError:
                return
            with connection:
                said = connection.recv(4096)
                if said:
                    told.append(json.loads(said))
                    connection.sendall(b'{"done":true}\n')

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield told
    line.shutdown(socket.SHUT_RDWR)
    line.close()


def test_systems_without_a_hub(client: TestClient, bank: Bank) -> None:
    bank.take(bank.person("core", "C1"), bank.person("ebank", "E1"))
    found = {one["name"]: one for one in client.get("/api/v1/systems").json()["items"]}
    assert set(found) == {"core", "loan", "ebank"}
    assert found["core"]["sessions"] is None
    assert client.get("/api/v1/systems/core").json() == found["core"]
    assert client.get("/api/v1/systems/none").status_code == 404
    assert client.get("/api/v1/hub").json()["parties"] == 2


def test_the_hub_as_it_says(client: TestClient, hub_says: HubSays, counted: bytes) -> None:
    more = {
        "intake": {"queued": 3},
        "delivery": {"core": {"open": 1, "paused": 1}},
        "rates": [[time.time(), 60, 6, 1, 0, 1]],
    }
    hub_says(json.dumps(json.loads(counted) | more).encode())
    state = client.get("/api/v1/hub").json()
    assert (state["ready"], state["in_per_second"], state["queued"]) == (True, 1.0, 3)
    core = client.get("/api/v1/systems/core").json()
    assert (core["sessions"], core["messages_in"], core["refused"], core["paused"]) == (2, 2, 1, True)


def test_pause_and_resume(client: TestClient, orders: list[object]) -> None:
    done = client.post("/api/v1/systems/core/pause", json=WHY, headers=act())
    assert done.status_code == 200
    client.post("/api/v1/systems/core/resume", json=WHY, headers=act())
    assert orders == [{"do": "pause", "system": "core"}, {"do": "resume", "system": "core"}]
    assert client.post("/api/v1/systems/none/pause", json=WHY, headers=act()).status_code == 404


def test_a_silent_hub_is_not_paused(client: TestClient) -> None:
    assert client.post("/api/v1/systems/core/pause", json=WHY, headers=act()).status_code == 503


def test_set_aside_looked_at_and_discarded(client: TestClient, bank: Bank) -> None:
    bank.service.set_aside(
        bank.person("core", "C1", name="张三", content="张三 is in here"), "a fault", bank.now
    )
    bank.service.set_aside(bank.person("core", "C2"), "a fault", bank.now)
    page = client.get("/api/v1/aside", params={"limit": 1}).json()
    assert (page["count"], page["items"][0]["reason"]) == (2, "a fault")
    rest = client.get("/api/v1/aside", params={"limit": 1, "cursor": page["next"]}).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)
    row = page["items"][0]["message"]["row"]
    dump = client.get(f"/api/v1/aside/{row}")
    assert dump.json()["stretches"][0]["value"] == "***"
    assert client.get(f"/api/v1/journal/{row}").json() == dump.json()
    again = client.post(f"/api/v1/aside/{row}/replay", json={**WHY, "rehearse": True}, headers=act())
    assert again.json()["outcome"] == "lost"
    gone = client.post(f"/api/v1/aside/{row}/discard", json=WHY, headers=act())
    assert gone.json()["outcome"] == "discarded"
    assert client.get("/api/v1/aside").json()["count"] == 1
    assert client.get("/api/v1/aside/99999").status_code == 404
    acts = client.get("/api/v1/journal", params={"direction": "ops"}).json()["items"]
    assert [one["state"] for one in acts] == ["discarded"]


def test_of_a_restricted_customer_a_message_is_handled_unseen(client: TestClient, bank: Bank) -> None:
    number = bank.one(bank.person("core", "C1", name="张三", content="张三 is in here")).ecif_no
    bank.service.set_aside(bank.person("core", "C1", content="张三丰 is in here"), "a fault", bank.now)
    bank.take(bank.person("core", "C2"))
    with bank.store.changing() as connection:
        privacy.restrict(connection, number, "dpo", "accuracy is contested", bank.now)
    listed = client.get("/api/v1/journal", params={"direction": "in"}).json()["items"]
    assert [one["customer_no"] for one in listed] == ["C2", "", ""]
    assert client.get("/api/v1/journal", params={"ecif_no": number}).json()["items"] == []
    rows = [one["row"] for one in listed]
    for row in rows[1:]:
        dump = client.get(f"/api/v1/journal/{row}").json()
        assert (dump["restricted"], dump["size"], dump["stretches"]) == (True, None, [])
        page = client.get(f"/console/messages/{row}").text
        assert ("data is restricted" in page, number in page, "C1" in page) == (True, False, False)
    other = client.get(f"/api/v1/journal/{rows[0]}").json()
    assert (other["restricted"], other["stretches"][0]["value"]) == (False, "***")
    (waiting,) = client.get("/api/v1/aside").json()["items"]
    assert (waiting["message"]["customer_no"], waiting["reason"]) == ("", "a fault")
    path = f"/api/v1/aside/{waiting['message']['row']}"
    assert client.get(path).json()["stretches"] == []
    assert client.post(f"{path}/discard", json=WHY, headers=act()).json()["outcome"] == "discarded"


def test_who_keeps_the_rights_sees_a_restricted_customers_messages(settings: Settings, bank: Bank) -> None:
    number = bank.one(bank.person("core", "C1")).ecif_no
    with bank.store.changing() as connection:
        privacy.restrict(connection, number, "dpo", "accuracy is contested", bank.now)
    headers = bearer(settings.database_url, "admin")
    with TestClient(create_app(settings, LentBank(bank)), headers=headers) as admin:
        (one,) = admin.get("/api/v1/journal", params={"ecif_no": number}).json()["items"]
        dump = admin.get(f"/api/v1/journal/{one['row']}").json()
    assert (one["customer_no"], dump["restricted"], len(dump["stretches"])) == ("C1", False, 1)


def test_resync(client: TestClient, bank: Bank) -> None:
    bank.take(*[bank.person("core", f"C{n}") for n in range(5)])
    bank.settle()
    ordered = client.post("/api/v1/systems/core/resync", json=WHY, headers=act())
    assert ordered.status_code == 202
    for _ in range(200):
        state = client.get(ordered.headers["Location"]).json()
        if state["state"] != "running":
            break
        time.sleep(0.05)
    assert (state["state"], state["looked_at"], state["marked"]) == ("done", 5, 5)
    assert client.get("/api/v1/systems/core").json()["pending"] == 5
    bad = client.post(
        "/api/v1/systems/core/resync", json={**WHY, "since": "2026-11-21T00:00:00"}, headers=act()
    )
    assert bad.status_code == 422


def test_journal_by_pages(client: TestClient, bank: Bank) -> None:
    bank.take(*[bank.person("core", f"C{n}") for n in range(5)])
    seen: list[int] = []
    cursor = None
    while True:
        params = {"system": "core", "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/journal", params=params).json()
        seen += [one["row"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5
    assert client.get("/api/v1/journal", params={"since": "2999-01-01T00:00:00Z"}).json()["items"] == []


def test_conf_and_who_may(client: TestClient, settings: Settings, bank: Bank, tmp_path: Path) -> None:
    (section,) = client.get("/api/v1/conf").json()["items"]
    assert section["file"] == "hub.toml"
    headers = bearer(settings.database_url, "operator", "of-a-branch", branch="0101")
    with TestClient(create_app(settings, LentBank(bank)), headers=headers) as branch:
        assert branch.get("/api/v1/hub").status_code == 403
        assert branch.get("/api/v1/journal").json()["items"] == []
    del tmp_path
