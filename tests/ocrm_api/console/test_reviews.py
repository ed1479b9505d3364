"""The review desk: a question is taken by one, and judged by nobody else meanwhile."""

import re

import pytest
from starlette.testclient import TestClient

from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import ZHANG_ID, Bank
from tests.ocrm_api.desks import act
from tests.ocrm_api.staffing import bearer


@pytest.fixture
def task(bank: Bank) -> str:
    document = ("resident_id", ZHANG_ID, None)
    bank.take(bank.person("core", "C1", document=document))
    bank.take(bank.person("loan", "L1", name="欧阳若曦", document=document))
    ((found,),) = bank.rows("SELECT id FROM review_task")
    return f"/console/reviews/{found}"


def test_taken_by_one_it_is_not_judged_by_another(settings: Settings, lent, task: str) -> None:
    """Tokens stand for two stewards before one application; a form's token against forgery is of sessions."""
    li, wu = (bearer(settings.database_url, "steward", name) for name in ("li", "wu"))
    with TestClient(create_app(settings, lent), follow_redirects=False) as client:
        assert "Take it" in client.get(task, headers=li).text
        assert client.post(f"{task}/take", headers=li).headers["Location"] == f"{task}?done=taken"
        assert "You work on it" in client.get(task, headers=li).text
        seen = client.get(task, headers=wu).text
        assert "li works on it" in seen
        assert f'formaction="{task}/merge"' not in seen
        versions = re.search(r'name="versions" value="([^"]*)"', client.get(task, headers=li).text)
        assert versions
        form = {"reason": "called the customer", "versions": versions[1]}
        refused = client.post(f"{task}/merge", data=form, headers=wu)
        assert (refused.status_code, "li works on it" in refused.text) == (422, True)
        path = task.replace("/console", "/api/v1")
        tag = client.get(f"{path}/evidence", headers=wu).headers["ETag"]
        answer = client.post(f"{path}/link", json={"reason": "called"}, headers={**wu, **act(tag)})
        assert answer.status_code == 409
        assert client.post(f"{task}/take", headers=wu).status_code == 422, "without naming who has it"
        assert client.post(f"{task}/take", data={"taken_from": "li"}, headers=wu).status_code == 303
        assert client.post(f"{task}/merge", data=form, headers=wu).status_code == 303


def test_later_gives_it_back(settings: Settings, lent, task: str, bank: Bank) -> None:
    li = bearer(settings.database_url, "steward", "li")
    with TestClient(create_app(settings, lent), headers=li, follow_redirects=False) as client:
        client.post(f"{task}/take")
        assert client.post(f"{task}/later").headers["Location"].endswith("done=later")
        assert "Nobody works on it yet" in client.get(task).text
        client.post(f"{task}/take")
        assert client.post(f"{task}/give-back").headers["Location"].endswith("done=given_back")
