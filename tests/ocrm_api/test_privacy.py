"""The rights of the person over HTTP: consent, access, restriction, erasure."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from ocrm_api import tags
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import ZHANG_ID, Bank
from tests.ocrm_api.desks import LentBank, act
from tests.ocrm_api.staffing import bearer

WHY = {"reason": "asked by the person"}


@pytest.fixture
def client(settings: Settings, bank: Bank) -> Iterator[TestClient]:
    headers = bearer(settings.database_url, "admin")
    with TestClient(create_app(settings, LentBank(bank)), headers=headers, follow_redirects=False) as made:
        yield made


@pytest.fixture
def viewer(settings: Settings, bank: Bank) -> Iterator[TestClient]:
    headers = bearer(settings.database_url, "viewer")
    with TestClient(create_app(settings, LentBank(bank)), headers=headers, follow_redirects=False) as made:
        yield made


@pytest.fixture
def path(bank: Bank) -> str:
    document = ("resident_id", ZHANG_ID, None)
    return f"/api/v1/parties/{bank.one(bank.person('core', 'C1', document=document)).ecif_no}"


def test_consent_given_and_withdrawn(client: TestClient, path: str) -> None:
    given = {"purpose": "marketing", "given": True, "notice": "2026-03", "channel": "branch", **WHY}
    assert client.post(f"{path}/consents", json=given, headers=act()).status_code == 428
    tag = seen(client, path)
    answer = client.post(f"{path}/consents", json=given, headers=act(tag))
    (one,) = answer.json()["consents"]
    assert (one["purpose"], one["withdrawn_at"], one["recorded_by"]) == ("marketing", None, "admin")
    withdrawn = {**given, "given": False}
    assert client.post(f"{path}/consents", json=withdrawn, headers=act(tag)).status_code == 412
    client.post(f"{path}/consents", json=withdrawn, headers=act(answer.headers["ETag"]))
    (one,) = client.get(f"{path}/privacy").json()["consents"]
    assert one["withdrawn_by"] == "admin"
    assert client.post(f"{path}/consents", json={**given, "purpose": "x"}, headers=act()).status_code == 422


def test_of_two_under_one_tag_one_passes(
    client: TestClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the same, and looked at it, before one of them writes."""
    asked = {"purpose": "marketing", "given": True, "notice": "2026-03", "channel": "branch", **WHY}
    tag, together, still = seen(client, path), threading.Barrier(2), tags.still

    def at_once(if_match: str | None, tag: str) -> None:
        still(if_match, tag)
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(0.5)

    monkeypatch.setattr(tags, "still", at_once)
    with ThreadPoolExecutor(2) as two:
        sent = [two.submit(client.post, f"{path}/consents", json=asked, headers=act(tag)) for _ in range(2)]
        assert sorted(one.result().status_code for one in sent) == [200, 412]
    assert len(client.get(f"{path}/privacy").json()["consents"]) == 1


def test_restricted_data_is_shown_to_few(client: TestClient, viewer: TestClient, path: str) -> None:
    client.post(f"{path}/restriction", json={"restricted": True, **WHY}, headers=act(seen(client, path)))
    assert client.get(f"{path}/privacy").json()["restriction"]["restricted"]
    for part in ("", "/records", "/history", "/as-of", "/relations", "/holdings"):
        assert viewer.get(path + part).status_code == 403, part
    assert viewer.get("/api/v1/parties", params={"customer_no": "C1"}).json()["items"] == []
    assert client.get(path).status_code == 200
    client.post(f"{path}/restriction", json={"restricted": False, **WHY}, headers=act(seen(client, path)))
    assert viewer.get(path).status_code == 200


def test_restricted_it_stays_through_a_merge(
    client: TestClient, viewer: TestClient, bank: Bank, path: str
) -> None:
    absorbed, kept = path.rpartition("/")[2], bank.one(bank.person("loan", "L1")).ecif_no
    client.post(f"{path}/restriction", json={"restricted": True, **WHY}, headers=act(seen(client, path)))
    bank.service.merge(kept, absorbed, actor="t", reason="one person", now=bank.now)
    path = f"/api/v1/parties/{kept}"
    assert viewer.get(path).status_code == 403
    assert viewer.get("/api/v1/parties", params={"customer_no": "C1"}).json()["items"] == []
    assert client.get(f"{path}/privacy").json()["restriction"]["reason"] == WHY["reason"]
    client.post(f"{path}/restriction", json={"restricted": False, **WHY}, headers=act(seen(client, path)))
    assert not client.get(f"{path}/privacy").json()["restriction"]["restricted"]
    assert viewer.get(path).status_code == 200


def test_all_that_is_held(client: TestClient, path: str) -> None:
    assert client.get(f"{path}/export").status_code == 422
    export = client.get(f"{path}/export", headers={"X-Reason": "asked in the branch, passport seen"})
    told = export.json()
    assert told["values"]["document:resident_id"]["value"][0] == ZHANG_ID
    assert (told["recipients"][0]["system"], told["records"][0]["customer_no"]) == ("core", "C1")
    assert (len(told["history"]), len(told["messages"])) == (1, 1)
    assert export.headers["Cache-Control"] == "no-store"


def test_erased(client: TestClient, bank: Bank, path: str) -> None:
    assert client.post(f"{path}/erasure", json=WHY, headers=act()).status_code == 428
    tag = client.get(path).headers["ETag"]
    assert client.post(f"{path}/erasure", json=WHY, headers=act(tag)).json()["ecif_nos"]
    assert client.get(path).json()["values"] == {}
    assert client.get("/api/v1/parties", params={"document": ZHANG_ID}).json()["items"] == []
    assert bank.problems() == []


def seen(client: TestClient, path: str) -> str:
    """The tag of what is recorded now."""
    return str(client.get(f"{path}/privacy").headers["ETag"])
