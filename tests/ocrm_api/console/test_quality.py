"""The quality report over HTTP and in the console: counted in the background, kept, without a value."""

import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from ocrm_api.quality import counting
from ocrm_api.settings import Settings
from tests.ecif.bank import ZHANG_ID, Bank
from tests.ocrm_api.console.conftest import LogIn
from tests.ocrm_api.console.test_pages import csrf
from tests.ocrm_api.desks import act
from tests.ocrm_api.staffing import bearer


def counted(client: TestClient, headers: dict[str, str]) -> Any:
    until = time.monotonic() + 60
    while (told := client.get("/api/v1/quality", headers=headers).json())["state"] == "running":
        assert time.monotonic() < until
        time.sleep(0.02)
    return told


def test_counted_and_kept(
    app_of: TestClient,
    settings: Settings,
    bank: Bank,
) -> None:
    bank.take(bank.person("core", "C1", document=("resident_id", ZHANG_ID, None), born="19491231"))
    steward = bearer(settings.database_url, "steward")
    assert app_of.get("/api/v1/quality", headers=steward).json()["state"] == "none"
    assert app_of.post("/api/v1/quality", headers={**steward, **act()}).status_code == 403, "it only reads"
    operator = bearer(settings.database_url, "operator")
    begun = app_of.post("/api/v1/quality", headers={**operator, **act()})
    assert (begun.status_code, begun.headers["Location"]) == (202, "/api/v1/quality")
    told = counted(app_of, steward)
    assert (told["state"], told["figures"]["parties"], told["figures"]["source_records"]) == ("done", 1, 1)
    born = told["figures"]["systems"]["core"]["attributes"]["born"]
    assert (born["filled"], born["completeness"], born["validity"]) == (1, 1.0, 1.0)
    branch = bearer(settings.database_url, "operator", "of-a-branch", branch="0101")
    assert app_of.get("/api/v1/quality", headers=branch).status_code == 403
    assert app_of.post("/api/v1/quality", headers={**branch, **act()}).status_code == 403


def test_in_the_console(log_in: LogIn, app_of: TestClient, bank: Bank) -> None:
    bank.take(bank.person("core", "C1", document=("resident_id", ZHANG_ID, None), name="张三"))
    client = log_in("steward")
    page = client.get("/console/quality").text
    assert ("Nothing was counted yet" in page, "/quality/count" in page) == (True, False)
    form = {"csrf_token": csrf(client)}
    assert client.post("/console/quality/count", data=form).status_code == 403
    app_of.cookies.clear()
    client = log_in("admin")
    assert "/quality/count" in client.get("/console/quality").text
    done = client.post("/console/quality/count", data={"csrf_token": csrf(client)})
    assert done.headers["Location"] == "/console/quality?done=counting"
    counted(client, {})
    page = client.get("/console/quality?sort=-filled&find=core").text
    assert all(part in page for part in ("As the golden record", "share-good", "100.0 %"))
    assert "张三" not in page
    taken = client.get("/console/quality?export=csv").text
    assert taken.lstrip("\ufeff").splitlines()[0].startswith("System,Attribute,For")


def test_a_count_that_fails_says_so_and_another_may_begin(
    app_of: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_all: Any, **_more: Any) -> Any:
        raise KeyError("a damaged row")

    monkeypatch.setattr(counting, "quality", damaged)
    operator = bearer(settings.database_url, "operator")
    for _ in range(2):
        assert app_of.post("/api/v1/quality", headers={**operator, **act()}).status_code == 202
        assert counted(app_of, operator)["state"] == "failed"
