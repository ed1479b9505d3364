"""The hot read's shortcut: whatever is asked, the answer of the declared route, its trail included."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from ocrm_api.app import create_app
from ocrm_api.lean import Shortcut
from ocrm_api.settings import Settings
from tests.ecif.bank import Bank
from tests.ocrm_api.staffing import bearer

_OURS = ("x-content-type-options", "content-security-policy", "cache-control", "etag", "location")


def test_the_shortcut_and_the_route_answer_the_same(
    settings: Settings, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = str(bank.one(bank.person("core", "C1")).ecif_no)
    gone = str(bank.one(bank.person("ebank", "E1")).ecif_no)
    bank.service.merge(kept, gone, actor="t", reason="t", now=bank.now)
    everybody = [bearer(bank.url, "admin"), bearer(bank.url, "operator"), {}]
    asked: list[tuple[str, dict[str, str]]] = [
        (number, {**who, **more})
        for who in everybody
        for number in (kept, gone, "999999999999", "012345678901")
        for more in ({}, {"X-Reason": "?"}, {"If-None-Match": f'"{kept}-2"'})
    ]
    short = _answers(settings, asked)
    monkeypatch.setattr("ocrm_api.app.READ", re.compile("no such path"))
    assert short == _answers(settings, asked)
    assert {one[0] for one in short} >= {200, 304, 308, 401, 403, 404, 422}


def _answers(settings: Settings, asked: list[tuple[str, dict[str, str]]]) -> list[Any]:
    app = create_app(settings)
    assert any(layer.cls is Shortcut for layer in app.user_middleware)
    with TestClient(app, follow_redirects=False) as client:
        said = [client.get(f"/api/v1/parties/{number}", headers=headers) for number, headers in asked]
        trail = app.state.trail.search(action="parties.read", limit=len(asked))
    told = [(one["actor"], one["route"], one["status"], one["detail"]) for one in trail]
    return [
        (one.status_code, one.content, {name: one.headers.get(name) for name in _OURS}) for one in said
    ] + [tuple(one) for one in told]


def test_another_method_goes_the_usual_way(client: TestClient) -> None:
    assert client.head("/api/v1/parties/100000000001").status_code == 405
    assert client.post("/api/v1/parties/100000000001").status_code == 405
