"""History, as-of and relations over HTTP, within scope and masked."""

import pytest
from starlette.testclient import TestClient

from ecif.model import Relation
from ecif.store import privacy
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import LI_ID, ZHANG_ID, Bank
from tests.ocrm_api.desks import LentBank
from tests.ocrm_api.staffing import bearer


@pytest.fixture
def path(bank: Bank) -> str:
    spouse = (Relation("spouse", "李四", ("resident_id", LI_ID)),)
    number = bank.one(
        bank.person("core", "C1", document=("resident_id", ZHANG_ID, None), relations=spouse)
    ).ecif_no
    bank.wait(1_000)
    bank.take(
        bank.person("core", "C1", name="张三丰", document=("resident_id", ZHANG_ID, None), relations=spouse)
    )
    return f"/api/v1/parties/{number}"


def test_what_happened(client: TestClient, path: str) -> None:
    answer = client.get(f"{path}/history", params={"limit": 1})
    (last,) = answer.json()["items"]
    assert (last["cause"], last["version"]) == ("image", 2)
    (change,) = last["changes"]
    assert (change["attribute"], change["before"], change["after"]) == ("name", "张三", "张三丰")
    following = client.get(f"{path}/history", params={"cursor": answer.json()["next"]}).json()
    assert [one["version"] for one in following["items"]] == [1]
    assert ZHANG_ID not in str(following)
    assert client.get(f"{path}/history", params={"cursor": "x"}).status_code == 400


def test_as_of_a_moment(client: TestClient, path: str) -> None:
    then = client.get(f"{path}/as-of", params={"held_at": "2023-11-14T22:20:00+00:00"})
    assert then.json()["values"]["name"]["value"] == "张三"
    assert client.get(f"{path}/as-of").json()["values"]["name"]["value"] == "张三丰"
    assert client.get(f"{path}/as-of", params={"known_at": "2020-01-01T00:00:00Z"}).status_code == 404
    assert client.get(f"{path}/as-of", params={"held_at": "2023-11-14T22:20:00"}).status_code == 422


def test_relations_as_a_graph(client: TestClient, bank: Bank, path: str) -> None:
    graph = client.get(f"{path}/relations").json()
    assert [(node["name"], node["id"]) for node in graph["nodes"]] == [
        ("张三丰", path.rpartition("/")[2]), ("李四", "stranger-1"),
    ]  # fmt: skip
    assert LI_ID not in str(graph)
    li = bank.one(bank.person("core", "C2", name="李四", document=("resident_id", LI_ID, None))).ecif_no
    graph = client.get(f"{path}/relations").json()
    assert [node["ecif_no"] for node in graph["nodes"]][1] == li
    assert [(edge["target"], edge["type"]) for edge in graph["edges"]] == [(li, "spouse")]


def test_out_of_scope(settings: Settings, bank: Bank, path: str) -> None:
    headers = bearer(settings.database_url, "admin", "branch", branch="0101")
    with TestClient(create_app(settings), headers=headers) as client:
        for part in ("", "/history", "/as-of", "/relations", "/records", "/holdings", "/sync", "/messages"):
            assert client.get(path + part).status_code == 404, part
    del bank


def test_a_hidden_customer_hides_who_stands_behind_it(settings: Settings, bank: Bank) -> None:
    """Of a chain of four the second is restricted: who reads the first is shown it alone."""
    cards = [f"P{n}234567" for n in range(4)]
    numbers = []
    for place, card in enumerate(cards):
        following = tuple(Relation("guarantor", "张三", ("passport", one)) for one in cards[place + 1 :][:1])
        person = bank.person("core", f"G{place}", document=("passport", card, None), relations=following)
        numbers.append(bank.one(person).ecif_no)
    with bank.store.changing() as connection:
        privacy.restrict(connection, numbers[1], "dpo", "accuracy is contested", bank.now)
    headers = bearer(settings.database_url, "viewer")
    app = create_app(settings, LentBank(bank))
    with TestClient(app, headers=headers) as viewer:
        graph = viewer.get(f"/api/v1/parties/{numbers[0]}/relations", params={"depth": 3}).json()
        assert viewer.get(f"/console/customers/{numbers[0]}").status_code == 200
        told = [one for one in numbers if app.state.trail.search(ecif_no=one)]
    assert ([node["ecif_no"] for node in graph["nodes"]], graph["edges"]) == (numbers[:1], [])
    assert told == numbers[:1]
