"""Stewards over HTTP: what was looked at is what is decided on, once, within scope."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from ecif.store import privacy
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import ZHANG_ID, Bank
from tests.ocrm_api.desks import LentBank, act
from tests.ocrm_api.staffing import bearer

WHY = {"reason": "called the customer"}


@pytest.fixture
def client(settings: Settings, bank: Bank) -> Iterator[TestClient]:
    headers = bearer(settings.database_url, "admin")
    with TestClient(create_app(settings, LentBank(bank)), headers=headers, follow_redirects=False) as made:
        yield made


@pytest.fixture
def two(bank: Bank) -> tuple[str, str]:
    """Two customers with one document under two names: a question."""
    document = ("resident_id", ZHANG_ID, None)
    one = bank.one(bank.person("core", "C1", document=document)).ecif_no
    other = bank.one(bank.person("loan", "L1", name="欧阳若曦", document=document)).ecif_no
    return one, other


def test_a_question_is_answered_on_what_was_seen(
    client: TestClient, bank: Bank, two: tuple[str, str]
) -> None:
    queue = client.get("/api/v1/reviews").json()["items"]
    assert [{one["ecif_no"], one["other"]} for one in queue] == [set(two)]
    task = queue[0]["id"]
    seen = client.get(f"/api/v1/reviews/{task}/evidence")
    assert ZHANG_ID not in seen.text
    assert {row["attribute"]: row["verdict"] for row in seen.json()["rows"]}["name"] == "different"
    bank.take(bank.person("core", "C1", name="张三丰", document=("resident_id", ZHANG_ID, None)))
    path = f"/api/v1/reviews/{task}/link"
    assert client.post(path, json=WHY, headers=act()).status_code == 428
    assert client.post(path, json=WHY, headers=act(seen.headers["ETag"])).status_code == 412
    again = client.get(f"/api/v1/reviews/{task}/evidence").headers["ETag"]
    linked = client.post(path, json=WHY, headers=act(again))
    assert (linked.status_code, linked.json()["state"]) == (200, "taken")
    assert client.get(f"/api/v1/parties/{two[1]}").headers["Location"] == f"/api/v1/parties/{two[0]}"
    assert client.get("/api/v1/reviews").json()["items"] == []
    assert bank.problems() == []


def test_the_same_request_twice_takes_effect_once(
    client: TestClient, bank: Bank, two: tuple[str, str]
) -> None:
    tag = client.get(f"/api/v1/parties/{two[0]}/compare/{two[1]}").headers["ETag"]
    body = {"survivor": two[0], "absorbed": two[1], **WHY}
    first = client.post("/api/v1/merges", json=body, headers=act(tag, "k1"))
    again = client.post("/api/v1/merges", json=body, headers=act(tag, "k1"))
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"]
    other = client.post("/api/v1/merges", json={**body, "reason": "another reason"}, headers=act(tag, "k1"))
    assert other.status_code == 422
    assert client.post("/api/v1/merges", json=body, headers={"If-Match": tag}).status_code == 400
    assert bank.rows("SELECT COUNT(*) FROM merge_event") == [(1,)]


def test_what_is_refused_may_be_tried_again_under_its_key(client: TestClient, two: tuple[str, str]) -> None:
    body = {"survivor": two[0], "absorbed": two[1], **WHY}
    stale = f'"{two[0]}-99+{two[1]}-1"'
    assert client.post("/api/v1/merges", json=body, headers=act(stale, "k1")).status_code == 412
    tag = client.get(f"/api/v1/parties/{two[0]}/compare/{two[1]}").headers["ETag"]
    assert client.post("/api/v1/merges", json=body, headers=act(tag, "k1")).status_code == 200


def test_preview_merge_and_split(client: TestClient, bank: Bank, two: tuple[str, str]) -> None:
    asked = {"kind": "merge", "survivor": two[0], "absorbed": two[1]}
    preview = client.post("/api/v1/previews", json=asked)
    assert preview.status_code == 200
    assert preview.json()["versions"] == dict.fromkeys(two, 1)
    assert [one["ecif_no"] for one in preview.json()["parties"]] == [two[0]]
    tag = preview.headers["ETag"]
    merged = client.post(
        "/api/v1/merges", json={"survivor": two[0], "absorbed": two[1], **WHY}, headers=act(tag)
    )
    split = client.post(
        "/api/v1/splits", json={"absorbed": two[1], **WHY}, headers=act(merged.headers["ETag"])
    )
    assert (split.status_code, set(split.json()["versions"])) == (200, set(two))
    assert client.post("/api/v1/previews", json={"kind": "merge"}).status_code == 422
    assert bank.problems() == []


def test_pin_unpin_and_undo(client: TestClient, bank: Bank, two: tuple[str, str]) -> None:
    path = f"/api/v1/parties/{two[0]}"
    body = {"attribute": "name", "value": "张三丰", **WHY}
    pinned = client.post(f"{path}/pins", json=body, headers=act(client.get(path).headers["ETag"]))
    assert pinned.status_code == 200
    value = client.get(path).json()["values"]["name"]
    assert (value["value"], value["rule"]) == ("张三丰", "pin")
    (why,) = [one for one in client.get(f"{path}/values").json()["items"] if one["attribute"] == "name"]
    assert (why["pinned_because"], why["others"][0]["value"]) == ("called the customer", "张三")
    undone = client.post(f"/api/v1/decisions/{pinned.json()['decision']}/undo", json=WHY, headers=act())
    assert undone.status_code == 200
    assert client.get(path).json()["values"]["name"]["value"] == "张三"
    kinds = [one["decision"]["kind"] for one in client.get("/api/v1/decisions").json()["items"]]
    assert kinds == ["undo", "pin"]


def test_one_record_moves_is_withdrawn_and_restored(
    client: TestClient, bank: Bank, two: tuple[str, str]
) -> None:
    bank.take(bank.person("ebank", "E1", document__resident_id=(ZHANG_ID, None)))
    tag = client.get(f"/api/v1/parties/{two[0]}").headers["ETag"]
    moved = client.post(
        "/api/v1/moves", json={"system": "ebank", "customer_no": "E1", **WHY}, headers=act(tag)
    )
    assert (moved.status_code, len(moved.json()["versions"])) == (200, 2)
    other = next(number for number in moved.json()["versions"] if number != two[0])
    path = "/api/v1/records/loan/L1"
    tag = client.get(f"/api/v1/parties/{two[1]}").headers["ETag"]
    assert client.post(f"{path}/withdraw", json=WHY, headers=act(tag)).status_code == 409
    assert client.post("/api/v1/records/core/none/withdraw", json=WHY, headers=act(tag)).status_code == 404
    assert other not in two


def test_who_works_on_a_question(client: TestClient, two: tuple[str, str]) -> None:
    del two
    task = client.get("/api/v1/reviews").json()["items"][0]["id"]
    claimed = client.post(f"/api/v1/reviews/{task}/claim", json={}, headers=act())
    assert claimed.json()["assignee"]
    assert client.get("/api/v1/reviews?assignee=-").json()["items"] == []
    back = client.post(f"/api/v1/reviews/{task}/claim", json={"give_back": True}, headers=act())
    assert back.json()["assignee"] == ""
    assert client.get("/api/v1/reviews/999").status_code == 404


@pytest.mark.parametrize("branch", [None, "2301"])
def test_a_restricted_customer_is_in_no_list(
    client: TestClient, settings: Settings, bank: Bank, branch: str | None
) -> None:
    said = {"document": ("resident_id", ZHANG_ID, None), "branch": "2301"}
    one = bank.one(bank.person("core", "C1", **said)).ecif_no
    bank.take(bank.person("loan", "L1", name="欧阳若曦", **said))
    other = bank.one(bank.person("core", "C2", branch="2301")).ecif_no
    for number in (one, other):
        bank.service.pin(number, "name", "张三", actor="t", reason="seen", now=bank.now)
    with bank.store.changing() as connection:
        privacy.restrict(connection, one, "dpo", "accuracy is contested", bank.now)
    headers = bearer(settings.database_url, "admin", "reader", scopes=("reviews.read",), branch=branch)
    with TestClient(create_app(settings, LentBank(bank)), headers=headers) as reader:
        assert reader.get("/api/v1/reviews").json()["items"] == []
        shown = reader.get("/api/v1/decisions").json()["items"]
    assert [made["decision"]["ecif_no"] for made in shown] == [other]
    assert len(client.get("/api/v1/reviews").json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "missing required field"),
        ({"survivor": "1", "absorbed": "2", "reason": "because"}, "survivor"),
        ({"survivor": "100000000001", "absorbed": "100000000002", "reason": "so", "x": 1}, ""),
        ([], "object"),
    ],
)
def test_bodies_are_checked(client: TestClient, body: object, said: str) -> None:
    answer = client.post("/api/v1/merges", json=body, headers=act())
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert (
        client.post(
            "/api/v1/merges", content=b"x", headers={**act(), "Content-Type": "text/plain"}
        ).status_code
        == 415
    )
