"""Corrections over HTTP: they reach every system, once, and only where what was seen still holds."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import Bank
from tests.ocrm_api.desks import LentBank, act
from tests.ocrm_api.staffing import bearer

WHY = {"reason": "called the customer"}


@pytest.fixture
def client(settings: Settings, bank: Bank) -> Iterator[TestClient]:
    headers = bearer(settings.database_url, "steward", "w.wang")
    with TestClient(create_app(settings, LentBank(bank)), headers=headers, follow_redirects=False) as made:
        yield made


@pytest.fixture
def path(bank: Bank) -> str:
    number = bank.one(bank.person("core", "C1", phone__mobile="13912345678")).ecif_no
    bank.settle()
    return f"/api/v1/parties/{number}"


def test_it_is_due_to_the_systems(client: TestClient, bank: Bank, path: str) -> None:
    tag = client.get(path).headers["ETag"]
    body = {"values": {"phone:mobile": "13800001111", "email": None}, **WHY}
    done = client.post(f"{path}/corrections", json=body, headers=act(tag, "k1"))
    assert (done.status_code, done.json()["state"]) == (200, "applied")
    assert done.headers["ETag"] == client.get(path).headers["ETag"] != tag
    again = client.post(f"{path}/corrections", json=body, headers=act(tag, "k1"))
    assert (again.content, again.headers["Idempotent-Replayed"]) == (done.content, "true")
    value = client.get(path).json()["values"]["phone:mobile"]
    assert (value["value"], value["system"]) == ("138****1111", "ocrm")
    states = {one["system"]: one["state"] for one in client.get(f"{path}/sync").json()["items"]}
    assert states == {"core": "due", "ocrm": "in step"}
    bank.wait(10**9)
    assert [bank.values(push)["phone:mobile"] for push in bank.settle()] == ["13800001111"]
    (entry, *_) = client.get(f"{path}/messages").json()["items"]
    assert entry["system"] in ("core", "ocrm")
    assert bank.problems() == []


def test_long_keys_of_a_long_name_are_told_apart(settings: Settings, bank: Bank, path: str) -> None:
    headers = bearer(settings.database_url, "steward", "w" * 80)
    with TestClient(create_app(settings, LentBank(bank)), headers=headers) as client:
        for email in ("a@b.cn", "c@d.cn"):
            body = {"values": {"email": email}, **WHY}
            key = act(client.get(path).headers["ETag"], "k" * 90 + email)
            done = client.post(f"{path}/corrections", json=body, headers=key)
            assert (done.status_code, done.json()["state"]) == (200, "applied")
        said = client.get(path).json()["values"]["email"]["value"]
    assert said.endswith("@d.cn")


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"phone:mobile": "0"}, 422),
        ({"nonsense": "x"}, 422),
        ({"email": "x" * 401}, 422),
        ({"document:resident_id": "11010519491231002X"}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_right(client: TestClient, path: str, values: object, status: int) -> None:
    tag = client.get(path).headers["ETag"]
    answer = client.post(f"{path}/corrections", json={"values": values, **WHY}, headers=act(tag))
    assert answer.status_code == status
    assert "xxx" not in answer.text


def test_only_on_what_was_seen(client: TestClient, bank: Bank, path: str) -> None:
    body = {"values": {"email": "new@a.cn"}, **WHY}
    assert client.post(f"{path}/corrections", json=body, headers=act()).status_code == 428
    tag = client.get(path).headers["ETag"]
    bank.take(bank.person("core", "C1", phone__mobile="13700002222"))
    assert client.post(f"{path}/corrections", json=body, headers=act(tag)).status_code == 412


def test_nobody_corrects_whom_he_may_not_see(settings: Settings, bank: Bank, path: str) -> None:
    headers = bearer(settings.database_url, "steward", "l.li", branch="0101")
    with TestClient(create_app(settings, LentBank(bank)), headers=headers) as client:
        tag = f'"{path.rpartition("/")[2]}-1"'
        body = {"values": {"email": "new@a.cn"}, **WHY}
        assert client.post(f"{path}/corrections", json=body, headers=act(tag)).status_code == 404
    viewer = bearer(settings.database_url, "viewer")
    with TestClient(create_app(settings, LentBank(bank)), headers=viewer) as client:
        assert client.post(f"{path}/corrections", json=body, headers=act(tag)).status_code == 403
