"""Systems in the console: what an operator orders is what the API orders, by right only."""

import time
from types import ModuleType

import pytest

from ecif import views
from ocrm_api.console import kit
from ocrm_api.operations import watching
from ocrm_api.settings import Settings
from tests.ecif.bank import Bank
from tests.ocrm_api.console.conftest import LogIn
from tests.ocrm_api.console.test_pages import csrf
from tests.ocrm_api.hub import obedient_hub

WHY = "maintenance until six"


def test_pause_resume_and_resync(log_in: LogIn, settings: Settings, bank: Bank) -> None:
    bank.take(bank.person("core", "C1"))
    client = log_in("operator")
    form = {"csrf_token": csrf(client), "reason": WHY}
    assert client.post("/console/systems/core/pause", data=form).status_code == 503, "the hub is silent"
    with obedient_hub(settings.hub_socket.with_name("control.sock")):
        for verb, done in (("pause", "paused"), ("resume", "resumed"), ("resync", "resync")):
            answer = client.post(f"/console/systems/core/{verb}", data=form)
            assert answer.headers["Location"] == f"/console/systems/core?done={done}"
    while "under way" in (page := client.get("/console/systems/core").text):
        time.sleep(0.05)
    assert "Customers looked at" in page
    assert client.post("/console/systems/none/pause", data=form).status_code == 404
    assert client.post("/console/systems/core/pause", data={"reason": WHY}).status_code == 403
    assert client.post("/console/systems/core/pause", data={**form, "reason": ""}).status_code == 422


def test_a_page_asks_the_hub_and_counts_the_store_once(
    log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noted(module: ModuleType, name: str) -> None:
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *all: asked.append(name) or real(*all))

    noted(views, "counts")
    noted(kit, "ask_hub")
    noted(watching, "ask_hub")
    client = log_in("operator")
    asked.clear()
    assert client.get("/console/systems/core").status_code == 200
    assert sorted(asked) == ["ask_hub", "counts"]


@pytest.mark.parametrize("verb", ["pause", "resume", "resync"])
def test_nobody_else_orders(log_in: LogIn, verb: str) -> None:
    client = log_in("steward")
    form = {"csrf_token": csrf(client), "reason": WHY}
    assert client.post(f"/console/systems/core/{verb}", data=form).status_code == 403


def test_who_sees_a_branch_orders_nothing_of_the_whole_bank(log_in: LogIn) -> None:
    client = log_in("operator", branch="0101")
    form = {"csrf_token": csrf(client), "reason": WHY}
    assert client.post("/console/systems/core/pause", data=form).status_code == 403
