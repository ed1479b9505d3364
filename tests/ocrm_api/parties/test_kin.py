"""Owners and households over HTTP: masked, within scope, and no chain through somebody who is hidden."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from ecif.model import Relation
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import LI_ID, Bank
from tests.ocrm_api.staffing import bearer


def holder(name: str, share: str, document: tuple[str, str]) -> Relation:
    return Relation("shareholder", name, document, share)


@pytest.fixture
def company(bank: Bank) -> str:
    """Zhang holds 30 % himself and half of a holding, of another branch, with 60 %; Li holds 10 %."""

    def found(number: str, name: str, branch: str, *kin: Relation) -> Any:
        said = {"document__business_licence": (number, None), "branch": branch}
        image = bank.image("ebank", number, kind="organization", name=name, **said, relations=kin)
        return bank.one(image).ecif_no

    zhang, li = ("passport", "E12345678"), ("resident_id", LI_ID)
    holding = holder("乙公司", "60", ("business_licence", "B2"))
    top = found("B1", "甲公司", "0101", holding, holder("张三", "30", zhang), holder("李四", "10", li))
    found("B2", "乙公司", "0202", holder("张三", "50", zhang), holder("王五", "50", ("passport", "E7")))
    return str(top)


def test_beneficial_owners(client: TestClient, company: str) -> None:
    told = client.get(f"/api/v1/parties/{company}/owners").json()
    assert [(one["owner"]["name"], float(one["percent"])) for one in told["owners"]] == [
        ("张三", 60), ("王五", 30),
    ]  # fmt: skip
    assert sorted(chain["through"] for chain in told["owners"][0]["chains"]) == [
        ["甲公司", "乙公司", "张三"], ["甲公司", "张三"],
    ]  # fmt: skip
    assert told["complete"] is True
    assert "E12345678" not in str(told)
    more = client.get(f"/api/v1/parties/{company}/owners", params={"threshold": "10"}).json()
    assert [one["owner"]["name"] for one in more["owners"]] == ["张三", "王五", "李四"]
    assert client.get(f"/api/v1/parties/{company}/owners", params={"threshold": "0"}).status_code == 422


def test_no_chain_through_a_company_out_of_scope(settings: Settings, bank: Bank, company: str) -> None:
    headers = bearer(settings.database_url, "admin", "branch", branch="0101")
    with TestClient(create_app(settings), headers=headers) as client:
        told = client.get(f"/api/v1/parties/{company}/owners").json()
    assert [(one["owner"]["name"], float(one["percent"])) for one in told["owners"]] == [("张三", 30)]
    assert "乙公司" not in str(told)
    assert told["complete"] is False


def test_a_household(client: TestClient, settings: Settings, bank: Bank) -> None:
    home = {"phone__mobile": "13900000001", "address__home": ("北京市东城区试验路2号", None)}
    one = bank.one(bank.person("core", "C1", name="张三", born="19800101", branch="0101", **home)).ecif_no
    two = bank.one(bank.person("core", "C2", name="李四", born="19820101", branch="0202", **home)).ecif_no
    told = client.get(f"/api/v1/parties/{one}/household").json()
    assert [(mate["ecif_no"], mate["name"]) for mate in told["members"]] == [(two, "李四")]
    assert told["members"][0]["phones"] == ["139****0001"]
    assert "试验路2号" not in str(told)
    headers = bearer(settings.database_url, "admin", "branch", branch="0101")
    with TestClient(create_app(settings), headers=headers) as scoped:
        assert scoped.get(f"/api/v1/parties/{one}/household").json()["members"] == []
        assert scoped.get(f"/api/v1/parties/{two}/household").status_code == 404
