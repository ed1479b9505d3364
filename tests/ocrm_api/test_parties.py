"""A party by its ECIF number."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import NOW, ZHANG_ID, Bank


@pytest.fixture
def zhang(bank: Bank) -> str:
    document = ("resident_id", ZHANG_ID, None)
    return str(bank.one(bank.person("core", "C1", document=document, born="19491231")).ecif_no)


def test_the_golden_record(client: TestClient, zhang: str) -> None:
    answer = client.get(f"/api/v1/parties/{zhang}")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["ecif_no"], found["version"], found["merged"]) == (zhang, 1, [])
    assert found["values"]["name"]["value"] == "张三"
    assert found["values"]["name"]["system"] == "core"
    assert found["values"]["name"]["since"] == "2023-11-14T22:13:20Z"
    assert NOW == 1_700_000_000_000_000
    assert found["values"]["document:resident_id"]["value"] == ["**************002X", None]
    assert found["members"][0]["customer_no"] == "C1"
    assert found["values"]["born"]["value"] == "1949****"
    assert ZHANG_ID not in answer.text


def test_clear_for_a_stated_reason(client: TestClient, zhang: str) -> None:
    path = f"/api/v1/parties/{zhang}"
    found = client.get(path, headers={"X-Reason": "customer calls about a card"}).json()
    assert found["values"]["document:resident_id"]["value"] == [ZHANG_ID, None]
    assert client.get(path, headers={"X-Reason": "?"}).status_code == 422


def test_unchanged_since(client: TestClient, bank: Bank, zhang: str) -> None:
    tag = client.get(f"/api/v1/parties/{zhang}").headers["ETag"]
    again = client.get(f"/api/v1/parties/{zhang}", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    bank.take(bank.person("core", "C1", name="张三丰"))
    changed = client.get(f"/api/v1/parties/{zhang}", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_a_merged_number_redirects(client: TestClient, bank: Bank, zhang: str) -> None:
    other = bank.one(bank.person("ebank", "E1", name="张三")).ecif_no
    bank.service.merge(zhang, other, actor="t", reason="t", now=bank.now)
    answer = client.get(f"/api/v1/parties/{other}")
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"/api/v1/parties/{zhang}"
    assert client.get(f"/api/v1/parties/{zhang}").json()["merged"] == [other]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/parties/999999999999", 404),
        ("/api/v1/parties/12", 422),
        ("/api/v1/parties/012345678901", 422),
        ("/api/v2", 404),
    ],
)
def test_problems(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["title"]


def test_method_not_allowed_is_a_problem_too(client: TestClient) -> None:
    answer = client.delete("/api/v1/parties/100000000001")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


def test_documentation_needs_no_other_host(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "/api/v1/parties/{ecif_no}" in page
    assert "http" not in page
    schema = client.get("/openapi.json").json()
    responses = schema["paths"]["/api/v1/parties/{ecif_no}"]["get"]["responses"]
    assert {"200", "304", "308", "401", "403", "404", "422", "503"} <= set(responses)
    assert "title" in responses["404"]["content"]["application/problem+json"]["schema"]["properties"]
    assert "application/problem+json" in responses["422"]["content"]


def test_a_fault_of_the_server_is_a_problem(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"this is no database, and it is long enough to be looked at" * 20)
    with TestClient(create_app(settings)) as client:
        headers = {"Authorization": "Bearer ecif_any"}
        answer = client.get("/api/v1/parties/100000000001", headers=headers)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
