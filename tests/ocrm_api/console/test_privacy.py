"""The rights of the person in the console: recorded, taken out, restricted, erased; by right only."""

import html
import json
import re

from starlette.testclient import TestClient

from tests.ecif.bank import ZHANG_ID, Bank
from tests.ocrm_api.console.conftest import LogIn
from tests.ocrm_api.console.test_pages import csrf

WHY = "asked by the person at the branch"


def form(client: TestClient, **more: str) -> dict[str, str]:
    return {"csrf_token": csrf(client), "reason": WHY, **more}


def tag(client: TestClient, here: str) -> str:
    """What the page's forms say was looked at."""
    found = re.search(r'name="tag" value="([^"]*)"', client.get(here).text)
    assert found
    return html.unescape(found[1])


def test_consent_and_access(log_in: LogIn, zhang: str) -> None:
    client, here = log_in("steward"), f"/console/customers/{zhang}/privacy"
    said = {"purpose": "marketing", "given": "yes", "notice": "2026-03", "channel": "branch"}
    done = client.post(f"{here}/consents", data=form(client, tag=tag(client, here), **said))
    assert done.headers["Location"] == f"{here}?done=consent"
    page = client.get(here).text
    assert all(part in page for part in ("2026-03", "steward", ">given<"))
    assert client.post(f"{here}/consents", data=form(client, **said | {"purpose": "x"})).status_code == 422
    taken = client.post(f"{here}/export", data=form(client))
    assert taken.headers["Content-Disposition"] == f'attachment; filename="{zhang}.json"'
    held = json.loads(taken.content)
    assert held["values"]["document:resident_id"]["value"][0] == ZHANG_ID
    assert [one["purpose"] for one in held["privacy"]["consents"]] == ["marketing"]
    assert client.post(f"{here}/export", data=form(client, reason="")).status_code == 422
    assert client.post(f"{here}/erasure", data=form(client, typed=zhang)).status_code == 403


def test_a_page_left_open_and_a_second_click_change_nothing(log_in: LogIn, zhang: str) -> None:
    client, here = log_in("steward"), f"/console/customers/{zhang}/privacy"
    said = {"purpose": "marketing", "given": "yes", "channel": "branch", "tag": tag(client, here)}
    first, second = (client.post(f"{here}/consents", data=form(client, **said)) for _ in range(2))
    assert first.headers["Location"] == f"{here}?done=consent"
    assert (second.status_code, "Changed meanwhile" in second.text) == (409, True)
    stale = client.post(f"{here}/restriction", data=form(client, tag=said["tag"], restricted="yes"))
    untold = client.post(f"{here}/restriction", data=form(client, restricted="yes"))
    assert (stale.status_code, untold.status_code) == (409, 409)
    told = client.get(f"/api/v1/parties/{zhang}/privacy").json()
    assert (len(told["consents"]), told["restriction"]["restricted"]) == (1, False)


def test_restricted_it_is_shown_to_few(log_in: LogIn, app_of: TestClient, bank: Bank, zhang: str) -> None:
    other = bank.one(bank.person("loan", "L1", document=("resident_id", ZHANG_ID, None), name="欧阳若曦"))
    assert other.ecif_no
    client, here = log_in("steward"), f"/console/customers/{zhang}/privacy"
    done = client.post(f"{here}/restriction", data=form(client, tag=tag(client, here), restricted="yes"))
    assert done.headers["Location"] == f"{here}?done=restricted"
    assert client.get(f"/console/customers/{zhang}").status_code == 200
    app_of.cookies.clear()
    viewer = log_in("viewer")
    for path in ("", "/then?at=2030-01-01T00:00"):
        refused = viewer.get(f"/console/customers/{zhang}{path}")
        assert (refused.status_code, "<html" in refused.text, "张三" in refused.text) == (403, True, False)
    found = viewer.get(f"/console/search?q={ZHANG_ID}").text
    assert ("欧阳若曦" in found, "张三" in found) == (True, False)
    app_of.cookies.clear()
    client = log_in("steward")
    client.post(f"{here}/restriction", data=form(client, tag=tag(client, here), restricted="no"))
    app_of.cookies.clear()
    assert log_in("viewer").get(f"/console/customers/{zhang}").status_code == 200


def test_erased_on_what_was_seen(log_in: LogIn, bank: Bank, zhang: str) -> None:
    client, here = log_in("admin"), f"/console/customers/{zhang}/privacy"
    found = re.search(r'name="versions" value="([^"]*)"', client.get(here).text)
    assert found
    right = form(client, typed=zhang, versions=found[1])
    assert client.post(f"{here}/erasure", data=right | {"typed": "1"}).status_code == 422
    stale = client.post(f"{here}/erasure", data=right | {"versions": f"{zhang}:9"})
    assert (stale.status_code, "<html" in stale.text) == (409, True)
    assert client.post(f"{here}/erasure", data=right).headers["Location"] == "/console/search?done=erased"
    assert "张三" not in client.get(f"/console/customers/{zhang}").text
    assert bank.problems() == []
